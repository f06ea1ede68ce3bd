//! `bridge health`, with which the image asks itself.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use reqwest::Method;

use crate::command::run;
use crate::harness::Harness;

#[tokio::test]
async fn a_bridge_that_works_is_healthy() {
    let harness = Harness::start().await;
    let request = harness.request(Method::GET, "/").build().expect("a request");
    let with_slash = request.url().as_str();
    for url in [with_slash, with_slash.trim_end_matches('/')] {
        let health = run(&["health", "--url", url], &[]).await.json();
        assert_eq!(health["status"], "ok", "{health}");
    }
    harness.end();
}

#[tokio::test]
async fn an_address_where_nothing_listens_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let said = run(&["health", "--url", &format!("http://{address}")], &[]).await.bad(1);
    assert!(said.contains("is the bridge running there?"), "{said}");
}

#[tokio::test]
async fn another_answer_than_200_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let other = std::thread::spawn(move || {
        let (mut caller, _) = listener.accept().expect("a caller");
        let mut asked = [0; 1024];
        let read = caller.read(&mut asked).expect("a request");
        caller
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")
            .expect("an answer");
        String::from_utf8_lossy(&asked[..read]).into_owned()
    });
    let said = run(&["health", "--url", &url], &[]).await.bad(1);
    assert!(said.contains("503"), "{said}");
    assert!(other.join().expect("no panic").starts_with("GET /health "));
}
