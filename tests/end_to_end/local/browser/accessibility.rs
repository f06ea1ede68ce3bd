//! axe-core finds nothing serious, in light and dark, wide and narrow.

use super::{closed, opened};
use crate::browser::axe;

#[tokio::test]
async fn nothing_serious_is_found() {
    let Some((_local, mut browser)) = opened() else { return };
    let Some(axe) = axe() else { return };
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
        let found = browser.findings();
        browser.picture(name);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
    browser.value("document.querySelector('#way-list button.link').click()");
    browser.until("document.querySelector('#inspector').open");
    browser.sees("#inspector-body", "They are the same.");
    let found = browser.findings();
    assert!(found.is_empty(), "the inspector: {found:#?}");
    closed(&browser);
}
