//! An HTTP server of one process: bounded bodies, bounded patience, and an end that finishes what it began.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use shared::media::FileBody;
use shared::problem;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// How long a client may take for its headers, and again for its body.
const PATIENCE: Duration = Duration::from_secs(15);
/// Connections served at once; more wait to be accepted.
const CONNECTIONS: usize = 2048;
/// A body that is too large is read up to this size, so that its client can read the answer.
const DISCARDED: usize = 8 * 1024 * 1024;
/// How long requests may take to finish at the end.
const LAST_REQUESTS: Duration = Duration::from_secs(10);

/// The body of an answer: bytes, or a file that is read as it is sent.
pub type Payload = Either<Full<Bytes>, FileBody>;

/// What answers requests.
#[async_trait]
pub trait Answer: Send + Sync + 'static {
    /// The largest body for a path, in bytes.
    fn body_limit(&self, path: &str) -> usize;
    /// Answers one request.
    async fn answer(&self, request: Request<Bytes>) -> Response<Payload>;
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Binds an address and serves it.
    pub async fn start(address: SocketAddr, answer: Arc<dyn Answer>) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, answer, stopped));
        Ok(Self { address, stop, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts no more connections, finishes the requests that are under way, and returns.
    pub async fn stop(self) {
        // Refused only when the server has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

async fn accept(
    listener: TcpListener,
    answer: Arc<dyn Answer>,
    mut stopped: oneshot::Receiver<()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            _ = &mut stopped => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let Ok((stream, _)) = stream else {
            // Out of file descriptors, most likely: give the others time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let connection = graceful.watch(connection(stream, Arc::clone(&answer)));
        tokio::spawn(async move {
            // A client that breaks off is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
}

fn connection(
    stream: TcpStream,
    answer: Arc<dyn Answer>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Answers are small and written at once: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let answer = Arc::clone(&answer);
        async move { Ok::<_, Infallible>(serve(&*answer, request).await) }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
}

async fn serve(answer: &dyn Answer, request: Request<Incoming>) -> Response<Payload> {
    let (head, body) = request.into_parts();
    let limit = answer.body_limit(head.uri.path());
    let announced =
        head.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if let Some(length) = announced.filter(|length| *length > bytes(limit)) {
        // Read to its end, the connection can serve the next request; a body without measure ends it.
        let read = length <= bytes(DISCARDED) && discard(body).await;
        let refusal = problem::too_large(limit);
        return if read { refusal.map(whole) } else { last(refusal) };
    }
    match tokio::time::timeout(PATIENCE, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => answer.answer(Request::from_parts(head, body.to_bytes())).await,
        Ok(Err(error)) if error.is::<LengthLimitError>() => last(problem::too_large(limit)),
        Ok(Err(_)) => {
            last(problem::problem(StatusCode::BAD_REQUEST, "Broken request", "The body broke off."))
        }
        Err(_) => last(problem::problem(
            StatusCode::REQUEST_TIMEOUT,
            "Too slow",
            "The body did not arrive in time.",
        )),
    }
}

/// Reads a body to its end and throws it away; whether it came to its end.
async fn discard(mut body: Incoming) -> bool {
    let read = async {
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok::<_, hyper::Error>(())
    };
    matches!(tokio::time::timeout(PATIENCE, read).await, Ok(Ok(())))
}

/// An answer after which the connection cannot be used: what is left of the body would be taken for a request.
fn last(mut response: Response<Bytes>) -> Response<Payload> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response.map(whole)
}

/// Bytes as a body.
pub fn whole(bytes: Bytes) -> Payload {
    Either::Left(Full::new(bytes))
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
