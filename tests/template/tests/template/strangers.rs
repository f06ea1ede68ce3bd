//! Many callers without any credentials: they delay no configured integration, and they cost
//! little.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use genesys_webhook::GenesysWebhook;
use http::{Request, Response};
use lynn_inbound::LynnInbound;
use media::LinkCheck;
use secrecy::SecretString;
use serde_json::json;
use shared::config::ReceiveConfig;
use shared::genesys::signature;
use shared::ids::IntegrationName;
use shared::ports::{Clock, SecretPart, Secrets};
use shared::settings::Settings;
use testing::{ManualClock, MemoryQueue, MemorySecrets, MemoryStore};

use crate::conditions::Lines;

const NAME: &str = "support";
const KEY: &str = "the-key-of-lynn-itself";
const SECRET: &str = "the-secret-of-genesys";
const CLIENT: &str = "engine";
const CLIENT_SECRET: &str = "the-secret-of-the-engine";

/// The endpoints as functions that have just started.
struct Doors {
    clock: Arc<ManualClock>,
    secrets: Arc<MemorySecrets>,
    genesys: GenesysWebhook,
    lynn: LynnInbound,
    links: LinkCheck,
}

fn document(secrets: &[&str]) -> String {
    json!({ "name": NAME, "genesys": { "integrationId": "i-1", "webhookSecrets": secrets },
        "lynn": { "inboundAuth": [ { "type": "apiKey", "key": KEY },
            { "type": "oauthClient", "clientId": CLIENT, "clientSecret": CLIENT_SECRET } ] } })
    .to_string()
}

impl Doors {
    fn open() -> Self {
        let manual = Arc::new(ManualClock::new(0));
        let clock: Arc<dyn Clock> = Arc::clone(&manual) as _;
        let secrets = Arc::new(MemorySecrets::new());
        secrets.set(&IntegrationName::new(NAME), SecretPart::Receive, vec![document(&[SECRET])]);
        let settings = || -> Arc<Settings<ReceiveConfig>> {
            let secrets: Arc<dyn Secrets> = Arc::clone(&secrets) as _;
            Arc::new(Settings::new(secrets, Arc::clone(&clock)))
        };
        let queue = Arc::new(MemoryQueue::new(Arc::clone(&clock)));
        let store = Arc::new(MemoryStore::new(Arc::clone(&clock)));
        let (of_genesys, of_lynn) = (settings(), settings());
        Self {
            genesys: GenesysWebhook {
                settings: of_genesys,
                queue: queue.clone(),
                table: None,
                clock: Arc::clone(&clock),
            },
            links: LinkCheck { settings: Arc::clone(&of_lynn), clock: Arc::clone(&clock) },
            lynn: LynnInbound { settings: of_lynn, queue, store, clock },
            clock: manual,
            secrets,
        }
    }

    async fn link(&self, name: &str, signature: &str) -> u16 {
        let key = "a".repeat(64);
        let path = format!("/media/{name}/{key}?expires=99999999999&signature={signature}");
        let request = Request::get(path).body(Bytes::new()).unwrap();
        let error = self.links.key(&request).await.unwrap_err();
        self.links.answer(&error).status().as_u16()
    }

    async fn post(&self, path: String, headers: &[(&str, String)], body: &str) -> u16 {
        let mut request = Request::post(&path).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        let answer: Response<Bytes> = if path.starts_with("/genesys") {
            self.genesys.handle(request).await
        } else {
            self.lynn.handle(request).await
        };
        answer.status().as_u16()
    }

    async fn webhook(&self, name: &str, secret: &str) -> u16 {
        let body = r#"{"id":"g-1","type":"Text","direction":"Outbound","text":"Hello"}"#;
        let signature = signature::sign(&SecretString::from(secret), body.as_bytes());
        self.post(format!("/genesys/{name}"), &[(signature::HEADER, signature)], body).await
    }

    async fn event(&self, name: &str, key: &str) -> u16 {
        let body = r#"{"type":"message","id":"m-1","contact":{"id":"ana"},"text":"Hello"}"#;
        self.post(format!("/lynn/{name}"), &[("x-api-key", key.to_owned())], body).await
    }

    async fn token(&self, client: &str, secret: &str) -> u16 {
        let form =
            format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
        self.post("/oauth/token".to_owned(), &[], &form).await
    }

    /// Sends the requests of strangers and returns their number. Every answer is 404, or 401 if the
    /// endpoint did not look up the name.
    async fn flood(&self, first: usize) -> usize {
        for number in first..first + 300 {
            let name = format!("n{number}");
            let plausible = "A".repeat(43);
            let answers = [
                self.link(&name, "AAAA").await,
                self.link(&name, &plausible).await,
                self.webhook(&name, "a-secret-of-their-own").await,
                self.event(&name, "a-key-of-their-own").await,
                self.post(format!("/lynn/{name}"), &[], "{}").await,
            ];
            assert!(answers.iter().all(|status| [401, 404].contains(status)), "{answers:?}");
        }
        1500
    }
}

