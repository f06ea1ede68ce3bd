//! A platform with delays, like the real one: new objects appear late, permissions take effect
//! late, objects in use cannot be deleted at once. Nothing is created twice, nothing is left.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};
use simulators::{Completion, Effect, Endpoint, Fault, ObjectKind, PlatformHabits};

use super::{LABEL, MADE, Machine};
use crate::harness::SOON;
use crate::process::Process;

const ALL: [&str; 8] = [
    "--event-account",
    "123456789012",
    "--event-region",
    "us-east-1",
    "--window",
    "24",
    "--change-threading-timeline",
    "--events-by-workflow",
];
const POSTED: [ObjectKind; 3] =
    [ObjectKind::Credential, ObjectKind::DataAction, ObjectKind::Trigger];
const DONE: [usize; 11] = [2, 2, 1, 1, 1, 6, 1, 2, 1, 1, 5];
const NONE: [usize; 11] = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// How many runs are played in parallel: they mostly wait.
const SIDE_BY_SIDE: usize = 6;

impl Machine {
    async fn with_habits(habits: PlatformHabits) -> Self {
        Self::with(|options| {
            options.habits = PlatformHabits { checks_requests: true, ..habits };
            options.asynchronous_work = Completion::After(Duration::from_millis(300));
        })
        .await
    }

    async fn as_the_platform() -> Self {
        Self::with_habits(PlatformHabits::as_the_platform()).await
    }

    /// The true number of objects of each kind, even of those that the platform does not show.
    fn truth(&self) -> Vec<usize> {
        let kinds = MADE.iter().chain(&POSTED);
        kinds.map(|kind| self.genesys.objects(*kind).len()).collect()
    }

    async fn remove(&self) -> crate::command::Ended {
        self.run(&self.place(), &["--remove", "--yes"]).await
    }

    async fn doctor(&self) -> String {
        let config = self.config().display().to_string();
        let bridge = format!("http://{}", self.bridge);
        let looked = ["doctor", "--config", &config, "--bridge-url", &bridge].map(str::to_owned);
        self.run(&looked, &[]).await.output
    }
}

/// Each habit by itself, with lags long enough to affect every step.
fn habits() -> Vec<PlatformHabits> {
    let lag = Duration::from_millis(500);
    let all = PlatformHabits::with_lags_of(lag);
    let none = PlatformHabits::none;
    vec![
        PlatformHabits { active_clients_stay: true, ..none() },
        PlatformHabits { deleted_clients_linger: Duration::from_secs(60), ..none() },
        PlatformHabits { grants_take: lag, refusals_are_cached: all.refusals_are_cached, ..none() },
        PlatformHabits { reads_lag: lag, ..none() },
        PlatformHabits { lists_lag: lag * 2, ..none() },
        PlatformHabits { deletions_take: lag * 2, ..none() },
        PlatformHabits { detachments_take: lag * 2, ..none() },
        PlatformHabits { activations_take: lag * 2, ..none() },
        PlatformHabits { queues_need_force: true, ..none() },
        PlatformHabits { pages_by_next_uri: true, ..none() },
        all,
    ]
}

#[tokio::test]
async fn each_habit_is_lived_with_from_the_first_set_up_to_the_next_one() {
    let play = async |habits: PlatformHabits| {
        let machine = Machine::with_habits(habits.clone()).await;
        machine.setup(&ALL).await.good();
        assert_eq!(machine.truth(), DONE, "{habits:?}");
        let (changes, file) = (machine.genesys.changes(), machine.file());
        machine.setup(&ALL).await.good();
        assert_eq!(machine.genesys.changes(), changes, "{habits:?}");
        assert_eq!(machine.file(), file, "{habits:?}");
        machine.rotate(&["--reread-wait", "0"]).await.good();
        assert_eq!(machine.truth(), DONE, "{habits:?}");
        let found = machine.doctor().await;
        for line in found.lines().filter(|line| line.contains("genesys-")) {
            // The queue has no members, and this machine may not know the region's name.
            let is_known = ["genesys-queue", "genesys-region"];
            let is_known = is_known.iter().any(|check| line.contains(check));
            assert!(line.starts_with("OK") || is_known, "{habits:?}: {found}");
        }
        machine.remove().await.good();
        assert_eq!(machine.truth(), NONE, "{habits:?}");
        assert!(!machine.config().exists() && !machine.record().exists());
        machine.setup(&ALL).await.good();
        assert_eq!(machine.truth(), DONE, "{habits:?}");
        machine.assert_no_violation();
    };
    futures_util::stream::iter(habits()).for_each_concurrent(SIDE_BY_SIDE, play).await;
}

