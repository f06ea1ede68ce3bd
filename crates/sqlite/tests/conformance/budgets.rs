//! Every store carries the rate budget from one instance of the Genesys client to the others.

use std::sync::Arc;
use std::time::Duration;

use clients::genesys::client::GenesysClient;
use clients::genesys::{Call, Priority};
use clients::tokens::Tokens;
use http::Method;
use shared::config::SendConfig;
use shared::error::Class;
use shared::ids::IntegrationName;
use shared::ports::{Clock, SecretPart, Store, Vendor, VendorRequest};
use shared::settings::Settings;
use shared::time::Timestamp;
use testing::{ManualClock, MemorySecrets, Reaction, ScriptedVendor};
use tokio::task::JoinSet;

use super::Subject;

/// The number of instances that write at the same time.
const INSTANCES: u64 = 8;

const CONFIG: &str = r#"{
    "name": "budgets",
    "genesys": { "domain": "genesys.test", "integrationId": "integration",
                 "oauthClients": [{ "clientId": "client", "clientSecret": "secret" }] },
    "lynn": { "webhookUrl": "https://lynn.test/hook" }
}"#;

/// Refuses the calls of each instance for the number of seconds in its path.
fn react(request: &VendorRequest) -> Reaction {
    match request.url.rsplit('/').next().and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => Reaction::later(429, Duration::from_secs(seconds)),
        None => Reaction::body(200, r#"{"access_token":"t","expires_in":86400}"#),
    }
}

fn call(seconds: u64) -> Call {
    Call {
        method: Method::POST,
        path: format!("/{seconds}"),
        name: "post a message",
        body: String::new(),
        priority: Priority::Message,
        since: Timestamp::from_milliseconds(0),
        until: None,
    }
}

/// Eight instances are refused at the same time. The longest pause holds for all of them, and for a
/// ninth instance, which sends no call to the vendor.
pub async fn the_longest_pause_holds_for_every_instance(subject: Subject) {
    let clock = Arc::new(ManualClock::new(1));
    clock.advance_to((subject.now)());
    let clock = clock as Arc<dyn Clock>;
    let vendor = Arc::new(ScriptedVendor::new(Arc::clone(&clock), react));
    let instance = || {
        let store: Arc<dyn Store> = Arc::clone(&subject.store);
        let tokens = Arc::new(Tokens::new(store, Arc::clone(&clock)));
        GenesysClient::new(Arc::clone(&vendor) as Arc<dyn Vendor>, tokens, Arc::clone(&clock))
    };
    let config = config(&clock).await;
    let mut refused = JoinSet::new();
    for number in 1..=INSTANCES {
        let (client, config) = (instance(), Arc::clone(&config));
        refused.spawn(async move { client.call(&config, &call(number * 10)).await });
    }
    while let Some(answer) = refused.join_next().await {
        let failure = answer.expect("no panic").expect_err("it is refused");
        assert_eq!(failure.status, Some(429), "{failure}");
    }
    let before = vendor.seen().len();
    let failure = instance().call(&config, &call(1)).await.expect_err("the client is paused");
    assert_eq!((failure.class, failure.attempted), (Class::Throttled, false));
    let pause = failure.retry_after.expect("a time");
    assert!(pause > Duration::from_secs(INSTANCES * 10 - 5), "{pause:?}");
    assert_eq!(vendor.seen().len(), before);
}

async fn config(clock: &Arc<dyn Clock>) -> Arc<SendConfig> {
    let (secrets, name) = (MemorySecrets::new(), IntegrationName::new("budgets"));
    secrets.set(&name, SecretPart::Send, vec![CONFIG.to_owned()]);
    let settings = Settings::<SendConfig>::new(Arc::new(secrets), Arc::clone(clock));
    settings.current(&name).await.expect("a configuration")
}
