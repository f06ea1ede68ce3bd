//! The metrics of `bridge serve`, scraped before, during and after deliveries, retries, failures,
//! notices and refusals.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use simulators::{Effect, Endpoint};
use tokio::time::{Instant, sleep};

use crate::harness::{Harness, SOON, Setup, client, fault, not_run, status};

const INBOUND: &[(&str, &str)] = &[("integration", "support"), ("direction", "inbound")];
const OUTBOUND: &[(&str, &str)] = &[("integration", "support"), ("direction", "outbound")];

fn setup() -> Setup {
    Setup::new().file(|config| config["metricsListen"] = json!("127.0.0.1:0"))
}

/// All series of one scrape: the name with its sorted labels, and the value.
struct Scrape {
    text: String,
    series: BTreeMap<(String, Vec<(String, String)>), f64>,
}

impl Scrape {
    async fn of(harness: &Harness) -> Self {
        let deadline = Instant::now() + SOON;
        // After a restart, the log has the new address a little later.
        let answer = loop {
            match client().get(format!("{}/metrics", own_address(harness).await)).send().await {
                Ok(answer) => break answer,
                Err(error) => assert!(Instant::now() < deadline, "{error}"),
            }
            sleep(std::time::Duration::from_millis(20)).await;
        };
        assert_eq!(answer.status(), 200);
        let kind = answer.headers()["content-type"].to_str().expect("text").to_owned();
        assert!(kind.starts_with("text/plain; version=0.0.4"), "{kind}");
        let text = answer.text().await.expect("a body");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let series = lines.map(parsed).collect();
        Self { text, series }
    }

    fn get(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut labels: Vec<_> = labels.iter().map(own).collect();
        labels.sort();
        self.series.get(&(name.to_owned(), labels)).copied()
    }

    fn at(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.get(name, labels).unwrap_or_else(|| panic!("{name} {labels:?}\n{}", self.text))
    }
}

/// The address of the metrics, of the process that was started last.
async fn own_address(harness: &Harness) -> String {
    harness.logged(&[("event.name", "metrics")]).await;
    let mut lines = harness.lines();
    lines.retain(|line| line["event.name"] == "metrics");
    let last = lines.last().expect("a line");
    format!("http://{}", last["address"].as_str().expect("an address"))
}

/// A line of the format: the name, the labels, and the value.
fn parsed(line: &str) -> ((String, Vec<(String, String)>), f64) {
    let (series, value) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = match series.split_once('{') {
        None => (series, ""),
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("an end")),
    };
    let label = |text: &str| {
        let (name, value) = text.split_once("=\"").expect("a label");
        (name.to_owned(), value.strip_suffix('"').expect("an end").to_owned())
    };
    let mut labels: Vec<_> = labels.split(',').filter(|text| !text.is_empty()).map(label).collect();
    labels.sort();
    ((name.to_owned(), labels), value.parse().expect("a number"))
}

