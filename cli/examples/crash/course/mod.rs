//! Runs the bridge as a process and kills it at chosen moments while customers and agents write;
//! then everything is counted.
//!
//! Rule: what the bridge answered with 2xx is expected, as the vendors' side saw it; nothing is
//! read from the bridge.

mod kinds;
mod moment;
mod program;
mod report;
mod talk;
mod verdict;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use moment::{Kill, Moment};
use program::Program;
pub use report::Report;
use serde_json::json;
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator};
use talk::Talks;
use tempfile::TempDir;
use tokio::time::sleep;

const NAME: &str = "support";
const KEY: &str = "key-of-the-course";
const SIGNING_SECRET: &str = "whsec_c2lnbnMtd2hhdC10aGUtYnJpZGdlLXBvc3Rz";

/// How long everything may take to arrive after the last kill.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Course {
    pub program: PathBuf,
    pub kills: usize,
    /// How many contacts write.
    pub conversations: usize,
}

#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub kills: usize,
    /// How many kills there will be.
    pub of: usize,
    pub accepted: usize,
}

/// The state that stays while the bridge is killed and started.
struct Ground {
    genesys: GenesysSimulator,
    lynn: LynnSimulator,
    /// The start of both simulators, from which they count their times.
    began: Instant,
    directory: TempDir,
    program: PathBuf,
}

impl Course {
    /// Runs the course, and reports each kill.
    pub async fn run(&self, told: impl Fn(Progress)) -> anyhow::Result<Report> {
        let ground = Ground::prepare(self.program.clone()).await?;
        let talks = Talks::start(&ground.genesys, &ground.lynn, self.conversations);
        let mut kills = Vec::new();
        while kills.len() < self.kills {
            let moment = Moment::of(kills.len());
            kills.push(ground.live_and_die(moment).await?);
            told(Progress { kills: kills.len(), of: self.kills, accepted: talks.accepted() });
        }
        let mut program = ground.start()?;
        ground.announce(&program.address().await?);
        sleep(Duration::from_millis(300)).await;
        let accepted = talks.stop().await?;
        let arrived = ground.all_arrived(&accepted).await;
        program.terminate().await?;
        let left = ground.left_over()?;
        let judged = verdict::judge(&ground.seen(), &accepted, &kills);
        let mut report = Report::new(ground.directory, kills, accepted, judged);
        report.breaches.extend(left);
        if !arrived {
            report.breaches.push(format!("not everything had arrived after {PATIENCE:?}"));
        }
        Ok(report)
    }
}

impl Ground {
    async fn prepare(program: PathBuf) -> anyhow::Result<Self> {
        let directory = TempDir::new().context("make a directory")?;
        let began = Instant::now();
        let genesys = GenesysSimulator::start(GenesysOptions {
            // Webhooks are retried after 250 ms instead of 5 s.
            time_scale: 0.05,
            rate_limit_per_minute: u64::MAX / 2,
            ..GenesysOptions::default()
        })
        .await?;
        let lynn = LynnSimulator::start(LynnOptions {
            inbound_key: Some(KEY.to_owned()),
            signing_secret: Some(SIGNING_SECRET.to_owned()),
            post_attempts: 1,
            ..LynnOptions::default()
        })
        .await?;
        let options = genesys.options();
        let config = json!({ "listen": "127.0.0.1:0", "dataDir": "data", "integrations": [ {
            "name": NAME,
            "genesys": {
                "domain": "mypurecloud.com", "integrationId": options.integration_id,
                "apiBaseUrl": genesys.base_url(), "loginBaseUrl": genesys.base_url(),
                "oauthClients": [ { "clientId": options.client_id, "clientSecret": options.client_secret } ],
                "webhookSecrets": [ options.webhook_secret ] },
            "lynn": {
                "webhookUrl": lynn.webhook_url(), "signingSecret": SIGNING_SECRET,
                "inboundAuth": [ { "type": "apiKey", "key": KEY } ] } } ] });
        std::fs::write(directory.path().join("bridge.json"), config.to_string())?;
        Ok(Self { genesys, lynn, began, directory, program })
    }

    fn start(&self) -> anyhow::Result<Program> {
        Program::start(&self.program, self.directory.path())
    }

    /// Gives the vendors the program's address.
    fn announce(&self, address: &str) {
        self.genesys.set_webhook_url(format!("{address}/genesys/{NAME}"));
        self.lynn.set_bridge_url(format!("{address}/lynn/{NAME}"));
    }

    /// One life of the program, until it is killed.
    async fn live_and_die(&self, moment: Moment) -> anyhow::Result<Kill> {
        moment.before_start(&self.directory.path().join("data"))?;
        let mut program = self.start()?;
        let moment = if moment.is_during_start() {
            sleep(moment::at_most(Duration::from_millis(40))).await;
            moment
        } else {
            self.announce(&program.address().await?);
            moment.wait(&self.genesys, &self.lynn, &self.directory.path().join("data")).await
        };
        let at = self.began.elapsed();
        program.kill()?;
        Ok(Kill { moment, at, over: self.began.elapsed() })
    }

    /// Waits until everything accepted has arrived, or the time is over.
    async fn all_arrived(&self, accepted: &talk::Accepted) -> bool {
        let until = Instant::now() + PATIENCE;
        let is_complete = || verdict::missing(&self.seen(), accepted).is_empty();
        while !is_complete() {
            if Instant::now() > until {
                return false;
            }
            sleep(Duration::from_millis(500)).await;
        }
        true
    }

    fn seen(&self) -> verdict::Seen {
        verdict::Seen::of(&self.genesys, &self.lynn)
    }

    /// The events that the bridge itself reports as given up.
    fn left_over(&self) -> anyhow::Result<Vec<String>> {
        let output = std::process::Command::new(&self.program)
            .args(["dead-letters", "list", "--json", "--data"])
            .arg(self.directory.path().join("data"))
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let listed: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let letters = listed["deadLetters"].as_array().cloned().unwrap_or_default();
        Ok(letters.iter().map(|letter| format!("a dead letter: {letter}")).collect())
    }
}

/// Shared by everyone who writes.
type Shared<T> = Arc<std::sync::Mutex<T>>;

/// The content, also if another holder panicked.
fn lock<T>(shared: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
