//! The environment of a test: simulated vendors, a configuration file, a data directory, and the
//! program between them.

mod age;
mod client_ids;
mod exchange;
mod restart;
mod setup;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::{Delivery, Effect, Endpoint, Fault, GenesysSimulator, LynnSimulator};
use tempfile::TempDir;

use self::client_ids::ClientIds;
pub use self::setup::Setup;
use crate::canaries::Canaries;
use crate::process::{PROGRAM, Process};
use crate::stack::Stack;

/// Long enough for anything that should happen at once, on a machine under load; a deployed stack
/// in an emulator is slower.
pub const SOON: Duration = Duration::from_secs(40);

/// The integration's name where there is only one.
pub const NAME: &str = "support";
/// The key of Lynn's posts.
pub const KEY: &str = "key-of-the-tests";
/// The key with which Genesys' workflows post events.
pub const EVENTS_KEY: &str = "events-key-of-the-tests";
/// The secret that signs the bridge's posts to Lynn.
pub const SIGNING_SECRET: &str = "whsec_c2lnbnMtd2hhdC10aGUtYnJpZGdlLXBvc3Rz";

/// The two vendors of one integration.
#[derive(Clone)]
pub struct Side {
    /// The configured name of the integration. In a deployed stack, which many tests share, the
    /// name is unique.
    pub name: String,
    pub genesys: GenesysSimulator,
    pub lynn: LynnSimulator,
}

pub struct Harness {
    /// The Genesys Cloud of the first integration.
    pub genesys: GenesysSimulator,
    /// The Lynn of the first integration.
    pub lynn: LynnSimulator,
    pub sides: Vec<Side>,
    /// The program; a test cannot kill a deployed stack.
    pub process: Process,
    pub address: String,
    client: reqwest::Client,
    environment: Vec<(String, String)>,
    arguments: Vec<String>,
    stack: Option<Stack>,
    client_ids: ClientIds,
    directory: TempDir,
    canaries: Mutex<Canaries>,
}

impl Harness {
    /// Starts the usual harness.
    pub async fn start() -> Self {
        Setup::new().start().await
    }

    /// Starts one program with several integrations.
    pub async fn start_all(setups: Vec<Setup>) -> Self {
        let directory = TempDir::new().expect("a directory");
        let environment =
            setups.iter().flat_map(|setup| setup.environment.clone()).collect::<Vec<_>>();
        let arguments = setups.iter().flat_map(|setup| setup.arguments.clone()).collect::<Vec<_>>();
        let stack = Stack::given();
        let client_ids = ClientIds::of_a_test(stack.is_some());
        let (mut sides, mut documents) = (Vec::new(), Vec::new());
        let mut file_changes = Vec::new();
        for mut setup in setups {
            file_changes.append(&mut setup.file_changes);
            let (side, mut document) = setup.simulate(stack.as_ref()).await;
            client_ids.write(&mut document);
            sides.push(side);
            documents.push(document);
        }
        let mut config =
            json!({ "listen": "127.0.0.1:0", "dataDir": "data", "integrations": documents });
        file_changes.into_iter().for_each(|change| change(&mut config));
        write_privately(&directory.path().join("config.json"), &config);
        let (process, address) = match &stack {
            Some(stack) => {
                stack.configure(&directory.path().join("config.json"));
                (Process::elsewhere(stack.log()), stack.address().to_owned())
            }
            None => start(&directory, &arguments, &environment).await,
        };
        let first = sides.first().expect("an integration").clone();
        let harness = Self {
            genesys: first.genesys,
            lynn: first.lynn,
            sides,
            process,
            address,
            client: client(),
            environment,
            arguments,
            stack,
            client_ids,
            directory,
            canaries: Mutex::default(),
        };
        harness.with_canaries(|canaries| canaries.add_configuration(&config));
        harness.announce();
        harness
    }

    /// Tells the vendors the address of the program.
    fn announce(&self) {
        for Side { name, genesys, lynn } in &self.sides {
            genesys.set_webhook_url(format!("{}/genesys/{name}", self.address));
            genesys.set_events_url(format!("{}/genesys/{name}/events", self.address));
            lynn.set_bridge_url(format!("{}/lynn/{name}", self.address));
        }
    }

    pub fn config_path(&self) -> PathBuf {
        self.directory.path().join("config.json")
    }

    pub fn data_directory(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Changes the configuration file under the running program.
    pub fn edit_config(&self, change: impl FnOnce(&mut Value)) {
        let text = std::fs::read_to_string(self.config_path()).expect("a file");
        let mut config: Value = serde_json::from_str(&text).expect("JSON");
        change(&mut config);
        for integration in config["integrations"].as_array_mut().into_iter().flatten() {
            self.client_ids.write(integration);
        }
        self.with_canaries(|canaries| canaries.add_configuration(&config));
        let written = self.directory.path().join("config.new");
        write_privately(&written, &config);
        std::fs::rename(written, self.config_path()).expect("renamed");
        if let Some(stack) = &self.stack {
            stack.configure(&self.config_path());
        }
    }

    /// A request to the program, without any authentication. The path contains the integration's
    /// name in the test.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{}", self.address, self.path(path)))
    }