/// Scrapes until the series has this value.
async fn until(harness: &Harness, name: &str, labels: &[(&str, &str)], value: f64) -> Scrape {
    let deadline = Instant::now() + SOON;
    loop {
        let scrape = Scrape::of(harness).await;
        if scrape.get(name, labels) == Some(value) {
            return scrape;
        }
        if Instant::now() > deadline {
            harness.fail(&format!("{name} {labels:?} is not {value}:\n{}", scrape.text));
        }
        sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Every series of the contract, as it is at the start.
fn documented() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let mut all = Vec::new();
    for lane in [INBOUND, OUTBOUND] {
        for name in [
            "bridge_events_accepted_total",
            "bridge_events_repeated_total",
            "bridge_events_delivered_total",
            "bridge_events_settled_total",
            "bridge_events_failed_total",
            "bridge_notices_total",
            "bridge_dead_letters",
            "bridge_waiting",
            "bridge_oldest_waiting_seconds",
            "bridge_delivery_seconds_count",
            "bridge_delivery_seconds_sum",
        ] {
            all.push((name, lane.to_vec()));
        }
        let unreachable = [lane, &[("code", "unreachable")]].concat();
        all.push(("bridge_events_retried_total", unreachable));
    }
    for endpoint in ["lynn", "genesys", "events", "oauth", "media"] {
        for reason in ["missing", "key", "signature", "timestamp", "token"] {
            all.push(("bridge_rejected_total", vec![("endpoint", endpoint), ("reason", reason)]));
        }
        for status in ["400", "404", "503"] {
            all.push(("bridge_refused_total", vec![("endpoint", endpoint), ("status", status)]));
        }
    }
    for status in ["400", "431"] {
        let labels = vec![("endpoint", "unreadable"), ("status", status)];
        all.push(("bridge_refused_total", labels));
    }
    for provider in ["genesys", "lynn"] {
        all.push(("bridge_token_refreshes_total", vec![("provider", provider)]));
    }
    all
}

/// Checks the format with Prometheus' own tool.
fn check(text: &str) {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else {
        // Continuous integration installs it.
        assert!(std::env::var_os("GITHUB_ACTIONS").is_none(), "promtool is not installed");
        return not_run("the metrics: promtool (Debian's package prometheus) is not installed");
    };
    let mut input = tool.stdin.take().expect("its input");
    input.write_all(text.as_bytes()).expect("written");
    drop(input);
    let ended = tool.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() && said.is_empty(), "{said}\n{text}");
}

#[tokio::test]
async fn every_series_exists_at_0_before_anything_has_happened() {
    let harness = setup().start().await;
    let scrape = Scrape::of(&harness).await;
    for (name, labels) in documented() {
        assert_eq!(scrape.at(name, &labels), 0.0, "{name} {labels:?}");
    }
    let of = |name: &str| {
        let series = scrape.series.iter().find(|((found, _), _)| found == name);
        let ((_, labels), value) = series.unwrap_or_else(|| panic!("{name}\n{}", scrape.text));
        (labels.clone(), *value)
    };
    let (client, left) = of("bridge_rate_budget_left");
    assert_eq!((client[0].0.as_str(), client[0].1.len(), left), ("client", 8, 0.0));
    let (about, one) = of("bridge_build_info");
    assert_eq!(
        about.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["commit", "version"]
    );
    assert_eq!(one, 1.0);
    for name in [
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_virtual_memory_bytes",
        "process_start_time_seconds",
        "process_open_fds",
        "process_max_fds",
    ] {
        assert!(of(name).1 > 0.0, "{name}\n{}", scrape.text);
    }
    check(&scrape.text);
    harness.end();
}

#[tokio::test]
async fn the_metrics_have_an_address_of_their_own() {
    let harness = setup().start().await;
    let public = harness.request(Method::GET, "/metrics").send().await.expect("an answer");
    assert_eq!(public.status(), 404);
    let own = own_address(&harness).await;
    for (method, path, code) in [
        (Method::GET, "/", 404),
        (Method::GET, "/lynn/support", 404),
        (Method::POST, "/metrics", 405),
    ] {
        let answer = client().request(method, format!("{own}{path}")).send().await;
        assert_eq!(answer.expect("an answer").status(), code, "{path}");
    }
    harness.end();
}

