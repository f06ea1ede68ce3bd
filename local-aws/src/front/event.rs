//! Turns a request into the event for a function, by payload format 2.0.

use std::collections::BTreeMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, USER_AGENT};
use http::{HeaderMap, Request};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::routes::RouteMatch;

/// The id of the API in an event; it has no meaning here.
const API: &str = "local";
/// The account of the emulator.
const ACCOUNT: &str = "000000000000";

/// The data of an event that the request itself does not contain.
#[derive(Clone, Debug)]
pub struct Caller {
    pub address: IpAddr,
    /// The time of the request.
    pub time: OffsetDateTime,
    /// The id of the request.
    pub request: String,
}

/// The path as API Gateway passes it on: decoded, and cut at an encoded `?`. This is not
/// documented; users of HTTP APIs have observed it. (A function URL keeps the path unchanged.)
pub fn raw_path(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
    decoded.split('?').next().unwrap_or_default().to_owned()
}

pub fn of(request: &Request<Bytes>, path: &str, route: &RouteMatch<'_>, caller: &Caller) -> Value {
    let headers = request.headers();
    let query = request.uri().query().unwrap_or_default();
    let (body, encoded) = body(headers, request.body());
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.key(),
        "rawPath": path,
        "rawQueryString": query,
        "headers": joined(headers, caller),
        "requestContext": context(request, path, route, caller),
        "isBase64Encoded": encoded,
    });
    let mut add = |name: &str, value: Value| {
        event[name] = value;
    };
    let cookies = cookies(headers);
    if !cookies.is_empty() {
        add("cookies", json!(cookies));
    }
    let parameters = parameters(query);
    if !parameters.is_empty() {
        add("queryStringParameters", json!(parameters));
    }
    if !route.variables.is_empty() {
        add("pathParameters", json!(route.variables));
    }
    if let Some(body) = body {
        add("body", json!(body));
    }
    event
}

fn context(request: &Request<Bytes>, path: &str, route: &RouteMatch<'_>, caller: &Caller) -> Value {
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let format =
        format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");
    let milliseconds = caller.time.unix_timestamp_nanos() / 1_000_000;
    json!({
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": host,
        "domainPrefix": host.split('.').next(),
        "http": {
            "method": request.method().as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": caller.address.to_string(),
            "userAgent": agent.unwrap_or_default(),
        },
        "requestId": caller.request,
        "routeKey": route.key(),
        "stage": "$default",
        "time": caller.time.format(format).unwrap_or_default(),
        "timeEpoch": i64::try_from(milliseconds).unwrap_or_default(),
    })
}

/// Header names in lower case; several values of one name are joined by commas; without cookies.
fn joined(headers: &HeaderMap, caller: &Caller) -> BTreeMap<String, String> {
    let mut joined: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers.iter().filter(|(name, _)| **name != COOKIE) {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.as_str().to_owned())
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert_with(|| value.into_owned());
    }
    joined.insert("x-forwarded-for".to_owned(), caller.address.to_string());
    joined.insert("x-forwarded-proto".to_owned(), "http".to_owned());
    joined
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(COOKIE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines
        .flat_map(|line| line.split(';').map(|part| part.trim().to_owned()).collect::<Vec<_>>())
        .collect()
}

/// Decoded parameters; several values of one name are joined by commas.
fn parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let value = decoded(value);
        parameters
            .entry(decoded(name))
            .and_modify(|before| {
                before.push(',');
                before.push_str(&value);
            })
            .or_insert(value);
    }
    parameters
}

