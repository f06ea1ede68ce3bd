//! Runs the emulator: one process on a loopback port, with all state in memory and in a temporary
//! folder that is deleted with it.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::arguments::Arguments;
use crate::files::Folder;
use crate::group::Group;
use crate::tool::{REGION, Tools};

/// The longest wait for its first answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two health checks.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// The number of log lines that are shown when it ended by itself.
const LAST_LINES: usize = 10;
/// The path of its health check.
const HEALTH: &str = "/_ministack/health";

/// The processes of the running emulator: the emulator itself, and the functions that it runs.
#[derive(Debug)]
pub struct Process {
    group: Group,
    log: PathBuf,
}

/// The address of the emulator, with an HTTP client for it.
#[derive(Clone, Debug)]
pub struct Emulator {
    endpoint: String,
    client: reqwest::Client,
}

impl Process {
    /// Starts the emulator and waits until it answers.
    pub async fn start(
        tools: &Tools,
        folder: &Folder,
        arguments: &Arguments,
    ) -> anyhow::Result<(Self, Emulator)> {
        let address = free(SocketAddr::new(arguments.emulator_host, arguments.emulator_port))?;
        let endpoint = format!("http://{address}");
        let log = arguments.emulator_log.clone().unwrap_or_else(|| folder.join("emulator.log"));
        let written =
            File::create(&log).with_context(|| format!("{} cannot be written", log.display()))?;
        let mut command = tools.program("ministack");
        // The functions inherit the emulator's environment. They must not see the environment of
        // this machine. AWS_ENDPOINT_URL is not set, since it would lead the functions past their
        // guard.
        let path = command.as_std().get_envs().find(|(name, _)| *name == "PATH");
        let path = path.and_then(|(_, value)| value).unwrap_or_default().to_owned();
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder.path())
            .env("TMPDIR", folder.path())
            .env("BIND_HOST", address.ip().to_string())
            .env("GATEWAY_PORT", address.port().to_string())
            .env("LAMBDA_EXECUTOR", "local")
            .env("AWS_DEFAULT_REGION", REGION)
            .stdout(written.try_clone()?)
            .stderr(written);
        let group = Group::start(command).context("start the emulator")?;
        let mut process = Self { group, log };
        let emulator = Emulator { endpoint, client: client()? };
        tokio::select! {
            ended = process.ended() => ended?,
            up = emulator.up() => up?,
        }
        Ok((process, emulator))
    }

    /// Returns an error when the emulator has ended by itself, which must not happen.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let status = self.group.wait().await?;
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines.len().saturating_sub(LAST_LINES);
        bail!("the emulator ended: {status}\n{}", lines[last..].join("\n"))
    }
}

impl Emulator {
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn client(&self) -> reqwest::Client {
        self.client.clone()
    }

    async fn up(&self) -> anyhow::Result<()> {
        let health = format!("{}{HEALTH}", self.endpoint);
        let looking = async {
            while self.client.get(&health).send().await.is_err() {
                tokio::time::sleep(BETWEEN_LOOKS).await;
            }
        };
        let up = tokio::time::timeout(PATIENCE, looking).await;
        up.with_context(|| format!("the emulator did not answer within {} s", PATIENCE.as_secs()))
    }
}

/// A header that names the service, by which the emulator chooses it. The emulator checks no
/// signature.
pub fn authorization(service: &str) -> String {
    let scope = format!("test/20260101/{REGION}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// A port that is free now. Another process may take it before the emulator does; the emulator then
/// reports an error.
fn free(address: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address).with_context(|| {
        format!("the emulator cannot listen on {address}: choose another --emulator-port")
    })?;
    Ok(listener.local_addr()?)
}

#[expect(
    clippy::disallowed_methods,
    reason = "speaks to the emulator on this machine, not to a vendor"
)]
fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().build()?)
}
