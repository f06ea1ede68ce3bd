//! Runs an endpoint as a Lambda function behind an API Gateway HTTP API, or behind a function URL,
//! whose events have the same format.
//!
//! Rule: the handler gets the bytes as the caller sent them, whatever encoding carried them,
//! because the signature covers these bytes.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri};
use lambda_http::request::{LambdaRequest, RequestContext};
use lambda_http::{
    Adapter, Body, Error, LambdaEvent, RequestExt, Service, lambda_runtime, service_fn,
};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use shared::endpoint;
use shared::ids::TraceId;
use shared::problem;
use shared::refusal::Network;

use super::events::traced;
use super::traces;

/// Characters that the query of a URL must not contain. Source: the grammar of the crate `http`.
const NOT_IN_A_QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');

/// How long an endpoint works on a request. Lambda ends the function after 10 s, and Genesys stops
/// waiting after 10 s as well. An ended function cannot answer, so the endpoint tells the caller to
/// retry before that.
const LONGEST: Duration = Duration::from_secs(8);

/// Runs an endpoint until Lambda ends the process.
pub async fn answer<H, F>(handle: H) -> Result<(), Error>
where
    H: Fn(Request<Bytes>) -> F + Send + Sync,
    F: Future<Output = Response<Bytes>> + Send,
{
    let handle = &handle;
    let adapter = Adapter::from(service_fn(move |event: lambda_http::Request| async move {
        let only_head = event.method() == Method::HEAD;
        let answer = within(LONGEST, handle(request(event))).await;
        Ok::<_, Error>(answer.map(|bytes| body(if only_head { Bytes::new() } else { bytes })))
    }));
    let serve = |event: LambdaEvent<LambdaRequest>| {
        let call = adapter.clone().call(LambdaEvent { payload: readable(event.payload), ..event });
        async move {
            let answer = call.await;
            traces::flush().await;
            answer
        }
    };
    lambda_runtime::run(service_fn(serve)).await
}

/// Returns the answer, or 503 if there was none in time. The caller then sends the request again:
/// an event that is not yet stored is stored then, and an event that was stored is recognised as a
/// repeat.
async fn within(
    longest: Duration,
    answer: impl Future<Output = Response<Bytes>>,
) -> Response<Bytes> {
    match tokio::time::timeout(longest, answer).await {
        Ok(answer) => answer,
        Err(_) => {
            tracing::error!(
                event.name = "out_of_time",
                "A request was not answered in time; the answer asks its caller to send it again."
            );
            problem::out_of_time()
        }
    }
}

/// The HTTP request in an event of API Gateway.
///
/// # Errors
///
/// `event` is not an event of API Gateway.
pub fn http_request(event: &[u8]) -> Result<Request<Bytes>, Error> {
    let event: LambdaRequest = serde_json::from_slice(event)?;
    Ok(request(readable(event).into()))
}

/// Encodes characters that a query must not contain: `lambda_http` panics on an invalid query, and
/// API Gateway passes on a stranger's query as it was sent.
fn readable(event: LambdaRequest) -> LambdaRequest {
    let LambdaRequest::ApiGatewayV2(mut event) = event else { return event };
    event.raw_query_string =
        event.raw_query_string.map(|query| utf8_percent_encode(&query, NOT_IN_A_QUERY).to_string());
    LambdaRequest::ApiGatewayV2(event)
}

/// The request for the handler, with the caller's trace and network as extensions.
fn request(event: lambda_http::Request) -> Request<Bytes> {
    let (path, trace, network) = (original_path(&event), trace(&event), network(&event));
    let (mut head, body) = event.into_parts();
    if let Some(uri) = path {
        head.uri = uri;
    }
    head.extensions.clear();
    if let Some(trace) = trace {
        head.extensions.insert(trace);
    }
    if let Some(network) = network {
        head.extensions.insert(network);
    }
    let bytes = match body {
        Body::Empty => Bytes::new(),
        Body::Text(text) => Bytes::from(text),
        Body::Binary(bytes) => Bytes::from(bytes),
        // A kind of body that a newer version of the library may add.
        other => Bytes::copy_from_slice(&other),
    };
    Request::from_parts(head, bytes)
}

