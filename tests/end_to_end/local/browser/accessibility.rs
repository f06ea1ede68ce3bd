//! axe-core finds nothing serious, in light and dark, wide and narrow.

use std::path::Path;

use serde_json::Value;

use super::devtools::Browser;
use super::{closed, opened};

/// Installed by `tools/install`.
const AXE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/axe/node_modules/axe-core/axe.min.js");

/// The findings that must not be there, each with its places.
fn findings(browser: &mut Browser) -> Vec<String> {
    let found = browser.value(
        "axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations
           .filter(one => ['serious', 'critical'].includes(one.impact))
           .map(one => `${one.id}: ${one.help}: ${one.nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`))",
    );
    let found = found.as_array().cloned().unwrap_or_default();
    found.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[tokio::test]
async fn nothing_serious_is_found() {
    let Some((_local, mut browser)) = opened() else { return };
    let Ok(axe) = std::fs::read_to_string(Path::new(AXE)) else {
        assert!(std::env::var_os("BROWSER_REQUIRED").is_none(), "axe-core is not installed");
        return;
    };
    browser.write("#phone-text", "Hello");
    browser.sees("#desk-list", "Hello");
    browser.value("document.querySelector('#writer').value = 'bot'");
    browser.press("#desk-acts", "Bot: carousel");
    browser.sees("#phone-list", "Which plan?");
    for panel in ["#faults", "#state", "#scenarios"] {
        browser.value(&format!("document.querySelector({panel:?}).closest('details').open = true"));
    }
    browser.value(&format!("{axe};true"));
    for (name, width, dark) in
        [("light", 1400, false), ("dark", 1400, true), ("narrow-dark", 320, true)]
    {
        browser.size(width, 1000);
        browser.dark(dark);
        let found = findings(&mut browser);
        browser.picture(name);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    browser.value("document.querySelector('#way-list button.link').click()");
    browser.until("document.querySelector('#inspector').open");
    browser.sees("#inspector-body", "They are the same.");
    let found = findings(&mut browser);
    assert!(found.is_empty(), "the inspector: {found:#?}");
    closed(&browser);
}
