//! The running program between the two simulated vendors.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use simulators::{
    GenesysOptions, GenesysSimulator, LynnAuthentication, LynnOptions, LynnSimulator,
};
use tempfile::TempDir;

use crate::listening::listening;

/// Longer than any successful step takes.
pub const SOON: Duration = Duration::from_secs(20);
pub const INTEGRATION: &str = "support";
/// An integration whose template passes lists of events on.
const TEMPLATED: &str = "templated";
pub const KEY: &str = "a-key-of-lynn";
pub const WEBHOOK_SECRET: &str = "a-secret-of-genesys";
/// The secret with which Lynn signs.
pub const INBOUND_SECRET: &str = "whsec_aW5ib3VuZC1zZWNyZXQtb2YtbHlubi0wMDAw";
/// The secret with which the bridge signs.
const OUTBOUND_SECRET: &str = "whsec_b3V0Ym91bmQtc2VjcmV0LW9mLXRoZS1icmlkZ2U=";
/// The key with which a workflow of Genesys posts events.
pub const EVENTS_KEY: &str = "a-key-of-a-workflow";
/// The client of the routes of Open Messaging.
pub const CLIENT: &str = "engine";
pub const CLIENT_SECRET: &str = "a-secret-of-the-engine";
const TOKEN: &str = "a-token-for-lynn";
const CONFIG: &str = "bridge.json";
const BRIDGE: &str = env!("CARGO_BIN_EXE_bridge");
/// Files are limited to 200 blocks: a database can be created, a large event does not fit.
const FULL_DISK: &str = r#"trap '' XFSZ; ulimit -f 200; exec "$0" "$@""#;

/// The program and its vendors; dropping it ends the program.
pub struct Harness {
    pub genesys: GenesysSimulator,
    pub lynn: LynnSimulator,
    pub address: String,
    child: Child,
    data: TempDir,
}

/// The settings in which a harness differs from the usual one.
#[derive(Default)]
pub struct Unusual {
    /// A `Published` receipt follows each accepted message.
    pub receipts: bool,
    /// A message for a customer who has left becomes a campaign.
    pub campaigns: bool,
    /// A conversation that has ended cannot be resumed.
    pub synchronous: bool,
    /// The disk has hardly any free space.
    pub full_disk: bool,
}

impl Harness {
    pub async fn start(unusual: Unusual) -> Self {
        let genesys = GenesysOptions {
            webhook_secret: WEBHOOK_SECRET.to_owned(),
            automatic_receipts: unusual.receipts,
            ..GenesysOptions::default()
        };
        let genesys = GenesysSimulator::start(genesys).await.unwrap();
        genesys.set_estimated_wait(Some(45));
        let lynn = LynnOptions {
            signing_secret: Some(OUTBOUND_SECRET.to_owned()),
            auth: LynnAuthentication::Bearer(TOKEN.to_owned()),
            inbound_key: Some(KEY.to_owned()),
            ..LynnOptions::default()
        };
        let lynn = LynnSimulator::start(lynn).await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join(CONFIG);
        let config = config(&genesys, &lynn, data.path(), &unusual);
        std::fs::write(&file, config.to_string()).unwrap();
        let (child, address) = start(&file, unusual.full_disk).await;
        genesys.set_webhook_url(format!("{address}/genesys/{INTEGRATION}"));
        lynn.set_bridge_url(format!("{address}/lynn/{INTEGRATION}"));
        Self { genesys, lynn, address, child, data }
    }

    /// Makes the configuration file invalid.
    pub fn break_configuration(&self) {
        std::fs::write(self.data.path().join(CONFIG), "{}").unwrap();
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        // The child may have ended already; ignore errors.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn config(
    genesys: &GenesysSimulator,
    lynn: &LynnSimulator,
    data: &Path,
    unusual: &Unusual,
) -> Value {
    let options = genesys.options();
    let usual = json!({
        "name": INTEGRATION,
        "genesys": {
            "domain": "mypurecloud.com", "integrationId": options.integration_id,
            "queueId": genesys.queue_id(), "apiBaseUrl": genesys.base_url(), "loginBaseUrl": genesys.base_url(),
            "oauthClients": [ { "clientId": options.client_id, "clientSecret": options.client_secret } ],
            "webhookSecrets": [ WEBHOOK_SECRET ], "eventsApiKey": EVENTS_KEY,
            "threadingTimelineMinutes": if unusual.synchronous { 0 } else { 4320 } },
        "lynn": {
            "webhookUrl": lynn.webhook_url(), "auth": { "type": "bearer", "token": TOKEN },
            "signingSecret": OUTBOUND_SECRET,
            "inboundAuth": [ { "type": "apiKey", "key": KEY }, { "type": "signature", "secret": INBOUND_SECRET },
                { "type": "oauthClient", "clientId": CLIENT, "clientSecret": CLIENT_SECRET } ],
            "quietSession": if unusual.campaigns { "proactive" } else { "webhook" },
            "proactive": { "url": lynn.proactive_url(), "campaignId": "c-1" } } });
    let mut templated = usual.clone();
    templated["name"] = json!(TEMPLATED);
    templated["lynn"]["inboundTemplate"] = json!("{{ body }}");
    let integrations = [usual, templated];
    json!({ "listen": "127.0.0.1:0", "dataDir": data.join("data"), "integrations": integrations })
}

/// Starts the program and waits for the line with its address.
async fn start(config: &Path, full_disk: bool) -> (Child, String) {
    let mut command = Command::new(if full_disk { "sh" } else { BRIDGE });
    if full_disk {
        command.args(["-c", FULL_DISK, BRIDGE]);
    }
    let mut child = command
        .args(["serve", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.take().unwrap();
    match listening(output).await {
        Ok(address) => (child, address),
        Err(_) => panic!("the program ended with {:?} before it listened", child.wait()),
    }
}
