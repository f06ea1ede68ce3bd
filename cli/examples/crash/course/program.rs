//! The program as a process that is started and killed.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::listening::listening;

/// How long it may take to become ready, or to end when asked to.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `bridge serve`; it ends when this is dropped.
pub struct Program {
    child: Child,
    ready: Option<oneshot::Receiver<String>>,
}

impl Program {
    /// Starts it with the configuration and data of a directory; its log is appended.
    pub fn start(program: &Path, directory: &Path) -> anyhow::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(directory.join("log"))?;
        let mut child = Command::new(program)
            .args(["serve", "--config"])
            .arg(directory.join("bridge.json"))
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("start the bridge")?;
        let output = child.stdout.take().context("read its output")?;
        Ok(Self { child, ready: Some(listening(output)) })
    }

    /// Waits until it listens, and returns its address.
    pub async fn address(&mut self) -> anyhow::Result<String> {
        let ready = self.ready.take().context("asked once")?;
        timeout(PATIENCE, ready).await?.context("the bridge ended instead of starting; see its log")
    }

    /// SIGKILL.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().context("kill the bridge")?;
        self.child.wait().context("wait for its end").map(drop)
    }

    /// Sends SIGTERM and waits for the end.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let ended = async {
            while self.child.try_wait()?.is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            anyhow::Ok(())
        };
        timeout(PATIENCE, ended).await?
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
