//! One integration before its start: the properties of its vendors, and its configuration.

use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator};

use super::{EVENTS_KEY, Harness, KEY, NAME, SIGNING_SECRET, Side};
use crate::stack::Stack;

type Change = Box<dyn FnOnce(&mut Value)>;

pub struct Setup {
    name: &'static str,
    /// Whether a deployed stack gets this very name, too.
    is_exact: bool,
    genesys: GenesysOptions,
    lynn: LynnOptions,
    knows_queue: bool,
    changes: Vec<Change>,
    pub(super) file_changes: Vec<Change>,
    pub(super) environment: Vec<(String, String)>,
    pub(super) arguments: Vec<String>,
}

impl Setup {
    /// The usual setup: signed both ways, quick retries of webhooks, no automatic receipts.
    pub fn new() -> Self {
        Self::named(NAME)
    }

    /// The usual setup under another name.
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            is_exact: false,
            genesys: GenesysOptions {
                automatic_receipts: false,
                time_scale: 0.3,
                rate_limit_per_minute: 1_000_000,
                events_key: Some(EVENTS_KEY.to_owned()),
                ..GenesysOptions::default()
            },
            lynn: LynnOptions {
                inbound_key: Some(KEY.to_owned()),
                signing_secret: Some(SIGNING_SECRET.to_owned()),
                ..LynnOptions::default()
            },
            knows_queue: false,
            changes: Vec::new(),
            file_changes: Vec::new(),
            environment: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// The usual setup under this very name, also in a stack that many tests share.
    pub fn exactly(name: &'static str) -> Self {
        Self { is_exact: true, ..Self::named(name) }
    }

    /// Changes the simulated Genesys Cloud.
    pub fn genesys(mut self, change: impl FnOnce(&mut GenesysOptions)) -> Self {
        change(&mut self.genesys);
        self
    }

    /// Changes the simulated Lynn.
    pub fn lynn(mut self, change: impl FnOnce(&mut LynnOptions)) -> Self {
        change(&mut self.lynn);
        self
    }

    /// Changes the integration's configuration, after all URLs have been set.
    pub fn config(mut self, change: impl FnOnce(&mut Value) + 'static) -> Self {
        self.changes.push(Box::new(change));
        self
    }

    /// Changes the configuration file around the integrations; a deployed stack has none.
    pub fn file(mut self, change: impl FnOnce(&mut Value) + 'static) -> Self {
        self.file_changes.push(Box::new(change));
        self
    }

    /// Sets an environment variable of the program.
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds arguments of `bridge serve`; a deployed stack has none.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(ToString::to_string));
        self
    }

    /// Configures the queue of the simulated organisation.
    pub fn with_queue(mut self) -> Self {
        self.knows_queue = true;
        self
    }

    /// Starts the vendors and the program.
    pub async fn start(self) -> Harness {
        Harness::start_all(vec![self]).await
    }

    /// Starts the vendors; returns them and the configuration that names them.
    pub(super) async fn simulate(self, stack: Option<&Stack>) -> (Side, Value) {
        let genesys = GenesysSimulator::start(self.genesys).await.expect("Genesys");
        let lynn = LynnSimulator::start(self.lynn).await.expect("Lynn");
        let options = genesys.options();
        let name = match stack {
            Some(_) if !self.is_exact => Stack::own_name(self.name),
            _ => self.name.to_owned(),
        };
        let mut document = json!({
            "name": name,
            "genesys": {
                "domain": "mypurecloud.com",
                "integrationId": options.integration_id,
                "apiBaseUrl": genesys.base_url(),
                "loginBaseUrl": genesys.base_url(),
                "oauthClients": [ { "clientId": options.client_id, "clientSecret": options.client_secret } ],
                "webhookSecrets": [ options.webhook_secret ],
                "eventsApiKey": options.events_key,
            },
            "lynn": {
                "webhookUrl": lynn.webhook_url(),
                "signingSecret": SIGNING_SECRET,
                "inboundAuth": [ { "type": "apiKey", "key": KEY } ],
                "proactive": { "url": lynn.proactive_url(), "campaignId": "campaign-7" },
            },
        });
        if self.knows_queue {
            document["genesys"]["queueId"] = json!(genesys.queue_id());
        }
        for change in self.changes {
            change(&mut document);
        }
        let side = Side { name, genesys, lynn };
        (side, document)
    }
}
