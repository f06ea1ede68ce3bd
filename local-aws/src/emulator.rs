//! The emulator: one process on a loopback port, all of its state in memory and in a folder that goes with it.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::arguments::Arguments;
use crate::files::Folder;
use crate::group::Group;
use crate::tool::{REGION, Tools};

/// How long it may take to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether it answers.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);
/// How much of its log is shown when it ended by itself.
const LAST_LINES: usize = 10;
/// What it answers when it is up.
const HEALTH: &str = "/_ministack/health";

/// The running emulator's processes: itself, and the functions that it runs.
#[derive(Debug)]
pub struct Process {
    group: Group,
    log: PathBuf,
}

/// The emulator as others see it.
#[derive(Clone, Debug)]
pub struct Emulator {
    endpoint: String,
    client: reqwest::Client,
}

impl Process {
    /// Starts it and waits until it answers.
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
        // Its functions inherit its environment, and they are to have none of this machine's.
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
            .env("AWS_ENDPOINT_URL", &endpoint)
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

    /// Returns only when it has ended by itself, which it must not.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let status = self.group.wait().await?;
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().collect();
        let last = lines.len().saturating_sub(LAST_LINES);
        bail!("the emulator ended: {status}\n{}", lines[last..].join("\n"))
    }
}

impl Emulator {
    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What speaks to it.
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

/// A header that names the service, by which the emulator finds it; it checks no signature.
pub fn authorization(service: &str) -> String {
    let scope = format!("test/20260101/{REGION}/{service}/aws4_request");
    format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0")
}

/// A port that is free now; somebody else may take it before the emulator does, and then the emulator says so.
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
