//! Who is not answered: another host, another origin, a caller without the key, and who wants to
//! change something while the console only looks.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use reqwest::Method;
use serde_json::json;
use tempfile::TempDir;

use super::running::Console;
use crate::command::run;
use crate::harness::Harness;

const ROUTES: [&str; 12] = [
    "GET /",
    "GET /page/main.js",
    "GET /api/about",
    "GET /api/events",
    "GET /api/waiting",
    "GET /api/conversations",
    "GET /api/dead-letters",
    "GET /api/causes",
    "GET /api/audit",
    "POST /api/show",
    "POST /api/redrive/plan",
    "POST /api/redrive/start",
];

/// The status of a request's answer.
fn asked(console: &Console, route: &str, host: &str, more: &str) -> String {
    let address = console.page.strip_prefix("http://").expect("an address");
    let mut connection = TcpStream::connect(address).expect("it listens");
    write!(
        connection,
        "{route} HTTP/1.1\r\nhost: {host}\r\n{more}content-type: application/json\r\n\
         content-length: 2\r\nconnection: close\r\n\r\n{{}}"
    )
    .expect("sent");
    let mut status = [0; 12];
    connection.read_exact(&mut status).expect("an answer");
    String::from_utf8_lossy(&status[9..]).into_owned()
}

#[tokio::test]
async fn another_host_or_origin_or_no_key_is_refused_on_every_route() {
    let harness = Harness::start().await;
    let console = Console::on(&harness.data_directory(), &[]);
    let own = console.page.strip_prefix("http://").expect("an address").to_owned();
    let (_, port) = own.rsplit_once(':').expect("a port");
    let key = format!("x-console-key: {}\r\n", console.key);
    for route in ROUTES {
        for host in [format!("evil.example:{port}"), "localhost:1".to_owned()] {
            assert_eq!(asked(&console, route, &host, &key), "403", "{route} {host}");
        }
        for origin in ["http://evil.example", "null"] {
            let more = format!("{key}origin: {origin}\r\n");
            assert_eq!(asked(&console, route, &own, &more), "403", "{route} {origin}");
        }
        let is_file = !route.contains("/api/");
        let expected = if is_file { "200" } else { "401" };
        assert_eq!(asked(&console, route, &own, ""), expected, "{route}");
        let wrong = "x-console-key: 0123456789abcdef0123456789abcdef\r\n";
        assert_eq!(asked(&console, route, &own, wrong), expected, "{route}");
        // With both, it is answered, if only that the body is wrong.
        let answered = asked(&console, route, &own, &format!("{key}origin: http://{own}\r\n"));
        assert!(
            !["401", "403"].contains(&answered.as_str()) || route.ends_with("start"),
            "{route}"
        );
    }
    harness.end();
}

#[tokio::test]
async fn the_page_is_strict() {
    let harness = Harness::start().await;
    let console = Console::on(&harness.data_directory(), &[]);
    for path in ["/", "/page/main.js", "/page/base.css", "/api/about", "/nowhere"] {
        let answer = console.send(Method::GET, path, None).await;
        let policy = answer.headers()["content-security-policy"].to_str().expect("ASCII");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    }
    // A form of a foreign page can send no JSON.
    let request = console.client.post(format!("{}/api/show", console.page));
    let request = request.header("x-console-key", &console.key);
    let answer = request.header("content-type", "text/plain").body("{}").send().await;
    assert_eq!(answer.expect("an answer").status(), 415);
    let answer = console.send(Method::DELETE, "/api/show", None).await;
    assert_eq!(answer.status(), 405);
    harness.end();
}

#[tokio::test]
async fn without_permission_it_only_looks() {
    let harness = Harness::start().await;
    super::refused(&harness, "ana", "m-1", "Hello").await;
    let console = Console::on(&harness.data_directory(), &[]);
    assert!(console.program.printed.iter().any(|line| line.contains("--allow-redrive")));
    assert_eq!(console.get("/api/about").await["allowRedrive"], false);
    // A dry run changes nothing, so that it is allowed.
    let plan = console.post("/api/redrive/plan", json!({})).await;
    assert_eq!((&plan["count"], &plan["allowed"]), (&json!(1), &json!(false)));
    let start = json!({ "plan": plan["plan"], "count": 1 });
    let answer = console.refused("/api/redrive/start", start, 403).await;
    assert!(answer["detail"].as_str().expect("words").contains("--allow-redrive"), "{answer}");
    assert_eq!(console.get("/api/causes").await["all"], 1);
    assert!(console.audit().await.is_empty());
    // It has left nothing behind.
    assert!(!harness.data_directory().join("console-audit.jsonl").exists());
    assert_eq!(console.program.end(), Some(0));
    harness.end();
}

#[tokio::test]
async fn it_listens_on_this_machine_and_needs_a_bridge() {
    let folder = TempDir::new().expect("a folder");
    let data = folder.path().to_str().expect("UTF-8");
    let open = ["console", "--data", data, "--listen", "0.0.0.0:0"];
    let said = run(&open, &[]).await.bad(2);
    assert!(said.contains("loopback"), "{said}");
    let said = run(&["console"], &[]).await.bad(2);
    assert!(said.contains("--stack, --data and --config"), "{said}");
    let said = run(&["console", "--data", data], &[]).await.bad(1);
    assert!(said.contains(data), "{said}");
}
