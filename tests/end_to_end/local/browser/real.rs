//! The page beside a real side: what cannot be played there says why.

use super::{closed, opened_with};

/// Nothing is sent there.
const LYNN: &str = "http://127.0.0.1:9/webhook";

#[tokio::test]
async fn the_page_says_which_side_is_real_and_what_cannot_be_played() {
    let Some((_local, mut browser)) = opened_with(&["--real-lynn", LYNN]) else { return };
    browser.sees("#who", "Lynn is real: real customers get what is written");
    for panel in ["#faults", "#scenarios"] {
        browser.value(&format!("document.querySelector({panel:?}).closest('details').open = true"));
    }
    for (inside, button, why) in [
        ("#phone-form", "Send", "Lynn is real: this is done there."),
        ("#phone-acts", "Read", "Lynn is real: this is done there."),
        ("#faults .acts[aria-label='Lynn']", "Down", "Lynn is real: this is done there."),
        ("#desk-acts", "Send a photo", "where a real side cannot fetch them"),
        ("#program", "An hour ahead", "The clock of a real side stays."),
        ("#scenarios", "Next step", "A scenario plays both sides, and Lynn is real."),
    ] {
        browser.until(&format!(
            "[...document.querySelectorAll('{} button')].some(one => one.textContent === {button:?} \
             && one.getAttribute('aria-disabled') === 'true' \
             && document.getElementById(one.getAttribute('aria-describedby')).textContent.includes({why:?}))",
            inside.replace('\'', "\\'")
        ));
    }
    // The other side, and the bridge, can be played.
    browser.press("#faults .acts[aria-label='Genesys Cloud']", "Down");
    browser.sees("#way-list", "Genesys Cloud is down");
    browser.press("#desk-acts", "Ring");
    browser.press("#desk-acts", "Accept");
    browser.sees("#people", "Connected: maria");
    browser.picture("real-lynn");
    closed(&browser);
}