/// Kills a run after every third change, starting with change `first`: three tests share the
/// changes.
async fn kill_after_every_third_from(first: usize) {
    let machine = Machine::as_the_platform().await;
    machine.setup(&ALL).await.good();
    let changes = machine.genesys.changes().len();
    let play = async |number: usize| {
        let machine = Machine::as_the_platform().await;
        let arguments = machine.arguments();
        let all: Vec<&str> =
            arguments.iter().map(String::as_str).chain(["--yes"]).chain(ALL).collect();
        let log = machine.directory.path().join("setup.log");
        let mut process = Process::spawn(&all, &log, &machine.environment());
        let arrived = |genesys: &simulators::GenesysSimulator| genesys.changes().len() >= number;
        assert!(machine.genesys.wait_until(SOON, arrived).await, "{}", process.log());
        process.kill();
        machine.setup(&ALL).await.good();
        assert_eq!(machine.truth(), DONE, "killed after change {number}");
        machine.remove().await.good();
        assert_eq!(machine.truth(), NONE, "killed after change {number}");
        machine.assert_no_violation();
    };
    let numbers = futures_util::stream::iter((first..=changes).step_by(3));
    numbers.for_each_concurrent(SIDE_BY_SIDE, play).await;
}

#[tokio::test]
async fn a_run_that_is_killed_is_gone_on_with_although_lists_are_late() {
    kill_after_every_third_from(1).await;
}

#[tokio::test]
async fn a_run_that_is_killed_one_change_later_is_gone_on_with() {
    kill_after_every_third_from(2).await;
}

#[tokio::test]
async fn a_run_that_is_killed_two_changes_later_is_gone_on_with() {
    kill_after_every_third_from(3).await;
}

#[tokio::test]
async fn quick_runs_while_lists_are_late_make_nothing_twice() {
    let machine = Machine::with_habits(PlatformHabits {
        lists_lag: Duration::from_secs(5),
        ..PlatformHabits::none()
    })
    .await;
    for _ in 0..3 {
        machine.setup(&[]).await.good();
        assert_eq!(machine.truth()[..8], [2, 2, 1, 1, 1, 1, 1, 0]);
    }
    machine.remove().await.good();
    assert_eq!(machine.truth(), NONE);
    machine.setup(&[]).await.good();
    assert_eq!(machine.truth()[..8], [2, 2, 1, 1, 1, 1, 1, 0]);
}

#[tokio::test]
async fn a_call_that_never_arrived_is_made_by_the_next_run() {
    let machine = Machine::start().await;
    let endpoint = Endpoint::AdministrationAt("POST /api/v2/routing/queues");
    machine.genesys.script(Fault { endpoint, effect: Effect::DropConnectionBefore });
    let said = machine.setup(&[]).await.bad(1);
    assert!(said.contains("run this again to find out"), "{said}");
    let ended = machine.setup(&[]).await;
    assert!(ended.said.contains("whether the run before created the queue"), "{ended:?}");
    ended.good();
    assert_eq!(machine.genesys.objects(ObjectKind::Queue).len(), 1);
}

#[tokio::test]
async fn an_integration_whose_answer_was_lost_is_waited_for_with_its_recipient() {
    let lag = Duration::from_millis(600);
    let habits = PlatformHabits { reads_lag: lag, lists_lag: lag, ..PlatformHabits::none() };
    let machine = Machine::with_habits(habits).await;
    let endpoint =
        Endpoint::AdministrationAt("POST /api/v2/conversations/messaging/integrations/open");
    machine.genesys.script(Fault { endpoint, effect: Effect::AcceptThenDrop });
    machine.setup(&[]).await.bad(1);
    machine.setup(&[]).await.good();
    assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration).len(), 1);
}