#[tokio::test]
async fn events_are_counted_once_by_what_became_of_them() {
    let harness = setup().start().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let one = until(&harness, "bridge_events_delivered_total", INBOUND, 1.0).await;
    assert_eq!(one.at("bridge_events_accepted_total", INBOUND), 1.0);
    assert_eq!(one.at("bridge_delivery_seconds_count", INBOUND), 1.0);
    let to_infinity = [INBOUND, &[("le", "+Inf")]].concat();
    assert_eq!(one.at("bridge_delivery_seconds_bucket", &to_infinity), 1.0);
    assert_eq!(one.at("bridge_token_refreshes_total", &[("provider", "genesys")]), 1.0);
    let budgets = one.series.iter().find(|((name, _), _)| name == "bridge_rate_budget_left");
    assert!(*budgets.expect("a client").1 > 0.0, "{}", one.text);
    // A repeat has no second effect.
    harness.say("ana", "m-1", "Hello").await;
    let two = until(&harness, "bridge_events_repeated_total", INBOUND, 1.0).await;
    assert_eq!(two.at("bridge_events_accepted_total", INBOUND), 1.0);
    harness.agent("ana", "Good day").await;
    harness.heard("ana", 1).await;
    let three = until(&harness, "bridge_events_delivered_total", OUTBOUND, 1.0).await;
    assert_eq!(three.at("bridge_events_accepted_total", OUTBOUND), 1.0);
    harness
        .post(json!({ "type": "session.started", "id": "s-1", "contact": { "id": "ana" },
                         "session": { "id": "session-1" } }))
        .await;
    let four = until(&harness, "bridge_events_settled_total", INBOUND, 1.0).await;
    assert_eq!(four.at("bridge_events_accepted_total", INBOUND), 2.0);
    assert_eq!(four.at("bridge_events_delivered_total", INBOUND), 1.0);
    assert_eq!(four.at("bridge_events_repeated_total", INBOUND), 1.0);
    check(&four.text);
    harness.end();
}

#[tokio::test]
async fn a_repeat_is_known_while_it_waits_and_after_a_restart() {
    let mut harness = setup().start().await;
    harness.genesys.set_down(true);
    for _ in 0..3 {
        harness.say("ana", "m-1", "Hello").await;
    }
    let scrape = until(&harness, "bridge_events_repeated_total", INBOUND, 2.0).await;
    assert_eq!(scrape.at("bridge_events_accepted_total", INBOUND), 1.0);
    // Other content under its id is a message of its own.
    harness.say("ana", "m-1", "Something else").await;
    until(&harness, "bridge_events_accepted_total", INBOUND, 2.0).await;
    harness.genesys.set_down(false);
    harness.accepted("ana", 2).await;
    until(&harness, "bridge_waiting", INBOUND, 0.0).await;
    harness.process.kill();
    harness.restart().await;
    harness.say("ana", "m-1", "Hello").await;
    harness.say("ana", "m-1", "Something else").await;
    let scrape = until(&harness, "bridge_events_repeated_total", INBOUND, 2.0).await;
    assert_eq!(scrape.at("bridge_events_accepted_total", INBOUND), 0.0);
    harness.end();
}

#[tokio::test]
async fn a_repeat_of_what_still_waits_is_known_after_a_restart() {
    let mut harness = setup().start().await;
    harness.genesys.set_down(true);
    for id in ["m-1", "m-2"] {
        harness.say("ana", id, "Hello").await;
    }
    until(&harness, "bridge_waiting", INBOUND, 2.0).await;
    harness.process.kill();
    harness.restart().await;
    // The second one was never tried, so it has no record yet.
    for id in ["m-2", "m-1"] {
        harness.say("ana", id, "Hello").await;
    }
    let scrape = until(&harness, "bridge_events_repeated_total", INBOUND, 2.0).await;
    assert_eq!(scrape.at("bridge_events_accepted_total", INBOUND), 0.0);
    harness.say("ana", "m-3", "Hello").await;
    until(&harness, "bridge_events_accepted_total", INBOUND, 1.0).await;
    harness.end();
}

#[tokio::test]
async fn a_head_that_cannot_be_read_is_counted() {
    let harness = setup().start().await;
    let long = "x".repeat(40_000);
    for (head, status) in [
        ("what is this\r\n\r\n".to_owned(), "400"),
        (format!("POST /lynn/support HTTP/1.1\r\nhost: b\r\nx: {long}\r\n\r\n"), "431"),
    ] {
        let address = harness.address.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(address).expect("a connection");
        stream.write_all(head.as_bytes()).expect("written");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        let labels = [("endpoint", "unreadable"), ("status", status)];
        until(&harness, "bridge_refused_total", &labels, 1.0).await;
    }
    harness.end();
}

