//! The page of `bridge local` in a real browser.
//!
//! Without a browser these tests do nothing, and `make test` says so; with `BROWSER_REQUIRED`, as
//! continuous integration sets it, they fail.

mod devtools;

#[tokio::test]
async fn smoke() {
    let Some(program) = devtools::program() else { return };
    let local = super::running::Local::start(&[]);
    let mut browser = devtools::Browser::open(&program, &local.page);
    browser.picture("smoke-start");
    browser.write("#phone-text", "Hello <b>there</b>");
    browser.sees("#way-list", "recorded");
    browser.picture("smoke-sent");
    assert!(browser.errors.is_empty(), "{:?}", browser.errors);
}
