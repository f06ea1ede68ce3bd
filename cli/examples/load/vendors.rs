//! Both vendors as fast as possible: they count what arrives and answer at once.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

pub struct Vendors {
    address: SocketAddr,
    seen: Arc<AtomicUsize>,
}

impl Vendors {
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen = Arc::new(AtomicUsize::new(0));
        tokio::spawn(accept(listener, Arc::clone(&seen)));
        Ok(Self { address, seen })
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, seen: Arc<AtomicUsize>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let seen = Arc::clone(&seen);
        let service = service_fn(move |request| answer(request, Arc::clone(&seen)));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<AtomicUsize>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let login = request.uri().path() == "/oauth/token";
    // The body is read to its end, so that the connection can be used again.
    let _ = request.into_body().collect().await;
    let body = if login {
        r#"{"access_token":"load","token_type":"bearer","expires_in":86400}"#.to_owned()
    } else {
        format!(r#"{{"id":"{}"}}"#, seen.fetch_add(1, Ordering::Relaxed))
    };
    Ok(Response::new(Full::new(Bytes::from(body))))
}
