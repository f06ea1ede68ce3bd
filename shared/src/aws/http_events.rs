//! An endpoint as a Lambda function behind an API Gateway HTTP API.
//!
//! Rule: the handler gets the bytes as they were sent, whatever encoding they travelled in: a signature covers the bytes.

use std::future::Future;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, RequestExt, service_fn};

use crate::endpoint;
use crate::ids::TraceId;

/// Runs an endpoint until Lambda ends it.
pub async fn answer<H, F>(handle: H) -> Result<(), Error>
where
    H: Fn(Request<Bytes>) -> F + Send + Sync,
    F: Future<Output = Response<Bytes>> + Send,
{
    let handle = &handle;
    lambda_http::run(service_fn(move |event: lambda_http::Request| async move {
        Ok::<_, Error>(handle(request(event)).await.map(body))
    }))
    .await
}

/// The request as the handler knows it, with the trace of the one who called.
fn request(event: lambda_http::Request) -> Request<Bytes> {
    let (path, trace) = (original_path(&event), trace(&event));
    let (mut head, body) = event.into_parts();
    if let Some(uri) = path {
        head.uri = uri;
    }
    head.extensions.clear();
    if let Some(trace) = trace {
        head.extensions.insert(trace);
    }
    let bytes = match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        // A kind of body that a newer version of the library may bring.
        other => Bytes::copy_from_slice(&other),
    };
    Request::from_parts(head, bytes)
}

/// API Gateway may decode the path, and a contact's id may hold a slash or a percent sign; its parameters, put back in their
/// places, cannot be misread.
fn original_path(event: &lambda_http::Request) -> Option<Uri> {
    let RequestContext::ApiGatewayV2(context) = event.request_context_ref()? else { return None };
    let (_, template) = context.route_key.as_deref()?.split_once(' ')?;
    let parameters = event.path_parameters_ref()?;
    let mut path = String::new();
    for segment in template.strip_prefix('/')?.split('/') {
        path.push('/');
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            // A greedy parameter holds several segments: they are as they were.
            Some(name) if name.ends_with('+') => return None,
            Some(name) => path.push_str(&endpoint::encode(parameters.first(name)?)),
            None => path.push_str(segment),
        }
    }
    PathAndQuery::try_from(path).ok().map(Uri::from)
}

/// The root of Lambda's own trace, so that one search finds the request, the event and its delivery.
fn trace(event: &lambda_http::Request) -> Option<TraceId> {
    let context = event.lambda_context_ref()?;
    let header = context.xray_trace_id.as_deref()?;
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    Some(TraceId::new(root))
}

fn body(bytes: Bytes) -> Body {
    match String::from_utf8(bytes.into()) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    }
}
