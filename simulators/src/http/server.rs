//! The accept loop. When the service returns an error, hyper closes the connection without an
//! answer. This is the only reliable way to cause a connection error at a client.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use super::exchange::{Answer, Call, Reply};
use super::own::Own;

/// A longer body is not read to its end.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// Answers the calls of a server.
pub(crate) trait Handler: Send + Sync + 'static {
    fn handle(self: Arc<Self>, call: Call) -> impl Future<Output = Reply> + Send;
}

/// A running server. Dropping it closes the port and every connection.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start<H: Handler>(
        address: SocketAddr,
        handler: Arc<H>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, handler, Own(address)));
        Ok(Self { address, task })
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept<H: Handler>(listener: TcpListener, handler: Arc<H>, own: Own) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    connections.spawn(serve(stream, Arc::clone(&handler), own));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve<H: Handler>(stream: TcpStream, handler: Arc<H>, own: Own) {
    // Without it, small answers wait for the peer's delayed acknowledgement. A failure to set it
    // only costs time.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let handler = Arc::clone(&handler);
        async move { answer(request, handler, own).await }
    });
    // Ignore connection errors: a test asked for them, or the client caused them.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer<H: Handler>(
    request: Request<Incoming>,
    handler: Arc<H>,
    own: Own,
) -> io::Result<Response<Full<Bytes>>> {
    let (parts, body) = request.into_parts();
    if !own.is_meant(&parts) {
        return response(Answer::empty(403));
    }
    let body =
        Limited::new(body, LARGEST_BODY).collect().await.map_err(io::Error::other)?.to_bytes();
    let call = Call {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
    };
    match handler.handle(call).await {
        Reply::Answer(answer) => response(answer),
        Reply::Drop => Err(io::Error::other("the connection is dropped on purpose")),
    }
}

fn response(answer: Answer) -> io::Result<Response<Full<Bytes>>> {
    let status = StatusCode::from_u16(answer.status).map_err(io::Error::other)?;
    let mut response = Response::builder().status(status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    let body = match answer.body {
        Some(body) => {
            response = response.header("content-type", "application/json");
            Bytes::from(body.to_string())
        }
        None => answer.file.map(|file| *file).unwrap_or_default(),
    };
    response.body(Full::new(body)).map_err(io::Error::other)
}
