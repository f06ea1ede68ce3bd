//! The console in a real browser.

use serde_json::json;

use super::running::Console;
use super::{PHONE, refused};
use crate::browser::{Browser, axe, program};
use crate::harness::Harness;

/// A bridge with a conversation and a dead letter, and the console on it.
async fn opened(more: &[&str]) -> Option<(Harness, Console, Browser)> {
    let program = program()?;
    let harness = Harness::start().await;
    harness.say(PHONE, "m-0", "Hello").await;
    harness.accepted(PHONE, 1).await;
    refused(&harness, PHONE, "m-1", "a <b>private</b> word").await;
    let console = Console::on(&harness.data_directory(), more);
    let mut browser = Browser::open(&program, &console.address());
    browser.sees("#main", "1 dead letter");
    Some((harness, console, browser))
}

#[tokio::test]
async fn an_operator_finds_the_cause_and_redrives() {
    let Some((harness, console, mut browser)) = opened(&["--allow-redrive"]).await else { return };
    // The key is no longer in the address.
    assert_eq!(browser.value("location.href"), format!("{}/#now", console.page));
    browser.value("document.querySelector('#main .verdict a').click()");
    browser.sees("#main", "By cause, the most frequent first");
    browser.sees("#main", "Only the cause");
    browser.sees("#main", "message m-1");
    assert!(!browser.text("#main").contains("private"));
    browser.value("document.querySelector('#main details').open = true");
    browser.press("#main", "Show contact and event");
    browser.sees("#main .said", "a <b>private</b> word");
    assert_eq!(browser.value("document.querySelectorAll('#main .said b').length"), 0);
    browser.picture("console-dead-letters");
    browser.press("#main", "Dry run: redrive 1 dead letter");
    browser.until("document.querySelector('#plan').open");
    browser.sees("#plan", "would be queued to be sent again");
    browser.picture("console-dry-run");
    browser.press("#plan", "Redrive 1 dead letter");
    browser.sees("#job", "The redrive is done");
    browser.sees("#job", "1 queued to be sent again");
    browser.sees("#main", "No dead letters.");
    harness.accepted(PHONE, 2).await;
    browser.picture("console-redriven");
    browser.value("location.hash = '#audit'");
    browser.sees("#main", "The redrive ended: done, 1 of 1 (1 sent).");
    browser.sees("#main", "Was shown the dead letter");
    browser.value("location.hash = '#now'");
    browser.sees("#main", "Nothing needs you.");
    browser.closed();
    harness.end();
}

#[tokio::test]
async fn a_conversation_is_found_and_its_timeline_shown() {
    let Some((harness, _console, mut browser)) = opened(&[]).await else { return };
    browser.value("location.hash = '#conversations'");
    browser.until("document.querySelector('#search')");
    browser.write("#search", "551234");
    browser.sees("#main", "1 conversation of 1");
    assert!(!browser.text("#main").contains("5512345678"));
    browser.press("#main", "Show contacts");
    browser.sees("#main table", PHONE);
    browser.value("document.querySelector('#main table a').click()");
    browser.sees("#main", "Timeline");
    browser.sees("#main .events", "message m-1 of the customer");
    browser.sees("#main .events", "failed: post a message");
    browser.sees("#main .events", "dead letter");
    assert!(!browser.text("#main").contains("private"));
    browser.press("#main", "Show contact and texts");
    browser.sees("#main .said", "a <b>private</b> word");
    browser.sees("#main h2", PHONE);
    browser.picture("console-timeline");
    // Read only: the dry run is shown, and its button says why it does nothing.
    browser.value("document.querySelector('#main a[href*=dead-letters]').click()");
    browser.press("#main", "Dry run: redrive 1 dead letter");
    browser.sees("#plan", "This console is read-only.");
    browser
        .until("document.querySelector('#plan button').getAttribute('aria-disabled') === 'true'");
    browser.value("document.querySelector('#plan button').click()");
    browser.press("#plan", "Close");
    browser.value("location.hash = '#audit'");
    browser.sees("#main", "Was shown the ids of 1 contact.");
    browser.closed();
    harness.end();
}

