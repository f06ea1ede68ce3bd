//! Counts how often each kind of setup was played.

use crate::coverage::Coverage;
use crate::scenario::{IntegrationSetup, Recognition, Setup, Speech, Topology};

const SKEWED: &str = "setup clocks of processes differ";
const GENESYS_SKEWED: &str = "setup Genesys' clock differs";

/// The kinds of setup that must be exercised.
pub(crate) fn wanted() -> Vec<String> {
    let topologies =
        [Topology::Functions, Topology::OneMachine].map(|kind| format!("setup {kind:?}"));
    let recognitions = [Recognition::Silent, Recognition::Conflict, Recognition::Never];
    let recognitions = recognitions.map(|kind| format!("setup Genesys recognises {kind:?}"));
    let switches = ["Lynn recognises", "events by bus", "receipts name both"];
    let switches = switches.iter().flat_map(|name| [true, false].map(|on| switch(name, on)));
    let integrations = ["relays", "Lynn's token", "Lynn signs"];
    let integrations =
        integrations.iter().flat_map(|name| [true, false].map(|on| switch(name, on)));
    let words = [
        ("quietSession", vec!["webhook", "proactive", "fail"]),
        ("onSessionEnded", vec!["keep", "disconnect", "notice"]),
        ("receipts", vec!["reported", "accepted"]),
        ("window", vec!["0", "1", "4320"]),
        ("maxAge", vec!["2", "15"]),
        ("clients", vec!["1", "2"]),
    ];
    let speeches = [Speech::Bridge, Speech::Templates, Speech::Dialect];
    let speeches = speeches.map(|speech| format!("setup speech {speech:?}"));
    let words = words.into_iter().flat_map(|(name, values)| {
        values.into_iter().map(move |value| format!("setup {name} {value}"))
    });
    let clocks = [SKEWED, GENESYS_SKEWED].map(str::to_owned);
    let environment = topologies.into_iter().chain(recognitions).chain(switches).chain(clocks);
    environment.chain(integrations).chain(words).chain(speeches).collect()
}

pub(crate) fn count(setup: &Setup, coverage: &mut Coverage) {
    coverage.count(format!("setup {:?}", setup.topology));
    coverage.count(format!("setup Genesys recognises {:?}", setup.genesys));
    coverage.count(switch("Lynn recognises", setup.lynn_recognises));
    coverage.count(switch("events by bus", setup.events_by_bus));
    coverage.count(switch("receipts name both", setup.receipts_name_both));
    if setup.skews.iter().any(|skew| *skew != 0) {
        coverage.count(SKEWED.to_owned());
    }
    if setup.genesys_skew != 0 {
        coverage.count(GENESYS_SKEWED.to_owned());
    }
    setup.integrations.iter().for_each(|integration| count_integration(integration, coverage));
}

fn count_integration(setup: &IntegrationSetup, coverage: &mut Coverage) {
    coverage.count(switch("relays", setup.relays));
    coverage.count(switch("Lynn's token", setup.lynn_token));
    coverage.count(switch("Lynn signs", setup.lynn_signs));
    coverage.count(format!("setup quietSession {}", setup.quiet_session));
    coverage.count(format!("setup onSessionEnded {}", setup.on_session_ended));
    coverage.count(format!("setup receipts {}", setup.receipts));
    coverage.count(format!("setup window {}", setup.window_minutes));
    coverage.count(format!("setup maxAge {}", setup.max_age_minutes));
    coverage.count(format!("setup clients {}", setup.clients));
    coverage.count(format!("setup speech {:?}", setup.speech));
}

fn switch(name: &str, on: bool) -> String {
    format!("setup {name} {on}")
}
