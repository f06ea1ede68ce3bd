//! Two runs at once with one record: the second is refused, and names the first.

use std::time::Duration;

use simulators::{Effect, Endpoint, Fault, GenesysSimulator};

use super::{MADE, Machine, NAME};
use crate::harness::SOON;
use crate::process::Process;

impl Machine {
    /// Starts the usual set-up, and lets it wait for the answer of a call that creates something.
    async fn hanging(&self) -> Process {
        let effect = Effect::AcceptThenHang(SOON * 4);
        let endpoint = Endpoint::AdministrationAt("POST /api/v2/routing/queues");
        self.genesys.script(Fault { endpoint, effect });
        let arguments = self.arguments();
        let all: Vec<&str> = arguments.iter().map(String::as_str).chain(["--yes"]).collect();
        let log = self.directory.path().join("setup.log");
        let process = Process::spawn(&all, &log, &self.environment());
        let asks = |genesys: &GenesysSimulator| {
            let requests = genesys.requests();
            requests.iter().any(|one| one.method == "POST" && one.path.ends_with("/queues"))
        };
        assert!(self.genesys.wait_until(SOON, asks).await, "{}", process.log());
        process
    }
}

#[tokio::test]
async fn the_second_run_says_who_holds_the_record_and_changes_nothing() {
    let machine = Machine::start().await;
    let mut first = machine.hanging().await;
    let changes = machine.genesys.changes();
    let config = machine.config().display().to_string();
    let rotation = ["setup", "rotate", "--name", NAME, "--config", &config].map(str::to_owned);
    let refused = [
        machine.setup(&[]).await.bad(1),
        machine.run(&machine.place(), &["--remove", "--yes"]).await.bad(1),
        machine.run(&rotation, &[]).await.bad(1),
    ];
    for said in refused {
        assert!(said.contains(&format!("(process {})", first.id())), "{said}");
        assert!(said.contains("bridge.support.setup.json"), "{said}");
        assert!(said.contains("nothing was changed") && said.contains("run this again"), "{said}");
    }
    // A plan is shown nevertheless.
    machine.run(&machine.arguments(), &["--dry-run"]).await.good();
    assert_eq!(machine.genesys.changes(), changes);
    // A run that was killed does not hold the record any more.
    first.kill();
    machine.setup(&[]).await.good();
    assert_eq!(machine.genesys.objects(MADE[4]).len(), 1);
    let left = std::fs::read_dir(machine.directory.path()).unwrap();
    let left: Vec<_> = left.map(|file| file.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".lock")), "{left:?}");
    machine.assert_no_violation();
}

#[tokio::test]
async fn of_many_runs_at_once_each_does_it_all_or_is_refused() {
    let machine = Machine::start().await;
    // Long enough for all runs to start.
    let effect = Effect::Delay(Duration::from_secs(3));
    machine.genesys.script(Fault { endpoint: Endpoint::Any, effect });
    let runs = futures_util::future::join_all((0..6).map(|_| machine.setup(&[]))).await;
    let (good, refused): (Vec<_>, Vec<_>) = runs.into_iter().partition(|run| run.code == Some(0));
    assert!(!good.is_empty(), "{refused:?}");
    for run in refused {
        assert!(run.said.contains("another bridge setup works on"), "{run:?}");
    }
    // The administrator has its own role and OAuth client.
    assert_eq!(machine.counts(), [2, 2, 1, 1, 1, 1, 1, 0]);
    machine.assert_no_violation();
}