#[tokio::test]
async fn an_outage_shows_in_what_waits_and_in_what_is_tried_again() {
    let harness = setup().start().await;
    harness.genesys.script(fault(Endpoint::Message, status(503)));
    harness.genesys.script(fault(Endpoint::Message, status(429)));
    harness.genesys.set_down(true);
    harness.say("ana", "m-1", "Hello").await;
    let waits = until(&harness, "bridge_waiting", INBOUND, 1.0).await;
    assert_eq!(waits.at("bridge_waiting", OUTBOUND), 0.0);
    let deadline = Instant::now() + SOON;
    loop {
        let scrape = Scrape::of(&harness).await;
        let retried = scrape.series.iter().filter(|((name, labels), _)| {
            name == "bridge_events_retried_total"
                && labels.contains(&("direction".to_owned(), "inbound".to_owned()))
        });
        let retried: f64 = retried.map(|(_, value)| value).sum();
        if retried >= 1.0 && scrape.at("bridge_oldest_waiting_seconds", INBOUND) >= 1.0 {
            break;
        }
        assert!(Instant::now() < deadline, "{}", scrape.text);
        sleep(std::time::Duration::from_millis(100)).await;
    }
    harness.genesys.set_down(false);
    harness.accepted("ana", 1).await;
    let over = until(&harness, "bridge_events_delivered_total", INBOUND, 1.0).await;
    assert_eq!(over.at("bridge_events_failed_total", INBOUND), 0.0);
    let over = until(&harness, "bridge_waiting", INBOUND, 0.0).await;
    assert_eq!(over.at("bridge_oldest_waiting_seconds", INBOUND), 0.0);
    harness.end();
}

#[tokio::test]
async fn what_is_given_up_is_a_failure_a_notice_and_a_dead_letter() {
    let harness = setup().start().await;
    harness.genesys.script(fault(Endpoint::Message, status(400)));
    harness.say("ana", "m-1", "Hello").await;
    harness.heard("ana", 1).await;
    let scrape = until(&harness, "bridge_dead_letters", INBOUND, 1.0).await;
    assert_eq!(scrape.at("bridge_events_failed_total", INBOUND), 1.0);
    assert_eq!(scrape.at("bridge_notices_total", OUTBOUND), 1.0);
    for name in ["bridge_events_accepted_total", "bridge_events_delivered_total"] {
        assert_eq!(scrape.at(name, OUTBOUND), 0.0, "{name}");
    }
    // Lynn sends it again after the receipt: that is a new event, and it arrives.
    harness.say("ana", "m-1", "Hello").await;
    harness.accepted("ana", 1).await;
    let again = until(&harness, "bridge_events_delivered_total", INBOUND, 1.0).await;
    assert_eq!(again.at("bridge_events_accepted_total", INBOUND), 2.0);
    assert_eq!(again.at("bridge_events_repeated_total", INBOUND), 0.0);
    harness.end();
}