#[tokio::test]
async fn a_flood_of_unknown_names_delays_no_configured_integration_and_costs_little() {
    let (lines, _guard) = Lines::listen();
    let doors = Doors::open();
    doors.secrets.set_names(&[NAME]);
    let mut requests = 0;
    for round in 0..6 {
        requests += doors.flood(round * 300).await;
        doors.clock.advance(Duration::from_secs(10));
    }
    requests += doors.flood(9000).await;
    let calls = doors.secrets.calls();
    // Each of the two functions makes one list call and at most twenty look-ups in ten seconds.
    assert!(calls <= 2 * 7 * 22, "{calls}");
    // The first webhook and the first event of the integration are accepted at once.
    assert_eq!(doors.webhook(NAME, SECRET).await, 200);
    assert_eq!(doors.event(NAME, KEY).await, 202);
    let names = lines.names();
    let strangers = names.iter().filter(|name| *name == "unknown").count();
    assert_eq!(names.len(), strangers + 2, "{names:?}");
    assert!(!names.contains(&"unconfigured".to_owned()) && !names.contains(&"rejected".to_owned()));
    // At most one line of at most 300 bytes for each function in ten seconds, for any number of
    // requests.
    assert!(strangers <= 2 * 7, "{strangers}");
    let bytes = lines.bytes();
    assert!(bytes < 300 * (strangers + 4) && bytes < requests, "{bytes} bytes of {requests}");
}

/// A token call does not name its integration, so the configured ones are searched: at most once in
/// ten seconds for all callers.
#[tokio::test]
async fn a_flood_of_unknown_clients_delays_no_configured_one_and_costs_little() {
    let doors = Doors::open();
    let others: Vec<String> = (0..50).map(|number| format!("other-{number}")).collect();
    let names: Vec<&str> = others.iter().map(String::as_str).chain([NAME]).collect();
    for other in &others {
        let document = document(&[SECRET]).replace(NAME, other).replace(CLIENT, other);
        doors.secrets.set(&IntegrationName::new(other), SecretPart::Receive, vec![document]);
    }
    doors.secrets.set_names(&names);
    for _ in 0..6 {
        for number in 0..300 {
            assert_eq!(doors.token(&format!("c{number}"), "their-own").await, 400);
            assert_eq!(doors.token(CLIENT, "their-own").await, 401);
        }
        doors.clock.advance(Duration::from_secs(10));
    }
    // The list and each integration once; then, each ten seconds, the list, twenty integrations
    // and the one whose secret was wrong.
    let calls = doors.secrets.calls();
    assert!(calls <= 52 + 6 * 23, "{calls}");
    assert_eq!(doors.token(CLIENT, CLIENT_SECRET).await, 200);
    assert_eq!(doors.token("other-49", "the-secret-of-the-other-49").await, 200);
    // A function that has just started finds a client at once, too.
    let doors = Doors::open();
    doors.secrets.set_names(&[NAME]);
    assert_eq!(doors.token(CLIENT, CLIENT_SECRET).await, 200);
}

/// A stack from before there were lists of names: the endpoint still looks up names of plausible
/// callers.
#[tokio::test]
async fn without_a_list_of_names_a_flood_delays_no_configured_integration_either() {
    let doors = Doors::open();
    doors.flood(0).await;
    assert_eq!(doors.webhook(NAME, SECRET).await, 200);
    assert_eq!(doors.event(NAME, KEY).await, 202);
}

/// A caller who knows a configured name still needs its keys: refusals are counted, in few log
/// lines.
#[tokio::test]
async fn a_flood_of_wrong_keys_for_a_configured_name_has_few_lines_with_the_whole_count() {
    let (lines, _guard) = Lines::listen();
    let doors = Doors::open();
    for _ in 0..1000 {
        assert_eq!(doors.event(NAME, "a-wrong-key").await, 401);
    }
    assert_eq!(lines.names().len(), 10);
    doors.clock.advance(Duration::from_secs(10));
    assert_eq!(doors.event(NAME, "a-wrong-key").await, 401);
    let counts =
        lines.of("rejected").iter().map(|line| line["count"].as_u64().unwrap()).sum::<u64>();
    assert_eq!(counts, 1001);
    assert_eq!(doors.event(NAME, KEY).await, 202);
}

/// After a rotation the old secret is valid for ten minutes, or until it is revoked.
#[tokio::test]
async fn a_secret_that_was_replaced_ends_after_ten_minutes_and_at_once_when_it_is_revoked() {
    const NEW: &str = "the-new-secret-of-genesys";
    let name = IntegrationName::new(NAME);
    let rotated = || vec![document(&[NEW]), document(&[SECRET])];
    let doors = Doors::open();
    assert_eq!(doors.webhook(NAME, SECRET).await, 200);
    doors.secrets.set(&name, SecretPart::Receive, rotated());
    let end = doors.clock.now() + Duration::from_mins(10);
    doors.secrets.set_end(&name, SecretPart::Receive, end);
    for seconds in [11, 300, 288] {
        doors.clock.advance(Duration::from_secs(seconds));
        assert_eq!(doors.webhook(NAME, NEW).await, 200);
        assert_eq!(doors.webhook(NAME, SECRET).await, 200);
    }
    doors.clock.advance(Duration::from_secs(1));
    assert_eq!(doors.webhook(NAME, SECRET).await, 401);
    assert_eq!(doors.webhook(NAME, NEW).await, 200);

    let doors = Doors::open();
    doors.secrets.set(&name, SecretPart::Receive, rotated());
    assert_eq!(doors.webhook(NAME, NEW).await, 200);
    assert_eq!(doors.webhook(NAME, SECRET).await, 200);
    doors.secrets.set(&name, SecretPart::Receive, vec![document(&[NEW])]);
    doors.clock.advance(Duration::from_secs(10));
    assert_eq!(doors.webhook(NAME, SECRET).await, 401);
    assert_eq!(doors.webhook(NAME, NEW).await, 200);
}
