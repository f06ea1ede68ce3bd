//! The rate budget of Genesys Cloud, through real HTTP: shared by processes, kept over a restart,
//! spent by priority.

use std::sync::Arc;
use std::time::Duration;

use clients::HttpVendor;
use clients::SystemClock;
use clients::genesys::client::GenesysClient;
use clients::genesys::{Call, Priority};
use clients::tokens::Tokens;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::config::SendConfig;
use shared::error::Class;
use shared::ports::{Clock, Store, Vendor};
use simulators::{Effect, Endpoint, GenesysOptions, GenesysSimulator, RecordedRequest};
use sqlite::Database;
use tempfile::TempDir;
use tokio::time::sleep;

use crate::harness::{Harness, SOON, Setup, each, fault};

const PAUSE: Duration = Duration::from_secs(6);

fn limit() -> Effect {
    Effect::Status { code: 429, retry_after: Some(PAUSE.as_secs()) }
}

/// The calls to Genesys, without logins.
fn calls(genesys: &GenesysSimulator) -> Vec<RecordedRequest> {
    let mut calls = genesys.requests();
    calls.retain(|call| call.path.contains("/inbound/open/"));
    calls
}

fn refused(genesys: &GenesysSimulator) -> usize {
    calls(genesys).iter().filter(|call| call.status == Some(429)).count()
}

/// Adds an OAuth client to the simulated Genesys Cloud and to the configuration.
fn with_second_client(setup: Setup) -> Setup {
    setup
        .genesys(|options| options.more_clients = vec![("second".into(), "secret-2".into())])
        .config(|integration| {
            let second = json!({ "clientId": "second", "clientSecret": "secret-2" });
            integration["genesys"]["oauthClients"].as_array_mut().unwrap().push(second);
        })
}

fn receipt(contact: &str, id: &str, message: &str) -> Value {
    json!({ "type": "receipt", "id": id, "contact": { "id": contact }, "messageId": message,
            "status": "delivered" })
}

#[tokio::test]
async fn a_pause_outlives_the_process() {
    let mut harness = Harness::start().await;
    harness.genesys.script(fault(Endpoint::Message, limit()));
    harness.say("ana", "m-1", "Hello").await;
    harness.logged(&[("event.name", "paused")]).await;
    harness.logged(&[("event.name", "retried")]).await;
    harness.process.kill();
    harness.restart().await;
    harness.say("ben", "m-1", "Hello").await;
    let delayed = harness.logged(&[("event.name", "delayed"), ("event.kind", "message")]).await;
    assert!(delayed["after_ms"].as_u64().is_some_and(|wait| wait <= 7000), "{delayed}");
    for contact in ["ana", "ben"] {
        harness.accepted(contact, 1).await;
    }
    let calls = calls(&harness.genesys);
    assert_eq!(calls.len(), 3);
    for call in &calls[1..] {
        let pause = call.at - calls[0].at;
        assert!(pause >= PAUSE - Duration::from_millis(10), "{pause:?}");
    }
    harness.end();
}

#[tokio::test]
async fn two_clients_give_all_they_have_without_one_refusal() {
    let setup = Setup::new().genesys(|options| options.rate_limit_per_minute = 10);
    let harness = with_second_client(setup).start().await;
    for number in 1..=20 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
    }
    harness.accepted("ana", 20).await;
    assert_eq!(refused(&harness.genesys), 0);
    // The budget is used up: typing is shed, and a message waits for the next minute after each
    // client has refused it once.
    harness.post(json!({ "type": "typing", "id": "t-1", "contact": { "id": "ana" } })).await;
    harness.logged(&[("event.name", "shed"), ("event.kind", "typing")]).await;
    harness.say("ana", "m-21", "Hello").await;
    harness.logged(&[("event.name", "retried"), ("event.kind", "message")]).await;
    harness.say("ben", "m-1", "Hello").await;
    harness.logged(&[("event.name", "delayed"), ("event.kind", "message")]).await;
    assert_eq!((calls(&harness.genesys).len(), refused(&harness.genesys)), (22, 2));
    harness.end();
}

#[tokio::test]
async fn receipts_wait_for_the_next_minute_and_hold_no_message_up() {
    const WINDOW: Duration = Duration::from_secs(20);
    let setup = Setup::new().genesys(|options| {
        options.rate_limit_per_minute = 41;
        options.rate_window = WINDOW;
    });
    let harness = setup.start().await;
    let agents = [harness.agent("ana", "one").await, harness.agent("ana", "two").await];
    harness.heard("ana", 2).await;
    for number in 1..=37 {
        harness.say("ana", &format!("m-{number}"), "Hello").await;
    }
    harness.accepted("ana", 37).await;
    // Four of forty-one are left.
    harness.post(receipt("ana", "r-1", &agents[0])).await;
    harness.logged(&[("event.name", "delayed"), ("event.kind", "receipt")]).await;
    harness.say("ben", "m-1", "Hello").await;
    harness.accepted("ben", 1).await;
    assert!(harness.genesys.receipts().is_empty());
    // When a message of the same conversation waits behind the receipt, the receipt is sent in the
    // message's place.
    harness.say("ana", "m-38", "Hello").await;
    harness.accepted("ana", 38).await;
    assert_eq!(each(&harness.receipts(1).await, "/id"), agents[..1]);
    let before = calls(&harness.genesys);
    assert!(before[39].at - before[0].at < WINDOW);
    assert!(before[39].path.ends_with("/message"), "{}", before[39].path);
    // Without one, the receipt waits for the next minute.
    harness.post(receipt("ana", "r-2", &agents[1])).await;
    assert_eq!(each(&harness.receipts(2).await, "/id"), agents);
    let last = calls(&harness.genesys).pop().expect("a call");
    assert!(last.at - before[0].at >= WINDOW);
    assert_eq!(refused(&harness.genesys), 0);
    assert!(harness.lines().iter().all(|line| line["event.name"] != "retried"));
    harness.end();
}