/// The body, and whether it is in base64. Which types count as text is not documented: this list is
/// what users have observed, and a body without a type is not text. Bytes that are not UTF-8 are
/// kept intact in base64.
fn body(headers: &HeaderMap, body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(body) {
        Ok(text) if is_text(headers) => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"]
            .contains(&kind.as_str())
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use bytes::Bytes;
    use http::Request;
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::{Caller, of, raw_path};
    use crate::front::routes::Routes;

    const TEMPLATE: &str = "
Resources:
  Lynn:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Post: {Type: HttpApi, Properties: {Method: POST, Path: '/lynn/{integration}'}}
        Health: {Type: HttpApi, Properties: {Method: GET, Path: /health}}
";

    fn event(request: Request<Bytes>) -> Value {
        let routes = Routes::read(TEMPLATE).unwrap();
        let path = raw_path(request.uri().path());
        let route = routes.find(request.method(), &path).unwrap();
        let caller = Caller {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            time: datetime!(2026-03-12 19:03:58 UTC),
            request: "id".to_owned(),
        };
        of(&request, &path, &route, &caller)
    }

    fn post(kind: Option<&str>, body: &'static [u8]) -> Value {
        let mut request = Request::post("/lynn/support");
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        event(request.body(Bytes::from_static(body)).unwrap())
    }

    #[test]
    fn an_event_has_every_field_of_the_documentation() {
        let request =
            Request::post("/lynn/sup%20port?parameter1=value1&parameter1=value2&parameter2=a%20b")
                .header("Host", "id.execute-api.us-east-1.amazonaws.com")
                .header("Header1", "value1")
                .header("Header2", "value1")
                .header("Header2", "value2")
                .header("Cookie", "cookie1=a; cookie2=b")
                .header("User-Agent", "agent")
                .header("Content-Type", "application/json; charset=utf-8")
                .body(Bytes::from_static(b"{}"))
                .unwrap();
        let expected = json!({
            "version": "2.0",
            "routeKey": "POST /lynn/{integration}",
            "rawPath": "/lynn/sup port",
            "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b",
            "cookies": ["cookie1=a", "cookie2=b"],
            "headers": {
                "host": "id.execute-api.us-east-1.amazonaws.com",
                "header1": "value1", "header2": "value1,value2", "user-agent": "agent",
                "content-type": "application/json; charset=utf-8",
                "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
            "queryStringParameters": { "parameter1": "value1,value2", "parameter2": "a b" },
            "requestContext": {
                "accountId": "000000000000", "apiId": "local",
                "domainName": "id.execute-api.us-east-1.amazonaws.com", "domainPrefix": "id",
                "http": {
                    "method": "POST", "path": "/lynn/sup port", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "agent" },
                "requestId": "id", "routeKey": "POST /lynn/{integration}", "stage": "$default",
                "time": "12/Mar/2026:19:03:58 +0000", "timeEpoch": 1_773_342_238_000_i64 },
            "body": "{}",
            "pathParameters": { "integration": "sup port" },
            "isBase64Encoded": false,
        });
        assert_eq!(event(request), expected);
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let event = event(Request::get("/health").body(Bytes::new()).unwrap());
        for absent in ["body", "cookies", "queryStringParameters", "pathParameters"] {
            assert_eq!(event.get(absent), None, "{absent}");
        }
        assert_eq!(event["rawQueryString"], "");
    }

    #[test]
    fn only_text_travels_as_text() {
        for kind in
            ["text/plain", "application/json", "Application/JSON; charset=utf-8", "application/xml"]
        {
            assert_eq!(post(Some(kind), b"a")["isBase64Encoded"], false, "{kind}");
        }
        for kind in [
            "application/octet-stream",
            "application/problem+json",
            "application/x-www-form-urlencoded",
        ] {
            assert_eq!(post(Some(kind), b"a")["isBase64Encoded"], true, "{kind}");
        }
        assert_eq!(post(None, b"a")["body"], "YQ==");
        assert_eq!(post(Some("application/json"), b"\xff")["body"], "/w==");
    }

    #[test]
    fn the_path_is_decoded_and_cut_at_an_encoded_question_mark() {
        assert_eq!(raw_path("/a%2Fb%20c/%C3%A9"), "/a/b c/é");
        assert_eq!(raw_path("/a%3Fb/c"), "/a");
    }
}
