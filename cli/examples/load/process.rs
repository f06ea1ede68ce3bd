//! The bridge as its own process, and the resources that it uses by the system's count.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tempfile::TempDir;

use crate::listening::listening;

pub struct Bridge {
    child: Child,
    url: String,
    _data: TempDir,
}

/// The resources used so far.
pub struct Usage {
    /// User and system time.
    pub cpu: Duration,
    /// The most memory that it used.
    pub peak_bytes: u64,
}

impl Bridge {
    /// Starts the release build beside this program, with both vendors at `vendors`.
    pub async fn start(vendors: &str, key: &str, secret: &str) -> anyhow::Result<Self> {
        let data = tempfile::tempdir_in(".").context("create a folder for the data")?;
        let config = json!({ "listen": "127.0.0.1:0", "dataDir": data.path().canonicalize()?, "integrations": [ {
            "name": "load",
            "genesys": { "domain": "mypurecloud.com", "integrationId": "load", "apiBaseUrl": vendors, "loginBaseUrl": vendors,
                "oauthClients": [ { "clientId": "load", "clientSecret": "load" } ], "webhookSecrets": [ secret ] },
            "lynn": { "webhookUrl": format!("{vendors}/lynn"), "inboundAuth": [ { "type": "apiKey", "key": key } ] } } ] });
        let file = data.path().join("bridge.json");
        std::fs::write(&file, config.to_string())?;
        let program = std::env::current_exe()?.with_file_name("../bridge").canonicalize();
        let program = program.context("find the program; build it first: cargo build --release")?;
        let mut child = Command::new(program)
            .args(["serve", "--config"])
            .arg(&file)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(data.path().join("log"))?)
            .spawn()?;
        let output = child.stdout.take().context("read its output")?;
        let url = listening(output).await.context("it did not start")?;
        Ok(Self { child, url, _data: data })
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Reads the resources from /proc.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let fields: Vec<&str> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // utime and stime, in hundredths of a second.
        let ticks: u64 =
            fields.iter().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("read VmHWM")?;
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(Usage { cpu: Duration::from_millis(ticks * 10), peak_bytes: kilobytes * 1024 })
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
