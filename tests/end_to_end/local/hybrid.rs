//! One side is real: played here by a simulator in the process of the test, which reaches
//! `bridge local` only by what that prints.

use serde_json::{Value, json};
use simulators::{GenesysOptions, GenesysSimulator, LynnOptions, LynnSimulator};
use tempfile::TempDir;

use super::running::{Event, Local};
use crate::command::run;

const SECRET: &str = "a-real-webhook-secret";
const SIGNING_SECRET: &str = "whsec_cmVhbC1zaWduaW5nLXNlY3JldC0wMDAwMDAwMDAwMDA=";

fn says(contact: &str, text: &str) -> Value {
    json!({ "contact": contact, "act": "says", "text": text })
}

/// The address of the listener for the real side.
fn public(local: &Local) -> String {
    local.address("Let your tunnel")
}

/// The last word of the line with this text.
fn last<'a>(local: &'a Local, text: &str) -> &'a str {
    local.line(text).rsplit(' ').next().expect("a word")
}

/// Everything that the page was told so far, up to this event.
fn texts(events: &[Event]) -> String {
    events.iter().map(|event| event.data.to_string()).collect()
}

async fn status(url: String, host: &str) -> u16 {
    let request = crate::harness::client().get(url).header("host", host);
    request.send().await.expect("an answer").status().as_u16()
}

/// A real Lynn that checks each post of the bridge.
async fn real_lynn() -> LynnSimulator {
    let options =
        LynnOptions { signing_secret: Some(SIGNING_SECRET.to_owned()), ..LynnOptions::default() };
    LynnSimulator::start(options).await.expect("a Lynn")
}

#[tokio::test]
async fn a_real_lynn_converses_with_the_simulated_genesys() {
    let lynn = real_lynn().await;
    let local = Local::start_with(
        &["--real-lynn", &lynn.webhook_url()],
        &[("LYNN_SIGNING_SECRET", SIGNING_SECRET)],
    );
    assert!(local.line("REAL").contains(&lynn.webhook_url()), "{:?}", local.program.printed);
    local.line("Real customers get what you write");
    local.line("cloudflared tunnel --url");
    assert!(
        !local.program.printed.iter().any(|line| line.contains("local-key")),
        "known to everyone"
    );

    // Lynn posts as it was told to.
    lynn.set_bridge_url(format!("{}/lynn/support", public(&local)));
    lynn.set_inbound_key(last(&local, "x-api-key: ").to_owned());
    let event = json!({ "type": "message", "id": "m-1", "contact": { "id": "ana" },
        "session": { "id": "s-1", "channel": "whatsapp" }, "text": "From a real customer" });
    assert_eq!(lynn.post(event).await.status, 202);
    let events = local.events(None, Event::is_delivered_message).await;
    let key = last(&local, "x-api-key: ");
    assert!(!texts(&events).contains(key), "the page shows no credential of a real side");

    for act in ["ring", "accept"] {
        local.accepted("agent", json!({ "contact": "ana", "act": act })).await;
    }
    local.accepted("agent", says("ana", "From the simulated agent")).await;
    local
        .events(None, |event| {
            event.is_line("delivered")
                && event.data["fields"]["direction"] == "outbound"
                && event.data["fields"]["event.kind"] == "message"
        })
        .await;
    let got = lynn.messages_for("ana");
    assert_eq!(got.last().expect("a message")["text"], "From the simulated agent");
    assert_eq!(lynn.violations(), Vec::<String>::new());

    for (by, what) in [
        ("customer", says("ana", "not here")),
        ("lynn", json!({ "fault": "down" })),
        ("agent", json!({ "contact": "ana", "act": "sends", "file": "photo" })),
        ("program", json!({ "act": "jump", "minutes": 60 })),
    ] {
        let refused = local.act(by, what).await;
        assert_eq!(refused["accepted"], false, "{by}: {refused}");
        assert!(refused["words"].as_str().unwrap_or("").contains("real"), "{refused}");
    }
}