/// Two Genesys clients with one store, like two processes.
struct Pair {
    genesys: GenesysSimulator,
    config: SendConfig,
    clients: [GenesysClient; 2],
    store: Database,
    _directory: TempDir,
}

impl Pair {
    async fn start(options: GenesysOptions) -> Self {
        let genesys = GenesysSimulator::start(options).await.expect("Genesys");
        let options = genesys.options();
        let document = json!({
            "name": "support",
            "genesys": {
                "domain": "mypurecloud.com",
                "integrationId": options.integration_id,
                "apiBaseUrl": genesys.base_url(),
                "loginBaseUrl": genesys.base_url(),
                "oauthClients": [{ "clientId": options.client_id, "clientSecret": options.client_secret }],
            },
            "lynn": { "webhookUrl": "https://lynn.example.com/bridge" },
        });
        let config = SendConfig::parse(&SecretString::from(document.to_string())).expect("valid");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let directory = TempDir::new().expect("a directory");
        let store = Database::open(directory.path(), Arc::clone(&clock)).expect("a database");
        let client = || {
            let vendor: Arc<dyn Vendor> = Arc::new(HttpVendor::new(SOON).expect("a client"));
            let store: Arc<dyn Store> = Arc::new(store.clone());
            let tokens = Arc::new(Tokens::new(store, Arc::clone(&clock)));
            GenesysClient::new(vendor, tokens, Arc::clone(&clock))
        };
        Self { clients: [client(), client()], genesys, config, store, _directory: directory }
    }

    /// A customer's message, with the fields that Genesys needs.
    fn message(&self, id: &str) -> Call {
        let integration = &self.genesys.options().integration_id;
        let since = SystemClock.now();
        let time = since.to_text();
        let body = json!({
            "channel": { "messageId": id, "from": { "id": "ana", "idType": "Opaque" }, "time": time },
            "text": "Hello",
        });
        Call {
            method: Method::POST,
            path: format!("/api/v2/conversations/messages/{integration}/inbound/open/message"),
            name: "post a message",
            body: body.to_string(),
            priority: Priority::Message,
            since,
            until: None,
        }
    }

    /// Reads the budgets, as an event does together with its conversation.
    async fn look(&self, instance: usize) {
        let keys = self.clients[instance].budget_keys(&self.config.name);
        let items = self.store.load(&keys).await.expect("the store answers");
        self.clients[instance].learn_budgets(items.iter().flatten());
    }
}

#[tokio::test]
async fn a_refusal_of_one_process_pauses_the_other() {
    let pair = Pair::start(GenesysOptions::default()).await;
    let [first, second] = &pair.clients;
    for (client, id) in [(first, "m-1"), (second, "m-2")] {
        client.call(&pair.config, &pair.message(id)).await.expect("it is taken");
    }
    pair.genesys.script(fault(Endpoint::Message, limit()));
    let refusal = first.call(&pair.config, &pair.message("m-3")).await.expect_err("refused");
    assert_eq!(refusal.status, Some(429));
    // The client reads the budgets at most every two seconds.
    sleep(Duration::from_millis(2100)).await;
    pair.look(1).await;
    let before = pair.genesys.requests().len();
    let throttled = second.call(&pair.config, &pair.message("m-4")).await.expect_err("paused");
    assert_eq!((throttled.class, throttled.attempted), (Class::Throttled, false));
    assert_eq!(pair.genesys.requests().len(), before);
    sleep(throttled.retry_after.expect("a time")).await;
    second.call(&pair.config, &pair.message("m-4")).await.expect("the pause is over");
    assert_eq!(refused(&pair.genesys), 1);
}

#[tokio::test]
async fn a_process_that_has_just_begun_knows_how_little_is_left() {
    let options = GenesysOptions { rate_limit_per_minute: 20, ..GenesysOptions::default() };
    let pair = Pair::start(options).await;
    let [first, second] = &pair.clients;
    for number in 1..=20 {
        let message = pair.message(&format!("m-{number}"));
        first.call(&pair.config, &message).await.expect("it is taken");
    }
    let typing = Call { priority: Priority::Typing, ..pair.message("t-1") };
    let shed = second.call(&pair.config, &typing).await.expect_err("nothing is left");
    assert_eq!(shed.class, Class::Shed);
    let receipt = Call { priority: Priority::Receipt, ..pair.message("r-1") };
    let waits = second.call(&pair.config, &receipt).await.expect_err("nor for that");
    assert_eq!(waits.class, Class::Throttled);
    assert_eq!((calls(&pair.genesys).len(), refused(&pair.genesys)), (20, 0));
    // Only a refusal holds back messages, and one is enough.
    let tried = second.call(&pair.config, &pair.message("m-21")).await.expect_err("refused");
    assert_eq!(tried.status, Some(429));
    let waits = second.call(&pair.config, &pair.message("m-22")).await.expect_err("paused");
    assert_eq!(waits.class, Class::Throttled);
    assert_eq!((calls(&pair.genesys).len(), refused(&pair.genesys)), (21, 1));
}