#[tokio::test]
async fn refused_requests_are_counted_by_endpoint_and_reason_and_make_no_series() {
    let harness = setup().start().await;
    let before = Scrape::of(&harness).await.series.len();
    let post = async |path: &str, headers: &[(&str, &str)], body: &str| {
        let mut request = harness.request(Method::POST, path).body(body.to_owned());
        request = request.header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(post("/lynn/support", &[], "{}").await, 401);
    assert_eq!(post("/lynn/support", &[("x-api-key", "wrong")], "{}").await, 401);
    assert_eq!(post("/lynn/support", &[("x-api-key", crate::harness::KEY)], "{}").await, 400);
    assert_eq!(post("/genesys/support", &[], "{}").await, 401);
    let signature = [("x-hub-signature-256", "sha256=00")];
    assert_eq!(post("/genesys/support", &signature, "{}").await, 401);
    assert_eq!(post("/genesys/support/events", &[], "{}").await, 401);
    for stranger in 0..5 {
        assert_eq!(
            post(&format!("/lynn/stranger-{stranger}"), &[("x-api-key", "k")], "{}").await,
            404
        );
    }
    let scrape = Scrape::of(&harness).await;
    let rejected = |endpoint, reason| {
        scrape.at("bridge_rejected_total", &[("endpoint", endpoint), ("reason", reason)])
    };
    assert_eq!([rejected("lynn", "missing"), rejected("lynn", "key")], [1.0, 1.0]);
    assert_eq!([rejected("genesys", "missing"), rejected("genesys", "signature")], [1.0, 1.0]);
    assert_eq!([rejected("events", "missing"), rejected("oauth", "token")], [1.0, 0.0]);
    let refused = |endpoint, status| {
        scrape.at("bridge_refused_total", &[("endpoint", endpoint), ("status", status)])
    };
    assert_eq!([refused("lynn", "400"), refused("lynn", "404")], [1.0, 5.0]);
    assert_eq!(scrape.series.len(), before, "{}", scrape.text);
    harness.end();
}

/// The accepted events are the sum of the outcomes, whatever happens in between.
#[tokio::test]
async fn accepted_is_delivered_settled_and_failed_when_nothing_waits() {
    let setup = setup().genesys(|options| options.automatic_receipts = true);
    let harness = setup.start().await;
    for (number, contact) in ["ana", "ben", "eva"].into_iter().enumerate() {
        match number {
            0 => harness.genesys.script(fault(Endpoint::Message, status(503))),
            1 => harness.genesys.script(fault(Endpoint::Message, status(400))),
            _ => harness.genesys.script(fault(
                Endpoint::Message,
                Effect::Status { code: 429, retry_after: Some(1) },
            )),
        }
        harness.say(contact, "m-1", "Hello").await;
        harness.say(contact, "m-2", "Is anybody there?").await;
        harness.agent(contact, "Good day").await;
    }
    let deadline = Instant::now() + SOON;
    loop {
        let scrape = Scrape::of(&harness).await;
        let of = |name: &str| [INBOUND, OUTBOUND].map(|lane| scrape.at(name, lane));
        let [delivered, settled, failed] = ["delivered", "settled", "failed"]
            .map(|word| of(&format!("bridge_events_{word}_total")));
        let ended = [0, 1].map(|lane| delivered[lane] + settled[lane] + failed[lane]);
        let accepted = of("bridge_events_accepted_total");
        if of("bridge_waiting") == [0.0, 0.0] && accepted == ended && accepted[0] == 6.0 {
            assert_eq!(failed[0], 1.0, "{}", scrape.text);
            assert!(accepted[1] >= 3.0, "{}", scrape.text);
            break;
        }
        if Instant::now() > deadline {
            harness.fail(&scrape.text);
        }
        sleep(std::time::Duration::from_millis(100)).await;
    }
    let text = Scrape::of(&harness).await.text;
    check(&text);
    assert!(!text.contains("ana") && !text.contains("m-1"), "{text}");
    harness.end();
}

#[tokio::test]
async fn an_integration_that_is_added_has_its_series_before_its_first_event() {
    let harness = setup().start().await;
    let added = [("integration", "added"), ("direction", "outbound")];
    let series = "bridge_events_failed_total";
    assert_eq!(Scrape::of(&harness).await.get(series, &added), None);
    harness.edit_config(|config| {
        let mut another = config["integrations"][0].clone();
        another["name"] = json!("added");
        config["integrations"].as_array_mut().expect("a list").push(another);
    });
    until(&harness, series, &added, 0.0).await;
    harness.end();
}

#[tokio::test]
async fn an_address_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let harness = Harness::start().await;
    harness.edit_config(|config| {
        config["metricsListen"] = json!(address);
        config["dataDir"] = Value::from("other");
    });
    let path = harness.config_path();
    let serve = ["serve", "--config", path.to_str().expect("UTF-8")];
    let said = crate::command::run(&serve, &[]).await.bad(1);
    assert!(said.contains("metricsListen") && said.contains(&address), "{said}");
    harness.end();
}
