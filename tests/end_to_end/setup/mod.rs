//! `bridge setup` against an organisation that has nothing but its administrator.

mod alike;
mod at_once;
mod branches;
mod calls;
mod forbidden;
mod foreign;
mod identity;
mod interrupted;
mod lost;
mod on_aws;
mod plan;
mod platform;
mod posted;
mod questions;
mod refused;
mod remove;
mod role;
mod rotate;
mod story;
mod terraform;
mod waiting;

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::Value;
use simulators::{
    Completion, Effect, Endpoint, Fault, GenesysOptions, GenesysSimulator, LynnAuthentication,
    LynnOptions, LynnSimulator, ObjectKind,
};
use tempfile::TempDir;

use crate::command::{Ended, run};
use crate::process::Process;

const NAME: &str = "support";
const LABEL: &str = "lynn-support";
const QUEUE: &str = "Agents";
const TOKEN: &str = "planted-token-of-lynn";

/// Every kind of object that setup may create.
const MADE: [ObjectKind; 8] = [
    ObjectKind::Role,
    ObjectKind::OAuthClient,
    ObjectKind::SupportedContent,
    ObjectKind::MessagingSetting,
    ObjectKind::Queue,
    ObjectKind::Flow,
    ObjectKind::OpenIntegration,
    ObjectKind::Integration,
];

struct Machine {
    genesys: GenesysSimulator,
    directory: TempDir,
    bridge: SocketAddr,
    lynn: SocketAddr,
    /// The factor by which setup waits less: the simulated platform is faster, too.
    faster: u32,
}

impl Machine {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut GenesysOptions)) -> Self {
        let mut options = GenesysOptions {
            provisioned: false,
            loopback_webhooks: true,
            asynchronous_work: Completion::AfterReads(1),
            rate_limit_per_minute: 1_000_000,
            automatic_receipts: false,
            time_scale: 0.05,
            ..GenesysOptions::default()
        };
        change(&mut options);
        Self {
            genesys: GenesysSimulator::start(options).await.expect("Genesys"),
            directory: TempDir::new().expect("a directory"),
            bridge: free_address(),
            lynn: free_address(),
            faster: 20,
        }
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("bridge.json")
    }

    fn record(&self) -> PathBuf {
        self.directory.path().join("bridge.support.setup.json")
    }

    fn environment(&self) -> Vec<(String, String)> {
        let options = self.genesys.options();
        [
            ("GENESYS_ADMIN_CLIENT_ID", options.admin_client_id.as_str()),
            ("GENESYS_ADMIN_CLIENT_SECRET", options.admin_client_secret.as_str()),
            ("LYNN_TOKEN", TOKEN),
            ("BRIDGE_SETUP_FASTER", &self.faster.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The arguments that name the organisation and the integration.
    fn place(&self) -> Vec<String> {
        let base = self.genesys.base_url();
        let config = self.config().display().to_string();
        [
            "setup",
            "--domain",
            "mypurecloud.com",
            "--api-base-url",
            &base,
            "--login-base-url",
            &base,
            "--name",
            NAME,
            "--config",
            &config,
        ]
        .map(str::to_owned)
        .into()
    }

    /// All arguments of the usual set-up.
    fn arguments(&self) -> Vec<String> {
        let webhook = format!("http://{}/genesys/{NAME}", self.bridge);
        let lynn = format!("http://{}/webhook", self.lynn);
        let more = [
            "--webhook-url",
            &webhook,
            "--lynn-webhook-url",
            &lynn,
            "--lynn-auth",
            "bearer",
            "--queue",
            QUEUE,
            "--create-queue",
        ];
        self.place().into_iter().chain(more.map(str::to_owned)).collect()
    }

    async fn run(&self, arguments: &[String], more: &[&str]) -> Ended {
        let mut all: Vec<&str> = arguments.iter().map(String::as_str).collect();
        all.extend(more);
        let ended = run(&all, &self.environment()).await;
        self.assert_no_secret(&ended);
        ended
    }

    /// Runs the usual set-up without questions.
    async fn setup(&self, more: &[&str]) -> Ended {
        self.run(&self.arguments(), &[&["--yes"], more].concat()).await
    }

    /// Checks that the output contains no secret, neither a given nor a generated one.
    fn assert_no_secret(&self, ended: &Ended) {
        let mut secrets =
            vec![TOKEN.to_owned(), self.genesys.options().admin_client_secret.clone()];
        if self.config().exists() {
            let entry = self.entry();
            let at =
                |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            secrets.extend(at("/genesys/webhookSecrets/0"));
            secrets.extend(at("/genesys/oauthClients/0/clientSecret"));
            secrets.extend(at("/lynn/inboundAuth/0/key"));
            secrets.extend(at("/genesys/eventsApiKey"));
        }
        for secret in secrets {
            assert!(!format!("{ended:?}").contains(&secret), "a secret was said: {ended:?}");
        }
    }

    fn file(&self) -> Value {
        let text = std::fs::read_to_string(self.config()).expect("a configuration");
        serde_json::from_str(&text).expect("JSON")
    }

    fn entry(&self) -> Value {
        self.file()["integrations"][0].clone()
    }

    /// Starts the bridge and Lynn with the configuration that setup wrote.
    async fn serve(&self) -> (Process, LynnSimulator) {
        let options = LynnOptions {
            inbound_key: self.entry()["lynn"]["inboundAuth"][0]["key"].as_str().map(str::to_owned),
            auth: LynnAuthentication::Bearer(TOKEN.to_owned()),
            bridge_url: Some(format!("http://{}/lynn/{NAME}", self.bridge)),
            ..LynnOptions::default()
        };
        let lynn = LynnSimulator::start_on(options, self.lynn).await.expect("Lynn");
        assert_eq!(self.entry()["lynn"]["webhookUrl"], lynn.webhook_url());
        let log = self.directory.path().join("bridge.log");
        let config = self.config().display().to_string();
        let mut process = Process::spawn(&["serve", "--config", &config], &log, &[]);
        process.address().await;
        (process, lynn)
    }

    /// The number of objects of each kind.
    fn counts(&self) -> Vec<usize> {
        MADE.iter().map(|kind| self.genesys.objects(*kind).len()).collect()
    }

    /// The n-th call from now on gets this effect.
    fn disturb(&self, number: usize, effect: Effect) {
        for _ in 1..number {
            let effect = Effect::Delay(Duration::ZERO);
            self.genesys.script(Fault { endpoint: Endpoint::Any, effect });
        }
        self.genesys.script(Fault { endpoint: Endpoint::Any, effect });
    }

    fn assert_no_violation(&self) {
        assert_eq!(self.genesys.violations(), Vec::<String>::new());
    }
}

fn free_address() -> SocketAddr {
    // Below the range from which the system assigns ports; each test process starts at a place of
    // its own.
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    loop {
        let place = std::process::id() * 8 + TAKEN.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(10_000 + place % 20_000).expect("a port");
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
