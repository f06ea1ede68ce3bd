//! `bridge demo`: plays a scripted conversation through real HTTP, and prints each step with what
//! each side saw.
//!
//! Rule: a step passes only if both simulated vendors saw what they should; the exit code reports
//! it.

mod conversation;
mod life;
mod trouble;
mod vendor_activity;

use std::future::Future;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use simulators::{Delivery, PostResult};
use tracing_subscriber::filter::LevelFilter;

use self::vendor_activity::VendorActivity;
use crate::failure;
use crate::logging;
use crate::output;
use crate::samples::Stage;
use crate::serve::Signals;

const ANA: &str = "5215512345678";
/// Longer than any pause of the script's faults.
const PATIENCE: Duration = Duration::from_secs(20);
/// The simulated Genesys waits a twentieth of the real pauses between its webhook attempts.
const TIME_SCALE: f64 = 0.05;

/// Plays the script until a signal ends it. The data is deleted afterwards.
pub async fn run() -> anyhow::Result<()> {
    logging::start(LevelFilter::OFF)?;
    let mut signals = Signals::with_terminal()?;
    let data = tempfile::tempdir().context("create a folder for the demonstration's data")?;
    let stage = Stage::start(data.path(), TIME_SCALE).await?;
    output::line(format_args!(
        "The bridge listens on http://{}, between a simulated Genesys Cloud and a simulated Lynn.",
        stage.bridge.address()
    ));
    let mut script = Script { stage: &stage, failed: 0, steps: 0 };
    let is_whole = tokio::select! {
        () = script.play() => true,
        () = signals.wait() => false,
    };
    let (steps, failed) = (script.steps, script.failed);
    stage.bridge.stop().await;
    ensure!(is_whole, "the demonstration was interrupted in step {steps}");
    output::line(format_args!("\n{} of {steps} steps passed.", steps - failed));
    ensure!(failed == 0, "{failed} of {steps} steps failed");
    Ok(())
}

/// Plays steps one after the other: the title of each, and the function that plays it.
macro_rules! steps {
    ($script:ident; $($title:literal => $play:ident;)*) => {
        $($script.step($title, $play($script.stage)).await;)*
    };
}
use steps;

struct Script<'a> {
    stage: &'a Stage,
    steps: u32,
    failed: u32,
}

impl Script<'_> {
    async fn play(&mut self) {
        conversation::play(self).await;
        life::play(self).await;
        trouble::play(self).await;
        let title = "Every call that the two vendors got was well-formed and in order";
        self.step(title, no_violations(self.stage)).await;
    }

    /// Plays one step, and prints what each side saw meanwhile. If the reader of the output is
    /// gone, the rest is not played.
    async fn step(&mut self, title: &str, play: impl Future<Output = anyhow::Result<()>>) {
        if output::check().is_err() {
            return;
        }
        self.steps += 1;
        output::line(format_args!("\n{:>2}. {title}", self.steps));
        let before = VendorActivity::of(self.stage);
        let result = play.await;
        VendorActivity::of(self.stage).print_since(&before);
        match result {
            Ok(()) => output::line("    held"),
            Err(error) => {
                self.failed += 1;
                output::line(format_args!("    FAILED: {}", failure::words(&error)));
            }
        }
    }
}

/// Checks that Lynn's event was accepted.
fn accepted(result: &PostResult) -> anyhow::Result<()> {
    ensure!(result.status == 202, "the bridge answered Lynn {} {}", result.status, result.body);
    Ok(())
}

/// Checks that Genesys' webhook was accepted.
fn delivered(delivery: &Delivery) -> anyhow::Result<()> {
    ensure!(delivery.delivered, "the bridge did not take the webhook: {:?}", delivery.attempts);
    Ok(())
}

/// Waits until Genesys has seen something.
async fn genesys_sees(
    stage: &Stage,
    what: &str,
    seen: impl Fn(&simulators::GenesysSimulator) -> bool,
) -> anyhow::Result<()> {
    if !stage.genesys.wait_until(PATIENCE, seen).await {
        bail!("Genesys did not see {what}");
    }
    Ok(())
}

/// Waits until Lynn has seen something.
async fn lynn_sees(
    stage: &Stage,
    what: &str,
    seen: impl Fn(&simulators::LynnSimulator) -> bool,
) -> anyhow::Result<()> {
    if !stage.lynn.wait_until(PATIENCE, seen).await {
        bail!("Lynn did not see {what}");
    }
    Ok(())
}

async fn no_violations(stage: &Stage) -> anyhow::Result<()> {
    let (genesys, lynn) = (stage.genesys.violations(), stage.lynn.violations());
    ensure!(genesys.is_empty(), "Genesys: {genesys:?}");
    ensure!(lynn.is_empty(), "Lynn: {lynn:?}");
    Ok(())
}
