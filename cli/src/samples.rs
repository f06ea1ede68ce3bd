//! A bridge between the two simulators, for `local` and `demo`, with credentials that are not
//! secret.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use shared::config::ConfigFile;
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator};

use crate::bridge::Bridge;
use crate::reconciliation::ReconcileAfter;

pub const INTEGRATION: &str = "support";
pub const LYNN_KEY: &str = "local-key";
pub const WEBHOOK_SECRET: &str = "local-webhook-secret";
pub const EVENTS_KEY: &str = "local-events-key";
const SIGNING_SECRET: &str = "whsec_bG9jYWwtc2lnbmluZy1zZWNyZXQtMDAwMA==";

pub struct Stage {
    pub genesys: GenesysSimulator,
    pub lynn: LynnSimulator,
    pub bridge: Bridge,
}

impl Stage {
    /// Starts all three. `time_scale` shortens the simulated Genesys' time limits and retry pauses.
    pub async fn start(listen: &str, data: &Path, time_scale: f64) -> anyhow::Result<Self> {
        let genesys = GenesysOptions {
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            time_scale,
            events_key: Some(EVENTS_KEY.to_owned()),
            deliver_events: true,
            token_lifetime: Duration::from_secs(3600),
            ..GenesysOptions::default()
        };
        let (integration, client, secret) = (
            genesys.integration_id.clone(),
            genesys.client_id.clone(),
            genesys.client_secret.clone(),
        );
        let genesys =
            GenesysSimulator::start(genesys).await.context("start the simulated Genesys")?;
        let lynn = LynnOptions {
            signing_secret: Some(SIGNING_SECRET.to_owned()),
            inbound_key: Some(LYNN_KEY.to_owned()),
            ..LynnOptions::default()
        };
        let lynn = LynnSimulator::start(lynn).await.context("start the simulated Lynn")?;
        let config = json!({ "listen": listen, "dataDir": data, "integrations": [ {
            "name": INTEGRATION,
            "genesys": {
                "domain": "mypurecloud.com", "integrationId": integration,
                "apiBaseUrl": genesys.base_url(), "loginBaseUrl": genesys.base_url(),
                "oauthClients": [ { "clientId": client, "clientSecret": secret } ],
                "webhookSecrets": [ WEBHOOK_SECRET ], "eventsApiKey": EVENTS_KEY },
            "lynn": {
                "webhookUrl": lynn.webhook_url(), "signingSecret": SIGNING_SECRET,
                "inboundAuth": [ { "type": "apiKey", "key": LYNN_KEY } ] } } ] });
        let config = ConfigFile::parse(&config.to_string(), Path::new(""))?;
        let bridge = Bridge::start(config, None, ReconcileAfter::default()).await?;
        genesys.set_webhook_url(format!("http://{}/genesys/{INTEGRATION}", bridge.address()));
        genesys.set_events_url(format!("http://{}/genesys/{INTEGRATION}/events", bridge.address()));
        lynn.set_bridge_url(format!("http://{}/lynn/{INTEGRATION}", bridge.address()));
        Ok(Self { genesys, lynn, bridge })
    }
}
