//! Learns that Lambda is about to end the process.
//!
//! Rule: Lambda sends SIGTERM only to a function with an extension. So the function registers one
//! that asks for no events: it costs one local call at the start and delays no invocation.
//!
//! Source: AWS, "Lambda Extensions API" and "Graceful shutdown with AWS Lambda".

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use shared::ports::{Vendor as _, VendorRequest};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::environment::Environment;
use super::plain_http::Plain;

const NAME: HeaderName = HeaderName::from_static("lambda-extension-name");
const IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-identifier");
/// The longest wait for Lambda's own interface, at the start.
const PATIENCE: Duration = Duration::from_millis(500);
/// The extension's request for events is never answered.
const EVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// The signal before the end of the process; `None` where none will come, as on an emulator.
pub(super) async fn announced(function: &'static str) -> Option<Signal> {
    let api = Environment::of_lambda("AWS_LAMBDA_RUNTIME_API")?;
    announced_by(&api, function).await
}

async fn announced_by(api: &str, function: &'static str) -> Option<Signal> {
    let url = |path: &str| format!("http://{api}/2020-01-01/extension/{path}");
    let request = VendorRequest {
        method: Method::POST,
        url: url("register"),
        headers: HeaderMap::from_iter([(NAME, HeaderValue::from_static(function))]),
        body: Bytes::from_static(br#"{"events":[]}"#),
        timeout: PATIENCE,
    };
    let answer = Plain.call(request).await.ok().filter(|answer| answer.status == 200)?;
    let identifier = answer.headers.get(IDENTIFIER)?.clone();
    let signal = signal(SignalKind::terminate()).ok()?;
    // Lambda counts an extension as started when it asks for its next event.
    let next = VendorRequest {
        method: Method::GET,
        url: url("event/next"),
        headers: HeaderMap::from_iter([(IDENTIFIER, identifier)]),
        body: Bytes::new(),
        timeout: EVER,
    };
    tokio::spawn(async move { Plain.call(next).await });
    Some(signal)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn read(stream: &mut TcpStream) -> String {
        let mut head = String::new();
        while !head.contains("\r\n\r\n") {
            let mut piece = [0; 1024];
            let length = stream.read(&mut piece).await.unwrap();
            head.push_str(std::str::from_utf8(&piece[..length]).unwrap());
        }
        head
    }

    #[tokio::test]
    async fn an_extension_without_events_is_registered_and_started() {
        let lambda = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = lambda.local_addr().unwrap().to_string();
        let asked = tokio::spawn(async move {
            let (mut stream, _) = lambda.accept().await.unwrap();
            let register = read(&mut stream).await;
            let answer =
                "HTTP/1.1 200 OK\r\nlambda-extension-identifier: 7\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
            let (mut stream, _) = lambda.accept().await.unwrap();
            (register, read(&mut stream).await)
        });
        assert!(announced_by(&api, "tested").await.is_some());
        let (register, next) = asked.await.unwrap();
        assert!(register.starts_with("POST /2020-01-01/extension/register "), "{register}");
        assert!(register.contains("lambda-extension-name: tested"), "{register}");
        assert!(next.starts_with("GET /2020-01-01/extension/event/next "), "{next}");
        assert!(next.contains("lambda-extension-identifier: 7"), "{next}");
    }

    #[tokio::test]
    async fn where_no_extension_is_taken_no_end_is_announced() {
        let emulator = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let api = emulator.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = emulator.accept().await.unwrap();
            read(&mut stream).await;
            let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        assert!(announced_by(&api, "tested").await.is_none());
    }
}
