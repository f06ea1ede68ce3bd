//! Requests that bend or break the rules of HTTP: each has at most one meaning, and none affects
//! more than its own connection.

use std::time::Duration;

use super::raw::{Raw, head, post, socket};
use crate::harness::{Harness, KEY};

const SILENCE: Duration = Duration::from_millis(700);
const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: b\r\n\r\n";
const EVENT: &str = r#"{"type":"session.started","id":"s-1","contact":{"id":"ana"}}"#;

/// The program's answer to these bytes, and whether it closed the connection.
async fn answer(harness: &Harness, bytes: Vec<u8>) -> (String, bool) {
    let socket = socket(harness);
    let asking = tokio::task::spawn_blocking(move || {
        let mut connection = Raw::open(&socket).expect("connected");
        connection.send(&bytes);
        let heard = connection.hear(SILENCE);
        (heard, connection.is_closed())
    });
    asking.await.expect("asked")
}

/// The statuses of the answers, in order.
fn statuses(heard: &str) -> Vec<&str> {
    heard.split("HTTP/1.").skip(1).filter_map(|answer| answer.get(2..5)).collect()
}

#[tokio::test]
async fn what_has_no_single_meaning_is_refused_and_ends_the_connection() {
    let harness = Harness::start().await;
    let with = |headers: &str, rest: &str| format!("{}{rest}{HEALTH}", head(headers));
    let cases = [
        ("two lengths", with("content-length: 2\r\ncontent-length: 3\r\n", "{}")),
        ("a signed length", with("content-length: +2\r\n", "{}")),
        ("a negative length", with("content-length: -2\r\n", "{}")),
        ("a length that is no number", with("content-length: 2x\r\n", "{}")),
        ("an unknown coding", with("transfer-encoding: xchunked\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        ("chunked, but not last", with("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n")),
        ("a size that is none", with("transfer-encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n")),
        (
            "a size beyond all sizes",
            with("transfer-encoding: chunked\r\n", "fffffffffffffffff\r\n"),
        ),
        ("a space before the colon", with("content-length : 2\r\n", "{}")),
        ("a folded header", with("x-more: a\r\n b: c\r\n", "")),
        ("a zero byte", with("x-more: a\0b\r\n", "")),
        ("a name that is none", with("x more: a\r\n", "")),
        ("no version", format!("GET /health\r\n\r\n{HEALTH}")),
        ("a bare carriage return", with("x-more: a\rb\r\n", "")),
        (
            "a bare line feed after the request line",
            "GET /health HTTP/1.1\nhost: b\r\n\r\n".to_owned(),
        ),
        ("a bare line feed after a header", with("x-more: a\n", "")),
        ("bare line feeds everywhere", HEALTH.replace("\r\n", "\n")),
        ("a bare line feed at the end", "GET /health HTTP/1.1\r\nhost: b\r\n\n".to_owned()),
        ("a bare line feed at the beginning", format!("\n{HEALTH}")),
        ("no host", "GET /health HTTP/1.1\r\n\r\n".to_owned()),
        ("two hosts", "GET /health HTTP/1.1\r\nhost: b\r\nhost: c\r\n\r\n".to_owned()),
        ("the same host twice", "GET /health HTTP/1.1\r\nhost: b\r\nHost: b\r\n\r\n".to_owned()),
        ("a host that is none", "GET /health HTTP/1.1\r\nhost: a b\r\n\r\n".to_owned()),
        (
            "chunked in HTTP/1.0",
            with("transfer-encoding: chunked\r\n", "0\r\n\r\n")
                .replace("HTTP/1.1\r\nhost: bridge", "HTTP/1.0\r\nhost: bridge"),
        ),
    ];
    for (name, request) in cases {
        let (heard, closed) = answer(&harness, request.into_bytes()).await;
        assert_eq!(statuses(&heard), ["400"], "{name}: {heard}");
        assert!(closed, "{name}");
    }
    harness.say("ana", "m-1", "Is anybody there?").await;
    harness.accepted("ana", 1).await;
    harness.end();
}

/// The length and the chunks give different ends of the body. The bytes after it must never be read
/// as a request.
#[tokio::test]
async fn a_request_inside_a_request_is_not_one() {
    let harness = Harness::start().await;
    let chunks = format!("{:x}\r\n{EVENT}\r\n0\r\n\r\n", EVENT.len());
    for headers in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "transfer-encoding: chunked\r\n",
    ] {
        let request = format!("{}{chunks}{HEALTH}", head(headers));
        let (heard, closed) = answer(&harness, request.into_bytes()).await;
        let statuses = statuses(&heard);
        assert!(statuses == ["202"] || statuses == ["400"], "{headers}: {heard}");
        assert!(closed, "{headers}");
    }
    harness.end();
}

#[tokio::test]
async fn heads_have_a_size() {
    let harness = Harness::start().await;
    let many = |count: usize| {
        let headers: String = (0..count).map(|number| format!("x-{number}: a\r\n")).collect();
        format!("GET /health HTTP/1.1\r\nhost: b\r\n{headers}\r\n")
    };
    let long = |length: usize| {
        format!("GET /health HTTP/1.1\r\nhost: b\r\nx-long: {}\r\n\r\n", "a".repeat(length))
    };
    let far = |length: usize| format!("GET /{} HTTP/1.1\r\nhost: b\r\n\r\n", "a".repeat(length));
    let cases = [
        (many(90), "200"),
        (many(101), "431"),
        (long(16_000), "200"),
        (long(32 * 1024 - 50), "200"),
        (long(32 * 1024), "431"),
        (long(40_000), "431"),
        (long(70_000), "431"),
        (long(5_000_000), "431"),
        (far(16_000), "404"),
        (far(40_000), "431"),
        (far(70_000), "431"),
        (far(5_000_000), "431"),
    ];
    for (request, status) in cases {
        let about = format!("{} bytes", request.len());
        let (heard, closed) = answer(&harness, request.into_bytes()).await;
        // A client that sends more than the server reads may see the closed connection before the
        // answer.
        let unheard = heard.is_empty() && about.len() > "70000 bytes".len();
        assert!(unheard || statuses(&heard) == [status], "{about}: {heard}");
        assert_eq!(closed, status == "431", "{about}");
    }
    harness.end();
}

#[tokio::test]
async fn what_is_unusual_and_allowed_is_understood() {
    let harness = Harness::start().await;
    let event = |number: usize| EVENT.replace("s-1", &format!("s-{number}"));
    let one = event(1);
    let expecting = head(&format!("content-length: {}\r\nexpect: 100-continue\r\n", one.len()));
    let old = String::from_utf8(post(&event(2))).expect("UTF-8").replace("HTTP/1.1", "HTTP/1.0");
    let pipelined = [post(&event(3)), HEALTH.into(), post(&event(4))].concat();
    let bytewise: String = event(5).chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
    let too_long = head("content-length: 2000000\r\nexpect: 100-continue\r\n");
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (format!("{expecting}{one}").into_bytes(), &["100", "202"]),
        // The server does not ask for the body, so the client need not send what would be refused.
        (too_long.into_bytes(), &["413"]),
        (old.into_bytes(), &["202"]),
        (pipelined, &["202", "200", "202"]),
        (format!("{}{bytewise}0\r\n\r\n", head("transfer-encoding: chunked\r\n")).into_bytes(), &["202"]),
        (b"GET http://elsewhere/health HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), &["200"]),
        (b"GET /lynn/support/conversations/%ff%fe HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), &["404"]),
        (b"GET /lynn/%2e%2e/health HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), &["404"]),
        (b"GET /lynn/support/conversations/%zz HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), &["401"]),
        (b"POST /lynn/support HTTP/1.1\r\nhost: b\r\nx-api-key: \xff\xfe\r\ncontent-length: 0\r\n\r\n".to_vec(), &["401"]),
        (b"POST /genesys/support HTTP/1.1\r\nhost: b\r\nx-hub-signature-256: sha256=\xff\r\ncontent-length: 0\r\n\r\n".to_vec(), &["401"]),
        (b"BREW /health HTTP/1.1\r\nhost: b\r\n\r\n".to_vec(), &["405"]),
    ];
    for (request, expected) in cases {
        let about = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
        let (heard, _) = answer(&harness, request).await;
        assert_eq!(statuses(&heard), expected, "{about}\n{heard}");
    }
    harness.end();
}

/// In pieces, as a network delivers them, and after a valid request.
#[tokio::test]
async fn a_bare_line_feed_is_refused_wherever_it_comes() {
    let harness = Harness::start().await;
    for pieces in [
        vec!["GET /health HTTP/1.1\r\n", "host: b\n\n"],
        vec!["GET /health HTTP/1.1\r\nhost: b\r", "\n", "\n"],
        vec![HEALTH, HEALTH, "GET /health HTTP/1.1\r\nhost: b\n\r\n"],
    ] {
        let socket = socket(&harness);
        let sent = pieces.concat();
        let asking = tokio::task::spawn_blocking(move || {
            let mut connection = Raw::open(&socket).expect("connected");
            for piece in pieces {
                connection.send(piece.as_bytes());
                std::thread::sleep(Duration::from_millis(50));
            }
            connection.hear(SILENCE)
        });
        let heard = asking.await.expect("asked");
        let statuses = statuses(&heard);
        assert_eq!(statuses.last(), Some(&"400"), "{sent:?}: {heard}");
        assert!(statuses[..statuses.len() - 1].iter().all(|status| *status == "200"), "{heard}");
    }
    // Line feeds outside a head are allowed.
    harness.say("ana", "m-1", "one\ntwo\n\nthree").await;
    assert_eq!(harness.accepted("ana", 1).await[0]["text"], "one\ntwo\n\nthree");
    harness.end();
}

/// A client may close its sending half and still read the answer.
#[tokio::test]
async fn who_has_said_everything_is_answered() {
    let harness = Harness::start().await;
    let get = |path: &str| {
        format!("GET {path} HTTP/1.1\r\nhost: b\r\nx-api-key: {KEY}\r\n\r\n").into_bytes()
    };
    let large = post(&"x".repeat(300_000));
    let cases: Vec<(Vec<u8>, &[&str])> = vec![
        (get("/health"), &["200"]),
        (get("/ready"), &["200"]),
        (get("/openapi.yaml"), &["200"]),
        (get("/lynn/support/conversations/nobody"), &["404"]),
        (get("/nowhere"), &["404"]),
        (post(EVENT), &["202"]),
        (
            b"POST /genesys/support HTTP/1.1\r\nhost: b\r\ncontent-length: 2\r\n\r\n{}".to_vec(),
            &["401"],
        ),
        (
            format!("{}2\r\n{{}}\r\n0\r\n\r\n", head("transfer-encoding: chunked\r\n"))
                .into_bytes(),
            &["400"],
        ),
        (large, &["413"]),
        (
            [post(&EVENT.replace("s-1", "s-2")), get("/health"), get("/nowhere")].concat(),
            &["202", "200", "404"],
        ),
        // An incomplete request is not answered as a complete one.
        (head("content-length: 10\r\n").into_bytes(), &["400"]),
        (b"GET /health HTTP/1.1\r\nho".to_vec(), &[]),
    ];
    for (request, expected) in cases {
        let about = String::from_utf8_lossy(&request[..request.len().min(80)]).into_owned();
        let socket = socket(&harness);
        let asking = tokio::task::spawn_blocking(move || {
            let mut connection = Raw::open(&socket).expect("connected");
            connection.send(&request);
            connection.says_no_more();
            let heard = connection.hear(Duration::from_secs(10));
            (heard, connection.is_closed())
        });
        let (heard, closed) = asking.await.expect("asked");
        assert_eq!(statuses(&heard), expected, "{about}: {heard}");
        assert!(closed, "{about}");
        let bodies = heard.matches("content-length: ").count();
        assert!(bodies >= expected.len() || expected == ["400"], "{about}: {heard}");
    }
    harness.end();
}
