//! Both vendors as fast as possible: they note when each message arrives and answer at once.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Two times of one message, in nanoseconds since the start; 0 for not yet.
#[derive(Default)]
struct Times {
    posted: AtomicU64,
    arrived: AtomicU64,
}

pub struct Vendors {
    began: Instant,
    times: Vec<Times>,
    arrived: AtomicUsize,
}

impl Vendors {
    /// Starts them for messages with numbers below `messages`; returns their address, too.
    pub async fn start(messages: usize) -> anyhow::Result<(Arc<Self>, String)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address: SocketAddr = listener.local_addr()?;
        let times = (0..messages).map(|_| Times::default()).collect();
        let vendors = Arc::new(Self { began: Instant::now(), times, arrived: AtomicUsize::new(0) });
        tokio::spawn(accept(listener, Arc::clone(&vendors)));
        Ok((vendors, format!("http://{address}")))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Notes that a message is posted now.
    pub fn posted(&self, number: usize) {
        self.times[number].posted.store(self.now(), Ordering::Relaxed);
    }

    fn arrives(&self, number: usize) {
        let Some(times) = self.times.get(number) else { return };
        if times.arrived.swap(self.now(), Ordering::Relaxed) == 0 {
            self.arrived.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The messages that have arrived.
    pub fn arrived(&self) -> usize {
        self.arrived.load(Ordering::Relaxed)
    }

    /// From post to arrival, in nanoseconds, of the messages from `first` on, sorted.
    pub fn latencies(&self, first: usize) -> Vec<u64> {
        let read = |time: &AtomicU64| time.load(Ordering::Relaxed);
        let latency = |times: &Times| read(&times.arrived).saturating_sub(read(&times.posted));
        let mut latencies: Vec<u64> = self.times[first..].iter().map(latency).collect();
        latencies.sort_unstable();
        latencies
    }
}

async fn accept(listener: TcpListener, vendors: Arc<Vendors>) {
    while let Ok((stream, _)) = listener.accept().await {
        let _ = stream.set_nodelay(true);
        let vendors = Arc::clone(&vendors);
        let service = service_fn(move |request| answer(request, Arc::clone(&vendors)));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    request: Request<Incoming>,
    vendors: Arc<Vendors>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let login = request.uri().path() == "/oauth/token";
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let answer = if login {
        r#"{"access_token":"load","token_type":"bearer","expires_in":86400}"#.to_owned()
    } else {
        let number = number(&body);
        if let Some(number) = number {
            vendors.arrives(number);
        }
        format!(r#"{{"id":"{}"}}"#, number.unwrap_or_default())
    };
    Ok(Response::new(Full::new(Bytes::from(answer))))
}

/// The number in the first `"m-NUMBER"` or `"g-NUMBER"`.
fn number(body: &[u8]) -> Option<usize> {
    let mark = body.windows(3).position(|window| matches!(window, b"\"m-" | b"\"g-"))?;
    let digits = &body[mark + 3..];
    let end = digits.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}
