//! The pictures of the documents: `make pictures` writes them.

use std::path::Path;

use serde_json::json;

use super::{closed, opened};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/pictures");

/// The pictures would differ from run to run, by their times; so they are only made again when that
/// is asked for.
#[tokio::test]
async fn the_pictures_of_the_documents_can_be_made() {
    let Some((_local, mut browser)) = opened() else { return };
    browser.size(1000, 600);
    browser.call("Emulation.setScrollbarsHidden", &json!({ "hidden": true }));
    browser.write("#phone-text", "Hello, I need a person, please");
    browser.sees("#phone-list .status", "delivered to Genesys");
    for act in ["Wait in queue", "Ring", "Accept"] {
        browser.press("#desk-acts", act);
    }
    browser.sees("#phone-list", "An agent joined");
    browser.value("document.querySelector('#faults').closest('details').open = true");
    browser.press("#faults .acts[aria-label='Lynn, the next post']", "503");
    browser.until(
        "!document.querySelector('#desk-text').closest('form').querySelector('[aria-disabled=true]')",
    );
    browser.write("#desk-text", "Good morning, Ana. How can I help?");
    browser.sees("#way-list", "will try again");
    browser.sees("#phone-list .item.agent", "Good morning, Ana");
    browser.value("document.querySelector('#faults').closest('details').open = false");
    browser.press("#desk-acts", "Bot: quick replies");
    browser.sees("#phone-list", "Do you want to go on?");
    browser.sees("#way-list .way:last-child", "recorded");
    browser.value("scrollTo(0, 0); document.activeElement.blur()");
    let light = browser.picture("playground-light");
    browser.dark(true);
    let dark = browser.picture("playground-dark");
    browser.dark(false);
    browser.value("document.querySelector('#way-list button.link').click()");
    browser.until("document.querySelector('#inspector').open");
    browser.sees("#inspector-body", "They are the same.");
    let inspector = browser.picture("inspector");
    if std::env::var_os("UPDATE_PICTURES").is_some() {
        let folder = Path::new(FOLDER);
        std::fs::create_dir_all(folder).expect("a folder");
        for (name, bytes) in
            [("playground-light", light), ("playground-dark", dark), ("inspector", inspector)]
        {
            std::fs::write(folder.join(format!("{name}.png")), bytes).expect("it is ours");
        }
    }
    closed(&browser);
}