/// Rebuilds the path from the route's template and the parameters, each encoded again.
///
/// API Gateway decodes the path, as its users report, and a contact's id may contain a percent sign
/// or a space; the rebuilt path cannot be misread. API Gateway also cuts the path at a question
/// mark that it has decoded, before any function sees it
/// (<https://github.com/hotsock/voker/pull/8>). So a caller encodes a question mark twice, `%253F`;
/// the `%3F` that remains here is read as a question mark.
fn original_path(event: &lambda_http::Request) -> Option<Uri> {
    let RequestContext::ApiGatewayV2(context) = event.request_context_ref()? else { return None };
    let (_, template) = context.route_key.as_deref()?.split_once(' ')?;
    let parameters = event.path_parameters_ref()?;
    let mut path = String::new();
    for segment in template.strip_prefix('/')?.split('/') {
        path.push('/');
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => {
                // A greedy parameter (`{name+}`) contains several segments.
                let value = parameters.first(name.trim_end_matches('+'))?;
                let value = value.replace("%3F", "?").replace("%3f", "?");
                let segments: Vec<String> = value.split('/').map(endpoint::encode).collect();
                path.push_str(&segments.join(if name.ends_with('+') { "/" } else { "%2F" }));
            }
            None => path.push_str(segment),
        }
    }
    if let Some(query) = event.uri().query() {
        path.push('?');
        path.push_str(query);
    }
    PathAndQuery::try_from(path).ok().map(Uri::from)
}

/// The network of the caller, as API Gateway reports it.
fn network(event: &lambda_http::Request) -> Option<Network> {
    let RequestContext::ApiGatewayV2(context) = event.request_context_ref()? else { return None };
    context.http.source_ip.as_deref()?.parse().ok().map(Network::of)
}

fn trace(event: &lambda_http::Request) -> Option<TraceId> {
    event.lambda_context_ref().and_then(traced)
}

