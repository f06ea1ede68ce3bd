//! The HTTP listener: reads a whole request, within the limits of API Gateway, and passes it to the
//! front.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use time::OffsetDateTime;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Front, answer, event};

/// The largest body that API Gateway accepts, in bytes.
const LARGEST_BODY: usize = 10 * 1024 * 1024;
/// The pause after a failed accept, most likely for lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Binds the port, on loopback only.
pub async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}: choose another port (PORT=…)"))
}

/// Serves until an error. Dropping the future ends the connections.
pub async fn serve(listener: TcpListener, front: Arc<Front>) -> anyhow::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer.ip(), Arc::clone(&front)));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, peer: IpAddr, front: Arc<Front>) {
    // Without it, small answers wait for the peer's delayed acknowledgement. A failure to set it
    // only costs time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(respond(&front, request, peer).await.map(Full::new)) }
    });
    // Ignore connection errors.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(front: &Front, request: Request<Incoming>, peer: IpAddr) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => return answer::too_large(),
        Err(_) => return answer::bad_request(),
    };
    let caller =
        event::Caller { address: peer, time: now(), request: uuid::Uuid::new_v4().to_string() };
    front.answer(&Request::from_parts(head, body), caller).await
}

#[expect(clippy::disallowed_methods, reason = "the time of a request, on this machine only")]
fn now() -> OffsetDateTime {
    OffsetDateTime::from(std::time::SystemTime::now())
}