#[tokio::test]
async fn a_flow_that_takes_long_is_waited_for() {
    // At this speed, 3 s are five minutes.
    let mut machine = Machine::with(|options| {
        options.asynchronous_work = Completion::After(Duration::from_secs(3));
    })
    .await;
    machine.faster = 100;
    let ended = machine.setup(&[]).await;
    let told = "waiting: until Genesys Cloud has published the flow; at most 10";
    assert!(ended.said.contains(told), "{ended:?}");
    ended.good();
    assert_eq!(machine.genesys.objects(ObjectKind::Flow).len(), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_away_is_named_and_the_rest_goes() {
    let machine = Machine::as_the_platform().await;
    machine.setup(&ALL).await.good();
    let endpoint =
        Endpoint::AdministrationAt("DELETE /api/v2/conversations/messaging/integrations");
    machine.genesys.script(Fault { endpoint, effect: Effect::Forbidden });
    let ended = machine.remove().await;
    let said = ended.bad(1);
    assert!(said.contains(&format!("the Open Messaging integration {LABEL}")), "{said}");
    assert!(said.contains("messaging:integration:delete"), "{said}");
    for used in ["messaging setting", "supported content", "inbound message flow"] {
        let still = format!("the {used} {LABEL}");
        assert!(said.contains(&still) && said.contains("is still used by the Open"), "{said}");
    }
    assert!(said.contains("run the same command again to continue"), "{said}");
    assert!(machine.config().exists() && machine.record().exists());
    // The OAuth client, the role and the events are already deleted.
    let left = machine.truth();
    assert_eq!((left[0], left[1], left[7..].to_vec()), (1, 1, vec![0; 4]), "{left:?}");
    machine.remove().await.good();
    assert_eq!(machine.truth(), NONE);
    assert!(!machine.config().exists() && !machine.record().exists());
    machine.assert_no_violation();
}

#[tokio::test]
async fn an_integration_that_does_not_go_is_named() {
    let mut machine = Machine::with_habits(PlatformHabits {
        deletions_take: Duration::from_secs(60),
        ..PlatformHabits::none()
    })
    .await;
    machine.setup(&[]).await.good();
    machine.faster = 100;
    let said = machine.remove().await.bad(1);
    let named = format!("the Open Messaging integration {LABEL}");
    assert!(said.contains(&named) && said.contains("still shows it 200 s after"), "{said}");
    assert!(said.contains("the queue Agents") && machine.config().exists(), "{said}");
    machine.genesys.set_habits(PlatformHabits::none());
    machine.remove().await.good();
    assert_eq!(machine.truth(), NONE);
    assert!(!machine.config().exists() && !machine.record().exists());
}

#[tokio::test]
async fn what_an_older_version_made_twice_is_taken_away_or_named() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let mark = "Made by bridge setup for the integration support.";
    let twice = json!({ "name": "Agents", "description": mark });
    machine.genesys.add_object(ObjectKind::Queue, &twice);
    let setting =
        machine.genesys.add_object(ObjectKind::MessagingSetting, &json!({ "name": LABEL }));
    let output = machine.remove().await.good();
    assert_eq!(machine.genesys.objects(ObjectKind::Queue).len(), 0);
    let named =
        format!("it is not certain that setup created it: messaging setting {LABEL} {setting}");
    assert!(output.contains(&named), "{output}");
    assert_eq!(machine.genesys.objects(ObjectKind::MessagingSetting).len(), 1);
}

#[tokio::test]
async fn a_client_is_switched_off_as_a_whole_before_it_is_deleted() {
    let machine = Machine::as_the_platform().await;
    machine.setup(&[]).await.good();
    let client = machine.genesys.objects(ObjectKind::OAuthClient)[1].clone();
    let from = machine.genesys.requests().len();
    machine.remove().await.good();
    let requests = machine.genesys.requests();
    let put = requests[from..].iter().find(|request| request.method == "PUT").unwrap();
    assert_eq!(put.path, format!("/api/v2/oauth/clients/{}", client["id"].as_str().unwrap()));
    assert_eq!(put.body["state"], "inactive");
    for key in ["name", "description", "authorizedGrantType", "accessTokenValiditySeconds"] {
        assert_eq!(put.body[key], client[key], "{key}");
    }
    assert_eq!(put.body["roleDivisions"].as_array().map(Vec::len), Some(1));
}

/// The permissions in one column of the table in docs/genesys-setup.md.
fn permissions(column: usize) -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/genesys-setup.md");
    let page = std::fs::read_to_string(page).expect("a page");
    let (_, table) = page.split_once("| of | `bridge setup` |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.flat_map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let entity = cells[1].trim_matches('`').to_owned();
        let actions = cells[column].split(", ").filter(|action| !action.is_empty());
        let all: Vec<String> =
            actions.map(|action| format!("{entity}:{}", action.trim_matches('`'))).collect();
        all
    })
    .collect()
}

#[tokio::test]
async fn the_permissions_of_the_page_are_enough() {
    let machine = Machine::with(|options| options.admin_permissions = permissions(2)).await;
    let all = [&ALL[..], &["--identity-source", "crm", "--queue-by", "vip=Priority"]].concat();
    machine.setup(&all).await.good();
    machine.setup(&[&all[..], &["--media", "image/*"]].concat()).await.good();
    machine.rotate(&["--reread-wait", "0"]).await.good();
    // The doctor needs fewer permissions.
    let role = machine.genesys.objects(ObjectKind::Role)[0]["id"].as_str().unwrap().to_owned();
    let before = machine.genesys.objects(ObjectKind::Role)[0]["permissionPolicies"].clone();
    let policies: Vec<Value> = permissions(3)
        .iter()
        .map(|permission| {
            let parts: Vec<&str> = permission.split(':').collect();
            json!({ "domain": parts[0], "entityName": parts[1], "actionSet": [parts[2]] })
        })
        .collect();
    let give = |policies: Value| {
        machine.genesys.change_object(ObjectKind::Role, &role, |role| {
            role["permissionPolicies"] = policies;
        });
    };
    give(json!(policies));
    let found = machine.doctor().await;
    assert!(!found.contains("lacks") && !found.contains("may not"), "{found}");
    assert!(found.contains("all five topics"), "{found}");
    assert!(found.contains("recognised by the external source crm"), "{found}");
    give(before);
    machine.remove().await.good();
    assert_eq!(machine.truth(), NONE);
}
