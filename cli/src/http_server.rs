//! The HTTP server of one process, with limits for heads, bodies and time, a fair share of
//! connections, and an orderly shutdown.
//!
//! Rule: a slow client costs a connection slot that another client may take over; it never stops
//! the service of others.

mod body;
mod connection_slots;
mod descriptors;
mod event_stream;
mod heads;
mod host;
mod limits;
mod slow_reader;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use body::{BodyError, BodyMemory};
use bytes::Bytes;
use connection_slots::{ConnectionSlot, ConnectionSlots};
use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use limits::{
    BACKLOG, DISCARDED, HEAD_BYTES, HEAD_PATIENCE, HEADERS, LAST_REQUESTS, SEND_BUFFER, SLOWEST,
    Slowness,
};
use media::FileBody;
use shared::problem;
use shared::refusal::Network;
use slow_reader::SlowReaderGuard;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use event_stream::{EventSender, EventStream};

/// The body of an answer: bytes, a file that is read while it is sent, or events as they happen.
pub type Payload = Either<Full<Bytes>, Either<FileBody, EventStream>>;

#[async_trait]
pub trait RequestHandler: Send + Sync + 'static {
    /// The largest body for a path, in bytes.
    fn body_limit(&self, path: &str) -> usize;
    /// The server's own refusal in the form of the endpoint at this path.
    fn refusal(&self, _path: &str, problem: Response<Bytes>) -> Response<Bytes> {
        problem
    }
    /// The answer to a request whose body need not be read; `None` for all others.
    fn turned_away(&self, _head: &Parts) -> Option<Response<Bytes>> {
        None
    }
    /// A head could not be read, and was answered with this status.
    fn unreadable(&self, _status: StatusCode) {}
    async fn answer(&self, request: Request<Bytes>) -> Response<Payload>;
}

pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Binds an address and serves it.
    pub async fn start(
        address: SocketAddr,
        answer: Arc<dyn RequestHandler>,
    ) -> std::io::Result<Self> {
        Self::start_with(address, answer, SLOWEST)
    }

    fn start_with(
        address: SocketAddr,
        answer: Arc<dyn RequestHandler>,
        slowest: Slowness,
    ) -> std::io::Result<Self> {
        let listener = listen(address)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let shared = Arc::new(Shared { answer, memory: BodyMemory::new(), slowest });
        let task = tokio::spawn(accept(listener, shared, stopped));
        Ok(Self { address, stop, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening at once. A request in progress may still be answered; no other is.
    pub async fn abort(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Accepts no more connections, finishes the requests in progress, and returns.
    pub async fn stop(self) {
        // Fails only if the server has ended already.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

struct Shared {
    answer: Arc<dyn RequestHandler>,
    memory: BodyMemory,
    slowest: Slowness,
}

/// A connection inherits the settings of the listening socket.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Closing connections of a previous process must not keep this one from listening.
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let slots = ConnectionSlots::new(descriptors::connections());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let Ok((stream, address)) = accepted else {
            // Most likely the file descriptors are used up: give other connections time to end.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let slot = tokio::select! {
            slot = slots.take(address.ip()) => Arc::new(slot),
            _ = &mut stopped => break,
        };
        let leave = slot.leave();
        let connection = graceful.watch(connection(stream, Arc::clone(&shared), slot));
        let handler = Arc::clone(&shared.answer);
        tokio::spawn(async move {
            tokio::select! {
                // Other errors are ignored: the client broke off.
                ended = connection => {
                    if let Some(status) = ended.err().as_ref().and_then(unreadable) {
                        handler.unreadable(status);
                    }
                }
                () = leave.notified() => {}
            }
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_REQUESTS, graceful.shutdown()).await;
}

/// The status with which hyper itself has refused a head.
fn unreadable(error: &hyper::Error) -> Option<StatusCode> {
    match () {
        () if error.is_parse_too_large() => Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        () if error.is_parse() => Some(StatusCode::BAD_REQUEST),
        () => None,
    }
}

fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    slot: Arc<ConnectionSlot>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error = hyper::Error> {
    // Answers are small and written at once: waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    let stream = SlowReaderGuard::new(stream, Arc::clone(&slot), shared.slowest);
    let service = service_fn(move |request| {
        let (shared, slot) = (Arc::clone(&shared), Arc::clone(&slot));
        async move {
            // After a whole head, the client's wait begins again.
            slot.waits();
            let response = serve(&shared, &slot, request).await;
            Ok::<_, Infallible>(match response.body() {
                Either::Left(_) => {
                    slot.waits();
                    response
                }
                // A file or a stream is still to be sent: until then its client waits only while it
                // takes nothing, and not afterwards.
                Either::Right(_) => last(response),
            })
        }
    });
    hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        // A client that has closed its sending side still gets its answer.
        .half_close(true)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS)
        .serve_connection(TokioIo::new(stream), service)
}

async fn serve(
    shared: &Shared,
    slot: &ConnectionSlot,
    request: Request<Incoming>,
) -> Response<Payload> {
    let (mut head, body) = request.into_parts();
    head.extensions.insert(Network::of(slot.client()));
    if let Err(error) = host::check(&head) {
        let refusal = shared.answer.refusal(head.uri.path(), broken(&error.to_string()));
        return last(refusal.map(whole));
    }
    if let Some(answer) = shared.answer.turned_away(&head) {
        return last(answer.map(whole));
    }
    // A chunked body may come with a length, by which a proxy in between may separate the requests
    // differently.
    let ambiguous = head.headers.contains_key(TRANSFER_ENCODING);
    let limit = shared.answer.body_limit(head.uri.path());
    if let Some(length) = announced(&head).filter(|length| *length > bytes(limit)) {
        // If the body was read to its end, the connection can serve the next request. A body of
        // unknown length ends it, and so does a body that the client has not begun to send.
        let is_read = length <= bytes(DISCARDED) && !head.headers.contains_key(EXPECT);
        let is_read = is_read && body::discard(body).await;
        let refusal = shared.answer.refusal(head.uri.path(), problem::too_large(limit)).map(whole);
        return if is_read { refusal } else { last(refusal) };
    }
    let body = match body::read(body, limit, &shared.memory).await {
        Ok(body) => body,
        Err(error) => {
            let refusal = shared.answer.refusal(head.uri.path(), refusal(error, limit));
            return last(refusal.map(whole));
        }
    };
    slot.works();
    let response = shared.answer.answer(Request::from_parts(head, body.bytes.clone())).await;
    if ambiguous { last(response) } else { response }
}

fn broken(detail: &str) -> Response<Bytes> {
    problem::problem(StatusCode::BAD_REQUEST, "Broken request", detail)
}

fn announced(head: &Parts) -> Option<u64> {
    head.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn refusal(error: BodyError, limit: usize) -> Response<Bytes> {
    match error {
        BodyError::TooLarge => problem::too_large(limit),
        BodyError::TooSlow => problem::problem(
            StatusCode::REQUEST_TIMEOUT,
            "Too slow",
            "The body did not arrive in time.",
        ),
        BodyError::Broken => broken("The body broke off."),
        BodyError::NoMemory => problem::unavailable(),
    }
}

/// An answer after which the connection is closed: the rest of the body would be taken for a
/// request.
fn last(mut response: Response<Payload>) -> Response<Payload> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

pub fn whole(bytes: Bytes) -> Payload {
    Either::Left(Full::new(bytes))
}

fn bytes(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
