//! The alert rules and the dashboard name only metrics that the bridge has, and each alert has an
//! entry in the runbook.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::files::text;
use crate::tool;

const RULES: &str = "deploy/prometheus/bridge.rules.yml";
const TESTS: &str = "deploy/prometheus/bridge.test.yml";
const DASHBOARD: &str = "deploy/grafana/bridge.json";
/// Where the metrics are registered.
const SERIES: &str = "cli/src/metrics/series.rs";
/// The suffixes of a histogram's name.
const OF_HISTOGRAM: [&str; 3] = ["_bucket", "_count", "_sum"];

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let is_part = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    let is_name = |word: &&str| word.starts_with("bridge_") || word.starts_with("process_");
    words.filter(is_name).map(str::to_owned).collect()
}

/// The metrics of the bridge, as its source registers them.
fn known() -> BTreeSet<String> {
    let source = text(SERIES);
    let product = source.split("#[cfg(test)]").next().unwrap_or_default();
    let quoted = product.split('"').skip(1).step_by(2);
    let known: BTreeSet<String> =
        quoted.filter(|word| names(word).contains(*word)).map(str::to_owned).collect();
    assert!(known.len() > 20, "{known:?}");
    known
}

fn unknown(used: &BTreeSet<String>, known: &BTreeSet<String>) -> Vec<String> {
    let is_known = |name: &str| {
        let bare = OF_HISTOGRAM.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name);
        known.contains(name) || known.contains(bare)
    };
    used.iter().filter(|name| !is_known(name)).cloned().collect()
}

/// The expressions of a dashboard or of rules.
fn expressions(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("expr" | "query", Value::String(text)) => vec![text.clone()],
                _ => expressions(value),
            })
            .collect(),
        Value::Array(values) => values.iter().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

fn alerts() -> Vec<Value> {
    let rules: Value = serde_saphyr::from_str(&text(RULES)).expect("YAML");
    let groups = rules["groups"].as_array().expect("groups").clone();
    groups.iter().flat_map(|group| group["rules"].as_array().expect("rules").clone()).collect()
}

#[test]
fn the_dashboard_and_the_rules_name_only_metrics_that_exist() {
    let known = known();
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)).expect("JSON");
    let shown = names(&expressions(&dashboard).join(" "));
    assert_eq!(unknown(&shown, &known), Vec::<String>::new());
    let watched = names(&alerts().iter().flat_map(expressions).collect::<Vec<_>>().join(" "));
    assert_eq!(unknown(&watched, &known), Vec::<String>::new());
    // The dashboard shows everything.
    let bare: BTreeSet<String> = shown
        .iter()
        .map(|name| OF_HISTOGRAM.iter().find_map(|part| name.strip_suffix(part)).unwrap_or(name))
        .map(str::to_owned)
        .collect();
    let own: BTreeSet<String> =
        known.into_iter().filter(|name| name.starts_with("bridge_")).collect();
    assert_eq!(own.difference(&bare).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn a_metric_that_does_not_exist_is_found() {
    let used = names("rate(bridge_events_imagined_total[5m]) + bridge_waiting_count");
    assert_eq!(unknown(&used, &known()), ["bridge_events_imagined_total"]);
}

#[test]
fn every_alert_is_an_entry_of_the_runbook_and_names_it() {
    let runbook = text("docs/RUNBOOK.md");
    let alerts = alerts();
    assert!(alerts.len() > 5, "{alerts:?}");
    for alert in alerts {
        let name = alert["alert"].as_str().expect("a name");
        let entry = format!("\n### {name}\n");
        let row = format!("\n| `{name}` |");
        assert!(runbook.contains(&entry) || runbook.contains(&row), "{name}");
        let named = alert["annotations"]["runbook"].as_str().expect("an entry");
        assert_eq!(named, format!("docs/RUNBOOK.md, {name}"));
        assert!(text(TESTS).contains(&format!("alertname: {name}")), "{name} has no test");
    }
}

#[test]
fn prometheus_takes_the_rules_and_raises_them_as_expected() {
    for arguments in [["check", "rules", RULES], ["test", "rules", TESTS]] {
        tool::passes("promtool", &arguments, "Debian's package prometheus");
    }
}

#[test]
fn the_entry_of_a_notification_says_what_to_do_on_one_machine() {
    let runbook = text("docs/RUNBOOK.md");
    let (_, entry) = runbook.split_once("### UnconfiguredAlarm").expect("an entry");
    let entry = entry.split("\n### ").next().expect("its text");
    assert!(entry.contains("**On one machine** (the notification `configuration`)"), "{entry}");
    assert!(
        entry.contains("sudo -u bridge bridge config check /etc/bridge/bridge.json"),
        "{entry}"
    );
}
