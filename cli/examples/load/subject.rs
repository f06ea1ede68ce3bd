//! The measured program, as a process of its own, and the resources that the system counts for it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tempfile::TempDir;

use crate::listening::listening;

pub const KEY: &str = "load-key-of-the-comparison";
pub const SECRET: &str = "load-webhook-secret";
const REFERENCE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../benchmarks/reference/middleware.mjs");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The release build beside this program.
    Bridge,
    /// The middleware in memory.
    Node,
    /// The least program in memory: `floor.rs`.
    Floor,
    /// The least program with its messages on the disk.
    DurableFloor,
}

pub struct Subject {
    child: Running,
    url: String,
    _data: Option<TempDir>,
}

/// The resources used so far.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// User and system time.
    pub cpu: Duration,
    /// The most memory that it used.
    pub peak_bytes: u64,
    /// Bytes that it caused to be written to a disk.
    pub written: u64,
}

impl Subject {
    /// Starts it, with both vendors at `vendors`.
    pub async fn start(kind: Kind, vendors: &str) -> anyhow::Result<Self> {
        let data = tempfile::tempdir_in(".").context("create a folder for the data")?;
        let subject = Self::start_in(kind, vendors, data.path()).await?;
        Ok(Self { _data: Some(data), ..subject })
    }

    /// The same, with its data and its log in a folder.
    pub async fn start_in(kind: Kind, vendors: &str, data: &Path) -> anyhow::Result<Self> {
        let mut command = match kind {
            Kind::Bridge => bridge(data, vendors)?,
            Kind::Node => {
                let mut node = Command::new("node");
                node.args([REFERENCE, vendors, KEY, SECRET]);
                node
            }
            Kind::Floor | Kind::DurableFloor => {
                let mut floor = Command::new(std::env::current_exe()?);
                floor.args(["floor", vendors, KEY, SECRET]);
                if kind == Kind::DurableFloor {
                    floor.arg(data.join("journal"));
                }
                floor
            }
        };
        let log = std::fs::File::create(data.join("log"))?;
        let started = command.stdout(Stdio::piped()).stderr(log).spawn();
        let mut child = started.with_context(|| format!("start {kind:?}"))?;
        let output = child.stdout.take().context("read its output")?;
        let url = listening(output).await.with_context(|| format!("{kind:?} did not start"))?;
        Ok(Self { child: Running(child), url, _data: None })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Reads the resources from /proc.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        let read =
            |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", self.child.0.id()));
        let (stat, status, io) = (read("stat")?, read("status")?, read("io")?);
        let number = |text: &str, name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            let number =
                line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            number.with_context(|| format!("read {name}"))
        };
        Ok(Usage {
            cpu: cpu(&stat),
            peak_bytes: number(&status, "VmHWM:")? * 1024,
            written: number(&io, "write_bytes:")?,
        })
    }
}

/// User and system time of this process: of the load and the vendors.
pub fn own_cpu() -> anyhow::Result<Duration> {
    Ok(cpu(&std::fs::read_to_string("/proc/self/stat")?))
}

/// utime and stime of a line of /proc, which are in hundredths of a second.
fn cpu(stat: &str) -> Duration {
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn bridge(data: &Path, vendors: &str) -> anyhow::Result<Command> {
    // A folder of its own: the bridge refuses one in which others keep files.
    let own = data.canonicalize()?.join("data");
    let config = json!({ "listen": "127.0.0.1:0", "dataDir": own, "integrations": [ {
        "name": "load",
        "genesys": { "domain": "mypurecloud.com", "integrationId": "load", "apiBaseUrl": vendors, "loginBaseUrl": vendors,
            "oauthClients": [ { "clientId": "load", "clientSecret": "load" } ], "webhookSecrets": [ SECRET ] },
        "lynn": { "webhookUrl": format!("{vendors}/lynn"), "inboundAuth": [ { "type": "apiKey", "key": KEY } ] } } ] });
    let file = data.join("bridge.json");
    std::fs::write(&file, config.to_string())?;
    let program = std::env::current_exe()?.with_file_name("../bridge").canonicalize();
    let program = program.context("find the program; build it first: cargo build --release")?;
    let mut command = Command::new(program);
    command.args(["serve", "--config"]).arg(file);
    Ok(command)
}

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
