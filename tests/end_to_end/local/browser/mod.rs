//! The page of `bridge local` in a real browser.
//!
//! Without a browser these tests do nothing, and `make test` says so; with `BROWSER_REQUIRED`, as
//! continuous integration sets it, they fail.

mod accessibility;
mod conversation;
mod devtools;
mod faults;
mod pictures;
mod reading;
mod real;
mod templates;

use self::devtools::{Browser, program};
use super::running::Local;

/// A running `bridge local` with its page; `None` without a browser.
fn opened() -> Option<(Local, Browser)> {
    opened_with(&[])
}

fn opened_with(arguments: &[&str]) -> Option<(Local, Browser)> {
    let Some(program) = program() else {
        assert!(std::env::var_os("BROWSER_REQUIRED").is_none(), "there is no browser");
        return None;
    };
    let local = Local::start(arguments);
    let browser = Browser::open(&program, &local.page);
    Some((local, browser))
}

/// Ends a test: the page has reported no error.
fn closed(browser: &Browser) {
    assert!(browser.errors.is_empty(), "{:?}", browser.errors);
}
