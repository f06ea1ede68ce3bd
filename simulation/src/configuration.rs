//! The integrations' configuration, and its secrets with their versions.
//!
//! Rule: a secret changes in the secret store first and at the vendor later, as the operator's
//! instructions say.

use secrecy::SecretString;
use serde_json::{Value, json};
use shared::ids::IntegrationName;
use shared::ports::SecretPart;
use testing::MemorySecrets;

use crate::canaries::{INTEGRATIONS, SECRET};
use crate::media::BASE;
use crate::scenario::IntegrationSetup;
use crate::speech;

/// The versions of one integration's secrets, as the vendor uses them or as the secret store has
/// them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) webhook: u32,
    pub(crate) key: u32,
    pub(crate) client: u32,
    pub(crate) lynn: u32,
}

/// The secret that signs Genesys' webhooks.
pub(crate) fn webhook_secret(integration: usize, version: u32) -> SecretString {
    SecretString::from(format!("{SECRET}-webhook-{integration}-v{version}"))
}

/// The key of Lynn's posts.
pub(crate) fn lynn_key(integration: usize, version: u32) -> String {
    format!("{SECRET}-key-{integration}-v{version}")
}

/// The secret that signs Lynn's posts: 24 bytes in base64.
pub(crate) fn lynn_signing(integration: usize, version: u32) -> String {
    format!("whsec_s3cretSigningKeyOfLynn{integration:02}v{version:03}")
}

/// The key with which a workflow posts events.
pub(crate) fn events_key(integration: usize) -> String {
    format!("{SECRET}-events-{integration}")
}

pub(crate) fn client_id(integration: usize, client: u32) -> String {
    format!("client-{integration}-{client}")
}

pub(crate) fn client_secret(integration: usize, version: u32) -> String {
    format!("{SECRET}-client-{integration}-v{version}")
}

/// The secret with which the bridge requests a token from Lynn.
pub(crate) fn lynn_secret(integration: usize, version: u32) -> String {
    format!("{SECRET}-lynn-{integration}-v{version}")
}

pub(crate) fn bearer(integration: usize) -> String {
    format!("{SECRET}-bearer-{integration}")
}

pub(crate) fn genesys_integration(integration: usize) -> String {
    format!("gi-{integration}")
}

/// Stores both documents of the configuration, each with the current version and the previous one.
pub(crate) fn store(
    secrets: &MemorySecrets,
    integration: usize,
    setup: &IntegrationSetup,
    (now, before): (Versions, Versions),
) {
    let name = IntegrationName::new(INTEGRATIONS[integration % INTEGRATIONS.len()]);
    let both = |document: &dyn Fn(Versions) -> Value| {
        let mut versions = vec![document(now).to_string()];
        if now != before {
            versions.push(document(before).to_string());
        }
        versions
    };
    let receive = |versions| receive(integration, &name, setup, versions);
    secrets.set(&name, SecretPart::Receive, both(&receive));
    let send = |versions| send(integration, &name, setup, versions);
    secrets.set(&name, SecretPart::Send, both(&send));
}

fn receive(
    integration: usize,
    name: &IntegrationName,
    setup: &IntegrationSetup,
    versions: Versions,
) -> Value {
    let auth = if setup.lynn_signs {
        json!({ "type": "signature", "secret": lynn_signing(integration, versions.key) })
    } else {
        json!({ "type": "apiKey", "key": lynn_key(integration, versions.key) })
    };
    let mut lynn = json!({ "inboundAuth": [auth] });
    let secret = lynn_key(integration, versions.key);
    speech::receive(setup.speech, &mut lynn, integration, &secret);
    json!({
        "name": name,
        "genesys": {
            "integrationId": genesys_integration(integration),
            "webhookSecrets": [format!("{SECRET}-webhook-{integration}-v{}", versions.webhook)],
            "eventsApiKey": events_key(integration),
        },
        "lynn": lynn,
    })
}

fn send(
    integration: usize,
    name: &IntegrationName,
    setup: &IntegrationSetup,
    versions: Versions,
) -> Value {
    let client = |client| {
        let secret = client_secret(integration, versions.client);
        json!({ "clientId": client_id(integration, client), "clientSecret": secret })
    };
    let auth = if setup.lynn_token {
        json!({
            "type": "lynnToken", "endpoint": format!("https://lynn.test/token/{name}"),
            "accessToken": "access", "accessTokenSecret": lynn_secret(integration, versions.lynn), "tenant": 7,
        })
    } else {
        json!({ "type": "bearer", "token": bearer(integration) })
    };
    let media = if setup.relays {
        json!({
            "mode": "relay", "publicBaseUrl": BASE, "linkKey": format!("{SECRET}-links-{integration}"),
        })
    } else {
        json!({ "mode": "pass" })
    };
    let mut lynn = json!({
        "webhookUrl": format!("https://lynn.test/hook/{name}"),
        "auth": auth,
        "quietSession": setup.quiet_session,
        "proactive": { "url": format!("https://lynn.test/campaign/{name}"), "campaignId": "c" },
        "sessionTimeoutMinutes": setup.session_minutes,
        "onSessionEnded": setup.on_session_ended,
    });
    speech::send(setup.speech, &mut lynn, integration, name);
    json!({
        "name": name,
        "genesys": {
            "domain": "genesys.test",
            "integrationId": genesys_integration(integration),
            "oauthClients": (0..setup.clients).map(client).collect::<Vec<_>>(),
            "threadingTimelineMinutes": setup.window_minutes,
            "receipts": setup.receipts,
        },
        "lynn": lynn,
        "text": { "maxLength": 150 },
        "media": media,
        "delivery": { "maxAgeMinutes": setup.max_age_minutes },
    })
}