#[tokio::test]
async fn nothing_serious_is_found_in_any_view_width_and_colour() {
    let Some((harness, _console, mut browser)) = opened(&["--allow-redrive"]).await else { return };
    let Some(axe) = axe() else { return };
    browser.value(&format!("{axe};true"));
    let views = [
        ("now", "1 dead letter"),
        ("conversations", "1 conversation of 1"),
        ("dead-letters", "One by one"),
        ("audit", "Each redrive"),
    ];
    for (view, words) in views {
        browser.value(&format!("location.hash = '#{view}'"));
        browser.sees("#main", words);
        checked(&mut browser, view);
    }
    browser.value("location.hash = '#conversations'");
    browser.until("document.querySelector('#main table a')");
    browser.value("document.querySelector('#main table a').click()");
    browser.sees("#main", "Timeline");
    checked(&mut browser, "conversation");
    browser.value("location.hash = '#dead-letters'");
    browser.value("document.querySelectorAll('#main details').forEach(one => (one.open = true))");
    browser.press("#main", "Dry run: redrive 1 dead letter");
    browser.until("document.querySelector('#plan').open");
    checked(&mut browser, "plan");
    browser.closed();
    harness.end();
}

fn checked(browser: &mut Browser, view: &str) {
    for (name, width, dark) in [
        ("light", 1400, false),
        ("dark", 1400, true),
        ("narrow", 320, false),
        ("narrow-dark", 320, true),
    ] {
        browser.size(width, 900);
        browser.dark(dark);
        let found = browser.findings();
        browser.picture(&format!("console-{view}-{name}"));
        assert!(found.is_empty(), "{view}, {name}: {found:#?}");
        let needed = browser.value("document.documentElement.scrollWidth");
        assert!(
            needed.as_u64().is_some_and(|needed| needed <= u64::from(width)),
            "{view}: {needed}"
        );
    }
    browser.size(1400, 900);
}

#[tokio::test]
async fn the_keyboard_is_enough_for_a_redrive() {
    let Some((harness, _console, mut browser)) = opened(&["--allow-redrive"]).await else { return };
    browser.key("Tab", 9, "");
    assert_eq!(browser.value("document.activeElement.className"), "skip");
    browser.key("Enter", 13, "\r");
    assert_eq!(browser.value("document.activeElement.id"), "main");
    // The first link of the content is the cause.
    browser.key("Tab", 9, "");
    browser.key("Enter", 13, "\r");
    browser.sees("#main", "Only the cause");
    tabbed(&mut browser, "Dry run");
    browser.key("Enter", 13, "\r");
    browser.until("document.querySelector('#plan').open");
    tabbed(&mut browser, "Redrive 1");
    browser.key("Enter", 13, "\r");
    browser.sees("#job", "The redrive is done");
    harness.accepted(PHONE, 2).await;
    browser.closed();
    harness.end();
}

/// Goes on by the keyboard to the button that begins so.
fn tabbed(browser: &mut Browser, text: &str) {
    browser.until(&format!(
        "[...document.querySelectorAll('button')].some(one => one.textContent.startsWith({text:?}))"
    ));
    for _ in 0..40 {
        if browser.value(&format!("document.activeElement.textContent.startsWith({text:?}) && document.activeElement.tagName === 'BUTTON'")) == true {
            return;
        }
        browser.key("Tab", 9, "");
    }
    panic!("{text} is not reached: {}", browser.value("document.activeElement.outerHTML"));
}

#[tokio::test]
async fn without_the_key_the_page_asks_for_it() {
    let Some(program) = program() else { return };
    let harness = Harness::start().await;
    let console = Console::on(&harness.data_directory(), &[]);
    let mut browser = Browser::open(&program, &console.page);
    browser.sees("#main", "This page needs its key");
    browser.value("document.querySelector('#key').focus()");
    browser.call("Input.insertText", &json!({ "text": console.address() }));
    browser.key("Enter", 13, "\r");
    browser.sees("#main", "Nothing needs you.");
    browser.closed();
    harness.end();
}
