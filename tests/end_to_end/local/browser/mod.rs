//! The page of `bridge local` in a real browser.

mod accessibility;
mod conversation;
mod faults;
mod pictures;
mod reading;
mod real;
mod templates;

use super::running::Local;
use crate::browser::{Browser, program};

/// A running `bridge local` with its page; `None` without a browser.
fn opened() -> Option<(Local, Browser)> {
    opened_with(&[])
}

fn opened_with(arguments: &[&str]) -> Option<(Local, Browser)> {
    let program = program()?;
    let local = Local::start(arguments);
    let mut browser = Browser::open(&program, &local.page);
    browser.until("document.querySelector('[role=tab]')");
    Some((local, browser))
}

/// Ends a test.
fn closed(browser: &Browser) {
    browser.closed();
}
