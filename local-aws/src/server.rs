//! An HTTP listener: reads a whole request, up to a limit, and passes it to its service.

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
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The pause after a failed accept, most likely for lack of file descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// Binds the port, on loopback only.
pub async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address}: choose another port (PORT=…)"))
}

/// The handler of the requests of a listener.
pub trait Service: Send + Sync + 'static {
    /// The largest body that it reads, in bytes.
    const LARGEST_BODY: usize;

    fn respond(
        &self,
        request: Request<Bytes>,
        peer: IpAddr,
    ) -> impl Future<Output = Response<Bytes>> + Send;

    /// The answer to a request whose body is too large, or breaks off.
    fn unreadable(&self, is_too_large: bool) -> Response<Bytes>;
}

/// Serves until an error. Dropping the future ends the connections.
pub async fn serve(listener: TcpListener, service: Arc<impl Service>) -> anyhow::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer.ip(), Arc::clone(&service)));
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, peer: IpAddr, own: Arc<impl Service>) {
    // Without it, small answers wait for the peer's delayed acknowledgement. A failure to set it
    // only costs time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let own = Arc::clone(&own);
        async move { Ok::<_, Infallible>(respond(&*own, request, peer).await.map(Full::new)) }
    });
    // Ignore connection errors.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond<S: Service>(
    service: &S,
    request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Bytes> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, S::LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return service.unreadable(error.is::<LengthLimitError>()),
    };
    service.respond(Request::from_parts(head, body), peer).await
}
