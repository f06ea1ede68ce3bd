//! `bridge local` and `bridge demo` as a new user runs them: the addresses on which they listen,
//! and the files that they leave.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::process::PROGRAM;

mod browser;
mod contract;
mod found;
mod hybrid;
mod running;
mod scenarios;
mod traffic;

/// Starts a command whose temporary files go to `folder`; also returns the first line that contains
/// `word`.
fn started(arguments: &[&str], folder: &Path, word: &str) -> (Child, String) {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).env("TMPDIR", folder).env_remove("RUST_LOG");
    command.env("XDG_RUNTIME_DIR", folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let line = lines.find_map(|line| line.ok().filter(|line| line.contains(word)));
    // Reads the rest of the output; otherwise the program would find a closed pipe.
    std::thread::spawn(move || lines.for_each(drop));
    (child, line.expect("it says so"))
}

fn signalled(mut child: Child, signal: &str) -> Option<i32> {
    let id = child.id().to_string();
    let sent = Command::new("kill").args([signal, &id]).status().expect("kill");
    assert!(sent.success());
    child.wait().expect("it ends").code()
}

fn left_in(folder: &TempDir) -> usize {
    std::fs::read_dir(folder.path()).expect("a folder").count()
}

const FREE: [&str; 3] = ["local", "--listen", "127.0.0.1:0"];

#[test]
fn the_end_of_the_terminal_leaves_nothing_behind() {
    for signal in ["-HUP", "-INT", "-TERM"] {
        let folder = TempDir::new().expect("a folder");
        let (child, _) = started(&FREE, folder.path(), "The page");
        assert_ne!(left_in(&folder), 0);
        assert_eq!(signalled(child, signal), Some(0), "{signal}");
        assert_eq!(left_in(&folder), 0, "{signal}");
    }
}

#[test]
fn a_demonstration_that_is_broken_off_leaves_nothing_behind() {
    for signal in ["-HUP", "-INT"] {
        let folder = TempDir::new().expect("a folder");
        let (child, _) = started(&["demo"], folder.path(), " 2. ");
        assert_ne!(left_in(&folder), 0);
        assert_eq!(signalled(child, signal), Some(1), "{signal}");
        assert_eq!(left_in(&folder), 0, "{signal}");
    }
}

#[test]
fn an_address_that_was_asked_for_and_is_taken_is_a_failure() {
    let folder = TempDir::new().expect("a folder");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let mut command = Command::new(PROGRAM);
    let recording = folder.path().join("story.json");
    command.args(["local", "--listen", &address, "--record"]).arg(&recording);
    command.env("TMPDIR", folder.path()).env("XDG_RUNTIME_DIR", folder.path());
    let ended = command.output().expect("the program starts");
    let said = String::from_utf8(ended.stderr).expect("UTF-8");
    assert_eq!(ended.status.code(), Some(1), "{said}");
    let expected = format!("listen on {address}; is another program using it?");
    assert!(said.contains(&expected), "{said}");
    assert_eq!(said.lines().count(), 1, "no line about its data, which are gone: {said}");
    assert!(ended.stdout.is_empty());
    assert_eq!(left_in(&folder), 0, "no recording either");
}

#[test]
fn the_page_answers_whoever_only_asks_whether_it_is_there() {
    let folder = TempDir::new().expect("a folder");
    let (child, line) = started(&FREE, folder.path(), "The page");
    let (_, address) = line.split_once("http://").expect("an address");
    let mut connection = TcpStream::connect(address).expect("it listens");
    write!(connection, "HEAD / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    signalled(child, "-TERM");
}

#[test]
fn the_page_answers_nobody_who_means_another_host() {
    let folder = TempDir::new().expect("a folder");
    let (child, line) = started(&FREE, folder.path(), "The page");
    let (_, address) = line.split_once("http://").expect("an address");
    let (_, port) = address.rsplit_once(':').expect("a port");
    let ask = |request: &str, host: &str, more: &str| {
        let mut connection = TcpStream::connect(address).expect("it listens");
        let body = r#"{"act":{"by":"agent","do":{"contact":"ana","act":"queue"}}}"#;
        let length = body.len();
        write!(
            connection,
            "{request} HTTP/1.1\r\nhost: {host}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        answer.get(9..12).expect("a status").to_owned()
    };
    let routes = [
        "GET /",
        "HEAD /",
        "GET /page/main.js",
        "GET /api/about",
        "GET /openapi.yaml",
        "POST /api/act",
        "GET /nowhere",
    ];
    for route in routes {
        for host in [
            "evil.example".to_owned(),
            format!("evil.example:{port}"),
            "localhost:80.evil.example".to_owned(),
            format!("localhost:{port}.evil.example"),
            "localhost".to_owned(),
            "127.0.0.1:1".to_owned(),
        ] {
            let status = ask(route, &host, "");
            // A value that is not a host name is refused earlier.
            assert!(status == "403" || status == "400", "{route} {host}: {status}");
        }
        assert_eq!(ask(route, &format!("evil.example:{port}"), ""), "403", "{route}");
        let host = format!("localhost:{port}");
        for origin in ["http://evil.example", "null", "http://localhost"] {
            assert_eq!(
                ask(route, &host, &format!("origin: {origin}\r\n")),
                "403",
                "{route} {origin}"
            );
        }
        let expected = if route == "GET /nowhere" { "404" } else { "200" };
        for host in [address.to_owned(), host.clone(), format!("[::1]:{port}")] {
            assert_eq!(ask(route, &host, ""), expected, "{route} {host}");
            assert_eq!(
                ask(route, &host, &format!("origin: http://{host}\r\n")),
                expected,
                "{route} {host}"
            );
        }
    }
    signalled(child, "-TERM");
}

/// A foreign page learns nothing of limits, and is not asked for its body.
#[test]
fn a_foreign_host_is_refused_before_its_body_is_read() {
    let folder = TempDir::new().expect("a folder");
    let (child, line) = started(&FREE, folder.path(), "The page");
    let (_, address) = line.split_once("http://").expect("an address");
    for head in ["content-length: 999999999", "content-length: 5\r\nexpect: 100-continue"] {
        let mut connection = TcpStream::connect(address).expect("it listens");
        write!(connection, "POST /api/act HTTP/1.1\r\nhost: evil.example\r\n{head}\r\n\r\n")
            .expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 403 "), "{head}: {answer}");
    }
    signalled(child, "-TERM");
}

/// The keys of `bridge local` are printed, so a page of another origin must not reach the bridge.
#[test]
fn the_bridge_beside_the_page_answers_its_own_host_only() {
    let folder = TempDir::new().expect("a folder");
    let (child, line) = started(&FREE, folder.path(), "The bridge, for Lynn");
    let (_, url) = line.split_once("http://").expect("an address");
    let (address, _) = url.split_once('/').expect("a path");
    let ask = |host: &str, more: &str| {
        let mut connection = TcpStream::connect(address).expect("it listens");
        write!(
            connection,
            "GET /lynn/support/conversations/ana HTTP/1.1\r\nhost: {host}\r\n\
             x-api-key: local-key\r\n{more}connection: close\r\n\r\n"
        )
        .expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("an answer");
        answer.get(9..12).expect("a status").to_owned()
    };
    assert_eq!(ask(address, ""), "404", "nothing is known of the contact");
    assert_eq!(ask("evil.example", ""), "403");
    assert_eq!(ask(address, "origin: http://evil.example\r\n"), "403");
    signalled(child, "-TERM");
}
