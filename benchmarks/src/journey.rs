//! Sends events through a receiver and its sender, and records what both used.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::events;
use crate::fake::Fake;
use crate::function::Program;
use crate::process::{Log, Process};
use crate::usage::Usage;

/// A running function, with its readings before the measured events.
#[derive(Debug)]
pub struct Leg {
    process: Process,
    log: PathBuf,
    before: (Duration, u64),
}

/// The usage of one function by the measured events.
#[derive(Clone, Debug, Default)]
pub struct Use {
    /// Calls and their units.
    pub usage: Usage,
    pub processor: Duration,
    /// Bytes of its own log lines.
    pub logged: u64,
}

impl Leg {
    /// Starts a function that logs to a file in `folder`.
    pub fn start(program: &Program, fake: &Fake, folder: &Path) -> Result<Self> {
        let log = folder.join(&program.name);
        let process = Process::start(program, fake.address, Log::Kept(File::create(&log)?))?;
        Ok(Self { process, log, before: (Duration::ZERO, 0) })
    }

    fn begin(&mut self) -> Result<()> {
        self.before = (self.process.processor_time()?, self.logged()?);
        Ok(())
    }

    fn end(&self, used: &mut Use) -> Result<()> {
        used.processor = self.process.processor_time()?.saturating_sub(self.before.0);
        used.logged = self.logged()? - self.before.1;
        Ok(())
    }

    fn logged(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.log)?.len())
    }
}

impl Use {
    fn add(&mut self, other: &Self) {
        self.usage.add(&other.usage);
        self.processor += other.processor;
        self.logged += other.logged;
    }
}

/// Sends one event through a receiver and its sender, as a batch of its own. Adds the usage of
/// both.
pub fn through(
    fake: &Fake,
    legs: (&mut Leg, &mut Leg),
    status: u16,
    event: &Value,
    used: &mut (Use, Use),
) -> Result<()> {
    let (receiver, sender) = legs;
    let (mut received, mut sent) = (Use::default(), Use::default());
    fake.take_usage();
    receiver.begin()?;
    sender.begin()?;
    let (_, answer) = receiver.process.lambda.invoke(event)?;
    ensure!(answer["statusCode"] == status, "an answer other than {status}: {answer}");
    received.usage.add(&fake.take_usage());
    let mut entries = fake.take_entries().into_iter();
    let entry = entries.next().context("nothing was put into the queue")?;
    let (_, answer) = sender.process.lambda.invoke(&events::batch(&entry))?;
    let again = answer["batchItemFailures"].as_array().is_some_and(|again| !again.is_empty());
    ensure!(!again, "an event was not delivered: {answer}");
    sent.usage.add(&fake.take_usage());
    receiver.end(&mut received)?;
    sender.end(&mut sent)?;
    used.0.add(&received);
    used.1.add(&sent);
    Ok(())
}
