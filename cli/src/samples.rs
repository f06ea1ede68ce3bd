//! Two simulated vendors and the configuration of a bridge between them, for `local` and `demo`,
//! with credentials that are not secret.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use shared::config::ConfigFile;
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator};

use crate::bridge::Bridge;
use crate::taps::Untapped;

pub const INTEGRATION: &str = "support";
pub const LYNN_KEY: &str = "local-key";
pub const WEBHOOK_SECRET: &str = "local-webhook-secret";
pub const EVENTS_KEY: &str = "local-events-key";
pub const SIGNING_SECRET: &str = "whsec_bG9jYWwtc2lnbmluZy1zZWNyZXQtMDAwMA==";

/// A free port of the system's choice.
pub const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Both simulated vendors.
pub struct Vendors {
    pub genesys: GenesysSimulator,
    pub lynn: LynnSimulator,
}

impl Vendors {
    /// Starts both at these addresses, or on free ports if something else listens there.
    /// `time_scale` shortens the simulated Genesys' time limits and retry pauses.
    pub async fn start(
        genesys_at: SocketAddr,
        lynn_at: SocketAddr,
        time_scale: f64,
    ) -> anyhow::Result<Self> {
        let genesys = GenesysOptions {
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            time_scale,
            events_key: Some(EVENTS_KEY.to_owned()),
            deliver_events: true,
            token_lifetime: Duration::from_secs(3600),
            // `bridge setup` may make another integration of a bridge on this machine.
            loopback_webhooks: true,
            ..GenesysOptions::default()
        };
        let genesys = match GenesysSimulator::start_on(genesys.clone(), genesys_at).await {
            Ok(started) => Ok(started),
            Err(_) => GenesysSimulator::start_on(genesys, ANY).await,
        }
        .context("start the simulated Genesys")?;
        let lynn = LynnOptions {
            signing_secret: Some(SIGNING_SECRET.to_owned()),
            inbound_key: Some(LYNN_KEY.to_owned()),
            inbound_signing_secret: Some(SIGNING_SECRET.to_owned()),
            ..LynnOptions::default()
        };
        let lynn = match LynnSimulator::start_on(lynn.clone(), lynn_at).await {
            Ok(started) => Ok(started),
            Err(_) => LynnSimulator::start_on(lynn, ANY).await,
        }
        .context("start the simulated Lynn")?;
        Ok(Self { genesys, lynn })
    }

    /// The configuration of a bridge between them, as JSON.
    pub fn configuration(&self, listen: &str, data: &Path) -> Value {
        let options = self.genesys.options();
        json!({ "listen": listen, "dataDir": data, "integrations": [ {
            "name": INTEGRATION,
            "genesys": {
                "domain": "mypurecloud.com", "integrationId": options.integration_id,
                "apiBaseUrl": self.genesys.base_url(), "loginBaseUrl": self.genesys.base_url(),
                "oauthClients": [ {
                    "clientId": options.client_id, "clientSecret": options.client_secret } ],
                "webhookSecrets": [ WEBHOOK_SECRET ], "eventsApiKey": EVENTS_KEY },
            "lynn": {
                "webhookUrl": self.lynn.webhook_url(), "signingSecret": SIGNING_SECRET,
                "inboundAuth": [ { "type": "apiKey", "key": LYNN_KEY },
                    { "type": "signature", "secret": SIGNING_SECRET } ] } } ] })
    }

    /// Lets Genesys Cloud send to an integration of this bridge.
    pub fn genesys_sends_to(&self, bridge: SocketAddr, integration: &str) {
        self.genesys.set_webhook_url(format!("http://{bridge}/genesys/{integration}"));
        let events = format!("http://{bridge}/genesys/{integration}/events");
        self.genesys.add_workflows(&events);
        self.genesys.set_events_url(events);
    }

    /// Lets Lynn send to an integration of this bridge.
    pub fn lynn_sends_to(&self, bridge: SocketAddr, integration: &str) {
        self.lynn.set_bridge_url(format!("http://{bridge}/lynn/{integration}"));
    }
}

/// A bridge between the two, for `demo`.
pub struct Stage {
    pub genesys: GenesysSimulator,
    pub lynn: LynnSimulator,
    pub bridge: Bridge,
}

impl Stage {
    /// Starts all three on free ports.
    pub async fn start(data: &Path, time_scale: f64) -> anyhow::Result<Self> {
        let vendors = Vendors::start(ANY, ANY, time_scale).await?;
        let config = vendors.configuration(&ANY.to_string(), data).to_string();
        let config = ConfigFile::parse(&config, Path::new(""))?;
        let bridge = Bridge::play(config, None, &Untapped).await?;
        vendors.genesys_sends_to(bridge.address(), INTEGRATION);
        vendors.lynn_sends_to(bridge.address(), INTEGRATION);
        let Vendors { genesys, lynn } = vendors;
        Ok(Self { genesys, lynn, bridge })
    }
}