#[tokio::test]
async fn a_real_genesys_converses_with_the_simulated_lynn() {
    let genesys = GenesysSimulator::start(GenesysOptions {
        webhook_secret: SECRET.to_owned(),
        events_key: Some("a-real-events-key".to_owned()),
        deliver_events: true,
        ..GenesysOptions::default()
    });
    let genesys = genesys.await.expect("a Genesys");
    let options = genesys.options();
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join("client-secret"), &options.client_secret).expect("ours");
    let config = folder.path().join("bridge.json");
    let document = json!({ "integrations": [ { "name": "emea",
        "genesys": { "domain": "mypurecloud.de", "integrationId": options.integration_id,
            "apiBaseUrl": genesys.base_url(), "loginBaseUrl": genesys.base_url(),
            "oauthClients": [ { "clientId": options.client_id,
                "clientSecret": { "file": "client-secret" } } ],
            "webhookSecrets": [SECRET], "eventsApiKey": "a-real-events-key" },
        "lynn": { "webhookUrl": "https://lynn.example.com/not-used",
            "inboundAuth": [ { "type": "apiKey", "key": "a-real-key-of-lynn" } ] } } ] });
    std::fs::write(&config, document.to_string()).expect("ours");
    let file = config.to_str().expect("UTF-8");
    let local = Local::start_with(
        &["--real-genesys", file, "--public-url", "https://bridge.example.com/"],
        &[],
    );
    assert!(local.line("REAL").contains("mypurecloud.de"), "{:?}", local.program.printed);
    local.line("Real agents get what you write");
    assert!(local.line("webhook URL").ends_with("https://bridge.example.com/genesys/emea"));
    let known = ["local-webhook-secret", "local-events-key"];
    for known in known.into_iter().chain([SECRET, "a-real-events-key"]) {
        assert!(!local.program.printed.iter().any(|line| line.contains(known)), "{known}");
    }
    let public = public(&local);
    genesys.set_webhook_url(format!("{public}/genesys/emea"));
    genesys.set_events_url(format!("{public}/genesys/emea/events"));

    local.accepted("customer", says("ana", "From the simulated customer")).await;
    let events = local.events(None, Event::is_delivered_message).await;
    let told = texts(&events);
    for secret in [options.client_secret.as_str(), SECRET, "Basic ", "Bearer "] {
        assert!(!told.contains(secret), "the page shows no credential of a real side: {secret}");
    }
    genesys.agent_answers("ana", "maria");
    assert!(genesys.agent_says("ana", "From a real agent").await.delivered);
    local
        .events(None, |event| {
            event.data["kind"] == "call"
                && event.data["to"] == "lynn"
                && event.data["body"].as_str().unwrap_or("").contains("From a real agent")
        })
        .await;
    local.events(None, |event| event.data.to_string().contains("agentConnected")).await;
    assert_eq!(genesys.violations(), Vec::<String>::new());

    for (by, what) in [
        ("agent", json!({ "contact": "ana", "act": "end" })),
        ("genesys", json!({ "fault": "down" })),
        ("customer", json!({ "contact": "ana", "act": "sends", "file": "photo" })),
    ] {
        let refused = local.act(by, what).await;
        assert_eq!(refused["accepted"], false, "{by}: {refused}");
    }
}

/// A tunnel passes on its own name in `Host`; behind it are the routes of the real side only.
#[tokio::test]
async fn a_tunnel_reaches_the_routes_of_the_real_side_and_nothing_else() {
    let lynn = real_lynn().await;
    let local = Local::start(&["--real-lynn", &lynn.webhook_url()]);
    let public = public(&local);
    assert_ne!(public, local.page);
    let at = |path: &str| status(format!("{public}{path}"), "tunnel.example.com");
    assert_eq!(at("/lynn/support/conversations/ana").await, 401);
    for path in [
        "/",
        "/api/about",
        "/api/events",
        "/page/main.js",
        "/genesys/support",
        "/lynn/supporter",
        "/lynn/other/conversations/ana",
        "/lynn/support/../../genesys/support",
        "/media/support/x",
        "/health",
    ] {
        assert_eq!(at(path).await, 404, "{path}");
    }
    let of_page = format!("{}/api/about", local.page);
    assert_eq!(status(of_page, "tunnel.example.com").await, 403);
    let killed = local.act("program", json!({ "act": "kill" })).await;
    assert_eq!(killed["accepted"], true);
    assert_eq!(at("/lynn/support/conversations/ana").await, 503);
    local.accepted("program", json!({ "act": "start" })).await;
    assert_eq!(at("/lynn/support/conversations/ana").await, 401);
}

#[tokio::test]
async fn what_is_said_of_a_real_side_must_fit() {
    for (arguments, words) in [
        (
            vec!["--real-lynn", "https://l.example.com", "--real-genesys", "x"],
            "cannot be used with",
        ),
        (vec!["--public-url", "https://b.example.com"], "--real-lynn"),
        (vec!["--lynn-auth", "bearer"], "need --real-lynn"),
        (vec!["--real-genesys", "/no/such/file"], "/no/such/file"),
        (vec!["--real-lynn", "http://lynn.example.com"], "https"),
    ] {
        let all = [vec!["local", "--listen", "127.0.0.1:0"], arguments].concat();
        let failed = run(&all, &[]).await.bad(2);
        assert!(failed.contains(words), "{failed}");
    }
}
