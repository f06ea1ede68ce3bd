//! The HTTP client of a simulator: explicit timeouts, no proxy, no redirect.

use std::io;
use std::time::Duration;

/// `timeout` covers the whole exchange.
#[expect(clippy::disallowed_methods, reason = "the simulators share no client with the bridge")]
pub(crate) fn client(timeout: Duration) -> io::Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(timeout)
        .timeout(timeout)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(io::Error::other)
}