    /// A path with the configured name of the integration in place of its name in the test.
    pub fn path(&self, path: &str) -> String {
        let (path, query) = path.find('?').map_or((path, ""), |place| path.split_at(place));
        let mut parts: Vec<&str> = path.split('/').collect();
        let own = parts
            .get(2)
            .and_then(|name| self.sides.iter().find(|side| Stack::is_own_name(&side.name, name)));
        if let (Some(side), Some(part)) = (own, parts.get_mut(2)) {
            *part = &side.name;
        }
        parts.join("/") + query
    }

    /// The configured id of an OAuth client of Lynn, by its id in the test.
    pub fn client_id(&self, id: &str) -> String {
        self.client_ids.of(id)
    }

    pub fn is_deployed(&self) -> bool {
        self.stack.is_some()
    }

    /// Waits until the functions know the integrations by name: they read the list of names at most
    /// every 10 s, and answer 404 to a caller without credentials whose integration is not on it.
    pub async fn until_listed(&self) {
        if self.is_deployed() {
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    }

    /// The stack, for a test that needs one.
    pub fn stack(&self) -> &Stack {
        self.stack.as_ref().expect("this test is about a deployed stack: tools/test-deployed")
    }

    /// The configured name of the first integration.
    pub fn name(&self) -> &str {
        &self.sides.first().expect("an integration").name
    }

    /// Ends a test, and checks that no side violated the contract.
    pub fn end(self) {
        for side in &self.sides {
            let violations = [side.genesys.violations(), side.lynn.violations()].concat();
            if !violations.is_empty() {
                self.fail(&format!("{}: {violations:#?}", side.name));
            }
        }
    }

    /// Adds to the values that the log must not contain.
    fn with_canaries(&self, add: impl FnOnce(&mut Canaries)) {
        add(&mut self.canaries.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub fn log_path(&self) -> PathBuf {
        self.directory.path().join("bridge.log")
    }

    /// Checks that the log contains no canary.
    fn check_log(&self) {
        // The program writes a line up to 50 ms late.
        std::thread::sleep(Duration::from_millis(60));
        // Other tests also write into the log of a stack.
        let log = match self.stack {
            Some(_) => self.lines().iter().map(|line| format!("{line}\n")).collect(),
            None => self.process.log(),
        };
        let mut canaries = self.canaries.lock().unwrap_or_else(PoisonError::into_inner);
        for side in &self.sides {
            canaries.add_known(&side.name);
            canaries.add_traffic(&side.genesys, &side.lynn);
        }
        let shown = canaries.shown_in(&log);
        assert!(shown.is_empty(), "the log holds what it must not: {shown:#?}");
    }

    /// Fails the test and prints the log.
    pub fn fail(&self, problem: &str) -> ! {
        panic!("{problem}\nThe log:\n{}", self.process.log());
    }
}

/// Every test checks its log, even if it does not call `end`.
impl Drop for Harness {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check_log();
        }
    }
}

async fn start(
    directory: &TempDir,
    arguments: &[String],
    environment: &[(String, String)],
) -> (Process, String) {
    let config = directory.path().join("config.json");
    let log = directory.path().join("bridge.log");
    let mut all = vec!["serve", "--config", config.to_str().expect("UTF-8")];
    all.extend(arguments.iter().map(String::as_str));
    let mut process = Process::spawn(&all, &log, environment);
    let address = process.address().await;
    (process, address)
}

/// Writes a configuration that only its owner may read.
fn write_privately(path: &std::path::Path, config: &Value) {
    std::fs::write(path, config.to_string()).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
}

/// Adds a line to the report of unchecked things at the end of `make test`.
pub fn not_run(what: &str) {
    let target = std::path::Path::new(PROGRAM).parent().and_then(std::path::Path::parent);
    let file = target.expect("the program lies in target").join("not-run");
    let file = std::fs::OpenOptions::new().create(true).append(true).open(file);
    std::io::Write::write_all(&mut file.expect("a file"), format!("{what}\n").as_bytes())
        .expect("written");
}

/// The id of a message whose webhook was accepted.
pub fn taken(delivery: Delivery) -> String {
    assert!(delivery.delivered, "{:?}", delivery.attempts);
    delivery.id
}

pub fn fault(endpoint: Endpoint, effect: Effect) -> Fault {
    Fault { endpoint, effect }
}

pub fn status(code: u16) -> Effect {
    Effect::Status { code, retry_after: None }
}

/// The values at a pointer in each of several documents.
pub fn each(documents: &[Value], pointer: &str) -> Vec<Value> {
    documents
        .iter()
        .map(|document| document.pointer(pointer).cloned().unwrap_or_default())
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
pub fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(SOON).no_proxy().build().expect("a client")
}
