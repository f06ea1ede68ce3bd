//! Whether a request was meant for a server of this machine, by its own name and from its own
//! pages.
//!
//! Rule: a foreign page in the same browser must neither send to the server nor read from it, not
//! even under a name that its owner has pointed to this machine. A browser sends the name that it
//! used in `Host`, and the page's origin in `Origin`.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderName, Request, Response, StatusCode};
use shared::problem;
use tokio::net::TcpListener;

use crate::failure;
use crate::http_server::{Payload, RequestHandler, Server};

/// Refuses an address that other machines can reach.
pub fn check(asked: Option<SocketAddr>) -> anyhow::Result<()> {
    match asked.filter(|asked| !asked.ip().is_loopback()) {
        None => Ok(()),
        Some(asked) => {
            let problem = anyhow::anyhow!(
                "--listen {asked}: the page has no login, so it listens on a loopback address only"
            );
            Err(failure::misconfigured(problem))
        }
    }
}

/// This address, or the same with a free port.
pub async fn free(usual: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = match TcpListener::bind(usual).await {
        Ok(listener) => listener,
        Err(_) => {
            TcpListener::bind(SocketAddr::new(usual.ip(), 0)).await.context("find a free port")?
        }
    };
    listener.local_addr().context("find a free port")
}

/// A handler of a server that takes only requests that are meant for it.
pub struct OnlyHere {
    inner: Arc<dyn RequestHandler>,
    /// The server's address; every request is refused until it is known.
    address: OnceLock<SocketAddr>,
}

impl OnlyHere {
    /// Binds an address and serves it.
    pub async fn serve(
        address: SocketAddr,
        inner: Arc<dyn RequestHandler>,
    ) -> std::io::Result<Server> {
        let handler = Arc::new(Self { inner, address: OnceLock::new() });
        let server = Server::start(address, Arc::clone(&handler) as _).await?;
        // Only this line sets it.
        let _ = handler.address.set(server.address());
        Ok(server)
    }
}

#[async_trait]
impl RequestHandler for OnlyHere {
    fn body_limit(&self, path: &str) -> usize {
        self.inner.body_limit(path)
    }

    fn refusal(&self, path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        self.inner.refusal(path, problem)
    }

    fn turned_away(&self, head: &Parts) -> Option<Response<Bytes>> {
        let is_meant = self.address.get().is_some_and(|address| is_meant(head, *address));
        if is_meant { self.inner.turned_away(head) } else { Some(refused()) }
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        self.inner.answer(request).await
    }
}

/// Whether the request names this server, which listens on `address`, and comes from one of its
/// pages or from no page.
fn is_meant(request: &Parts, address: SocketAddr) -> bool {
    let Some(host) = only(request, HOST) else { return false };
    let named = request.uri.authority();
    is_here(host, address)
        && named.is_none_or(|named| named.as_str().eq_ignore_ascii_case(host))
        && (!request.headers.contains_key(ORIGIN)
            || only(request, ORIGIN)
                .and_then(|origin| origin.strip_prefix("http://"))
                .is_some_and(|origin| is_here(origin, address)))
}

/// Whether it is a name of a loopback address, with this server's port.
fn is_here(host: &str, address: SocketAddr) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, "80"),
    };
    let own = match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    };
    let names = ["localhost", "127.0.0.1", "[::1]", own.as_str()];
    port == address.port().to_string() && names.iter().any(|it| it.eq_ignore_ascii_case(name))
}

/// The value of a header that occurs once.
fn only(request: &Parts, name: HeaderName) -> Option<&str> {
    let mut values = request.headers.get_all(name).iter();
    let first = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(first)
}

/// The answer to every other request.
fn refused() -> Response<Bytes> {
    problem::problem(
        StatusCode::FORBIDDEN,
        "Another host or origin",
        "Only this machine may call this, at the address that the command printed.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    fn is_taken(address: &str, host: &str, origin: Option<&str>) -> bool {
        let mut request = Request::builder().uri("/transcripts").header(HOST, host);
        if let Some(origin) = origin {
            request = request.header(ORIGIN, origin);
        }
        is_meant(&parts(request), address.parse().unwrap())
    }

    #[test]
    fn only_the_own_names_with_the_own_port_are_taken() {
        let address = "127.0.0.1:8786";
        for host in ["localhost:8786", "LocalHost:8786", "127.0.0.1:8786", "[::1]:8786"] {
            assert!(is_taken(address, host, None), "{host}");
            assert!(is_taken(address, host, Some(&format!("http://{host}"))), "{host}");
        }
        for host in [
            "localhost:80.evil.example",
            "evil.example",
            "evil.example:8786",
            "localhost",
            "localhost:80",
            "localhost:8786.evil.example",
            "localhost.evil.example:8786",
            "localhost.:8786",
            "127.0.0.1",
            "127.0.0.2:8786",
            "127.0.0.1.evil.example:8786",
            "[::1]",
            "::1:8786",
            "0.0.0.0:8786",
            "localhost:08786",
            "localhost:+8786",
            "",
            ":8786",
        ] {
            assert!(!is_taken(address, host, None), "{host}");
        }
        assert!(is_taken("[::1]:8786", "[::1]:8786", None));
        assert!(is_taken("127.0.0.2:80", "127.0.0.2", None));
        assert!(is_taken("127.0.0.1:80", "localhost", Some("http://localhost")));
    }

    #[test]
    fn only_the_own_pages_are_taken() {
        for origin in [
            "http://evil.example",
            "null",
            "https://localhost:8786",
            "http://localhost",
            "http://localhost:8786.evil.example",
            "http://localhost:8786/",
            "",
        ] {
            assert!(!is_taken("127.0.0.1:8786", "localhost:8786", Some(origin)), "{origin}");
        }
        let twice = Request::builder().header(HOST, "localhost:8786").header(HOST, "evil.example");
        assert!(!is_meant(&parts(twice), "127.0.0.1:8786".parse().unwrap()));
        let absolute =
            Request::builder().uri("http://evil.example/").header(HOST, "localhost:8786");
        assert!(!is_meant(&parts(absolute), "127.0.0.1:8786".parse().unwrap()));
    }
}
