//! HTTP without TLS, for what runs beside the function: a collector of traces, and Lambda's own
//! interface.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use shared::ports::{Vendor, VendorError, VendorRequest, VendorResponse};
use tokio::net::TcpStream;

/// The functions that face the internet have no other client, and need none.
pub(super) struct Plain;

#[async_trait]
impl Vendor for Plain {
    async fn call(&self, request: VendorRequest) -> Result<VendorResponse, VendorError> {
        let timeout = request.timeout;
        let answer = tokio::time::timeout(timeout, post(request)).await;
        answer.unwrap_or_else(|late| Err(VendorError::Uncertain(Box::new(late))))
    }
}

async fn post(request: VendorRequest) -> Result<VendorResponse, VendorError> {
    let refused = |error: String| VendorError::NotSent(error.into());
    let uri: Uri = request.url.parse().map_err(|error| VendorError::NotSent(Box::new(error)))?;
    if uri.scheme_str() != Some("http") {
        return Err(refused(
            "only http is spoken here, with a neighbour of the function".to_owned(),
        ));
    }
    let authority = uri.authority().ok_or_else(|| refused("the URL names no host".to_owned()))?;
    let address = (authority.host(), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|error| VendorError::NotSent(Box::new(error)))?;
    let uncertain = |error: hyper::Error| VendorError::Uncertain(Box::new(error));
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(uncertain)?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = HeaderValue::try_from(authority.as_str());
    let mut call = Request::builder().method(request.method).uri(path);
    if let Some(headers) = call.headers_mut() {
        *headers = request.headers;
        headers.insert(HOST, host.map_err(|error| VendorError::NotSent(Box::new(error)))?);
    }
    let call = call.body(Full::new(request.body));
    let call = call.map_err(|error| VendorError::NotSent(Box::new(error)))?;
    let answer = sender.send_request(call).await.map_err(uncertain)?;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    // The status decides; the body is read so that the connection ends well.
    let _ = answer.into_body().collect().await;
    connection.abort();
    Ok(VendorResponse { status, headers, body: Bytes::new() })
}
