//! `bridge replay`: plays a scenario without a page, and checks that everything arrives.
//!
//! Rule: a step is over when nothing is on the way any more, unless something is down: then what
//! waits is meant to wait.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing_subscriber::filter::LevelFilter;

use super::cast::Cast;
use super::clock::AheadClock;
use super::configuration;
use super::letters;
use super::playground::Playground;
use super::scenario::{Scenario, Step};
use super::tap::Lines;
use super::traffic::Traffic;
use crate::same_origin;
use crate::samples::{ANY, Vendors};
use crate::serve::Signals;
use crate::{failure, logging, output};

/// Longer than any pause of a fault.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often the replay checks what is on the way.
const OFTEN: Duration = Duration::from_millis(50);
/// The simulated Genesys waits a twentieth of the real pauses between its webhook attempts.
const TIME_SCALE: f64 = 0.05;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A recording of `bridge local --record FILE`, or another scenario.
    file: PathBuf,
}

/// Plays it until a signal ends it. The data is deleted afterwards.
pub async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let scenario = read(&arguments.file).map_err(failure::misconfigured)?;
    let (traffic, clock) = (Traffic::new(), AheadClock::default());
    logging::start_watched(
        LevelFilter::OFF,
        Lines { traffic: traffic.clone(), clock: clock.clone() },
    )?;
    let mut signals = Signals::with_terminal()?;
    let folder = tempfile::tempdir().context("create a folder for the data")?;
    let vendors = Vendors::start(ANY, ANY, TIME_SCALE).await?;
    let config = folder.path().join("bridge.json");
    // The same after a kill.
    let listen = same_origin::free(ANY).await?.to_string();
    let document = vendors.configuration(&listen, &folder.path().join("data"));
    configuration::write(&config, &document)?;
    let cast = Cast::simulated(vendors);
    let playground = Playground::start(cast, &config, traffic, clock).await?;
    let played = tokio::select! {
        played = play(&playground, &scenario) => played,
        () = signals.wait() => Err(anyhow::anyhow!("the replay was interrupted")),
    };
    playground.stop().await;
    played
}

fn read(file: &Path) -> anyhow::Result<Scenario> {
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("read the scenario {}", file.display()))?;
    Scenario::read(&text).with_context(|| file.display().to_string())
}

async fn play(playground: &Arc<Playground>, scenario: &Scenario) -> anyhow::Result<()> {
    output::line(format_args!("{}", scenario.title));
    for (number, step) in (1..).zip(&scenario.steps) {
        output::line(format_args!("{number:>2}. {}", step.words));
        perform(playground, step).await.with_context(|| format!("step {number}"))?;
    }
    ensure!(!is_down(playground), "at the end a vendor or the bridge is still down");
    let vendors = &playground.cast.vendors;
    let problems = [vendors.genesys.violations(), vendors.lynn.violations()];
    ensure!(problems.concat().is_empty(), "a vendor got a wrong call: {problems:?}");
    let given_up = letters::look(playground).await?.letters.len();
    ensure!(given_up == 0, "at the end {given_up} events are dead letters: redrive them in a step");
    output::line(format_args!("All {} steps passed.", scenario.steps.len()));
    Ok(())
}

async fn perform(playground: &Arc<Playground>, step: &Step) -> anyhow::Result<()> {
    let before = playground.traffic.last();
    let done = step.act.clone().perform(playground).await;
    ensure!(done.accepted, "it was not accepted: {}", done.words);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let quiet = is_down(playground) || is_quiet(playground).await?;
        let arrived = match &step.arrives {
            Some(text) => arrived(&playground.traffic, before, text),
            None => true,
        };
        if quiet && arrived {
            return Ok(());
        }
        if Instant::now() > deadline {
            let missing = step.arrives.as_deref().filter(|_| !arrived);
            match missing {
                Some(text) => bail!("no vendor has accepted {text:?}"),
                None => bail!("something is still on its way"),
            }
        }
        sleep(OFTEN).await;
    }
}

fn is_down(playground: &Playground) -> bool {
    let vendors = &playground.cast.vendors;
    !playground.runs() || vendors.genesys.is_down() || vendors.lynn.is_down()
}

/// Whether nothing waits in a queue, and no agent's message is on its way to the bridge.
async fn is_quiet(playground: &Playground) -> anyhow::Result<bool> {
    if playground.is_sending() {
        return Ok(false);
    }
    let waiting = letters::look(playground).await?.waiting;
    Ok(waiting["inbound"] == 0 && waiting["outbound"] == 0)
}

/// Whether a vendor has accepted a call with this text, after an entry.
fn arrived(traffic: &Traffic, after: u64, text: &str) -> bool {
    let entries: Vec<Value> = traffic
        .after(after, usize::MAX)
        .into_iter()
        .filter_map(|(_, entry)| serde_json::from_str(&entry).ok())
        .collect();
    let has = |entry: &Value| entry["body"].as_str().is_some_and(|body| body.contains(text));
    let is_accepted = |call: &Value| {
        entries.iter().any(|answer| {
            answer["of"] == call["id"]
                && answer["status"].as_u64().is_some_and(|status| (200..300).contains(&status))
        })
    };
    entries.iter().any(|entry| entry["kind"] == "call" && has(entry) && is_accepted(entry))
}

#[cfg(test)]
mod tests {
    use shared::ports::Clock as _;

    use super::super::traffic::{Content, Entry, Side};
    use super::*;

    #[test]
    fn a_text_has_arrived_when_its_call_was_accepted() {
        let traffic = Traffic::new();
        let now = AheadClock::default().now();
        let call = Entry::Call {
            trace: None,
            attempt: None,
            to: Side::Lynn,
            method: "POST".to_owned(),
            url: String::new(),
            content: Content { body: "hello there".to_owned(), ..Content::default() },
            contact: None,
        };
        let answer = |of, status| Entry::Answer {
            of,
            trace: None,
            status,
            content: Content::default(),
            error: None,
            took_ms: 1,
        };
        let of = traffic.push(now, call);
        assert!(!arrived(&traffic, 0, "hello"));
        traffic.push(now, answer(of, Some(503)));
        assert!(!arrived(&traffic, 0, "hello"));
        traffic.push(now, answer(of, Some(200)));
        assert!(arrived(&traffic, 0, "hello"));
        assert!(!arrived(&traffic, of, "hello"), "it was before");
        assert!(!arrived(&traffic, 0, "goodbye"));
    }
}