fn body(bytes: Bytes) -> Body {
    match String::from_utf8(bytes.into()) {
        Ok(text) if text.is_empty() => Body::Empty,
        Ok(text) => Body::Text(text),
        Err(error) => Body::Binary(error.into_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_to_come_again() {
        let longest = Duration::from_millis(10);
        let answer = within(longest, std::future::pending()).await;
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.headers()["retry-after"], "5");
        let quick = within(longest, async { Response::new(Bytes::new()) }).await;
        assert_eq!(quick.status(), 200);
    }

    fn event(change: impl FnOnce(&mut Value)) -> Request<Bytes> {
        let mut event = json!({
            "version": "2.0",
            "routeKey": "POST /lynn/{integration}",
            "rawPath": "/lynn/support",
            "rawQueryString": "",
            "headers": { "content-type": "application/json", "x-api-key": "key", "host": "api.example.com" },
            "requestContext": {
                "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "domainPrefix": "api",
                "http": { "method": "POST", "path": "/lynn/support", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "Lynn" },
                "requestId": "id", "routeKey": "POST /lynn/{integration}", "stage": "$default",
                "time": "22/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_341_600_000_i64,
            },
            "pathParameters": { "integration": "support" },
            "body": "{\"text\":\"\u{fffd}¿Qué?\"}",
            "isBase64Encoded": false,
        });
        change(&mut event);
        http_request(event.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_handler_gets_what_was_sent() {
        let request = event(|_| {});
        assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/lynn/support"));
        assert_eq!(request.headers()["x-api-key"], "key");
        assert_eq!(request.body(), "{\"text\":\"\u{fffd}¿Qué?\"}".as_bytes());
    }

    #[test]
    fn an_encoded_body_is_the_same_bytes() {
        let request = event(|event| {
            event["body"] = json!("/wD+e30=");
            event["isBase64Encoded"] = json!(true);
        });
        assert_eq!(request.body().as_ref(), [0xff, 0x00, 0xfe, b'{', b'}']);
        assert!(event(|event| event["body"] = Value::Null).body().is_empty());
    }

    #[test]
    fn a_contact_with_a_slash_stays_one_part_of_the_path() {
        let key = "GET /lynn/{integration}/conversations/{contactId}";
        let request = event(|event| {
            event["routeKey"] = json!(key);
            event["requestContext"]["routeKey"] = json!(key);
            event["rawPath"] = json!("/lynn/support/conversations/a/b% ü");
            event["pathParameters"] = json!({ "integration": "support", "contactId": "a/b% ü" });
        });
        let segments = endpoint::segments(request.uri().path()).unwrap();
        assert_eq!(segments, ["lynn", "support", "conversations", "a/b% ü"]);
    }

    /// API Gateway passes `…/conversations/what%253F` as `what%3F`; an emulator that does not cut
    /// the path passes `…/what%3F` as `what?`.
    #[test]
    fn a_contact_with_a_question_mark_can_be_asked_for() {
        let key = "GET /lynn/{integration}/conversations/{contactId}";
        for (path, contact) in [("what%3Fnow", "what%3Fnow"), ("what?now", "what?now")] {
            let request = event(|event| {
                event["routeKey"] = json!(key);
                event["requestContext"]["routeKey"] = json!(key);
                event["rawPath"] = json!(format!("/lynn/support/conversations/{path}"));
                event["pathParameters"] = json!({ "integration": "support", "contactId": contact });
            });
            let segments = endpoint::segments(request.uri().path()).unwrap();
            assert_eq!(segments, ["lynn", "support", "conversations", "what?now"], "{path}");
        }
    }

    #[test]
    fn a_query_stays() {
        let key = "ANY /media/{integration}/{key}";
        let request = event(|event| {
            event["routeKey"] = json!(key);
            event["requestContext"]["routeKey"] = json!(key);
            event["rawPath"] = json!("/media/support/k");
            event["rawQueryString"] = json!("expires=1&signature=a-_");
            event["pathParameters"] = json!({ "integration": "support", "key": "k" });
        });
        assert_eq!(request.uri(), "/media/support/k?expires=1&signature=a-_");
    }

    #[test]
    fn a_path_without_a_route_of_its_own_keeps_its_segments() {
        for key in ["$default", "ANY /lynn/{proxy+}"] {
            let request = event(|event| {
                event["requestContext"]["routeKey"] = json!(key);
                event["rawPath"] = json!("/lynn/support/what");
                event["pathParameters"] = json!({ "proxy": "support/what" });
            });
            assert_eq!(request.uri().path(), "/lynn/support/what");
        }
        let request = event(|event| {
            event["requestContext"]["routeKey"] = json!("ANY /lynn/{proxy+}");
            event["rawPath"] = json!("/lynn/support/conversations/a b/100%2F?");
            event["pathParameters"] = json!({ "proxy": "support/conversations/a b/100%2F?" });
        });
        let segments = endpoint::segments(request.uri().path()).unwrap();
        assert_eq!(segments, ["lynn", "support", "conversations", "a b", "100%2F?"]);
    }

    /// An event as Lambda's documentation shows it for a function URL.
    #[test]
    fn a_function_url_brings_the_same_request() {
        let event = include_str!("../../../events/function-url.json");
        let request = http_request(event.as_bytes()).unwrap();
        let path = request.uri().path_and_query().unwrap().as_str();
        assert_eq!((request.method().as_str(), path), ("POST", "/lynn/support?topic=a%20b"));
        assert_eq!(request.headers()["x-api-key"], "key");
        assert_eq!(request.body(), r#"{"type":"session.started"}"#.as_bytes());
        let network = request.extensions().get::<Network>().unwrap();
        assert_eq!(network.to_string(), Network::of("192.0.2.1".parse().unwrap()).to_string());
        let mut event: Value = serde_json::from_str(event).unwrap();
        event["rawPath"] = json!("/lynn/support/conversations/a%2Fb%3F");
        let request = http_request(event.to_string().as_bytes()).unwrap();
        let segments = endpoint::segments(request.uri().path()).unwrap();
        assert_eq!(segments, ["lynn", "support", "conversations", "a/b?"]);
    }

    #[test]
    fn an_answer_is_text_where_it_can_be() {
        assert_eq!(body(Bytes::new()), Body::Empty);
        assert_eq!(body(Bytes::from("{}")), Body::Text("{}".to_owned()));
        assert_eq!(body(Bytes::from_static(&[0xff])), Body::Binary(vec![0xff]));
    }
}
