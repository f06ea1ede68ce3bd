//! Tests of fetching over real sockets, with a scripted resolver.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt as _;
use url::Url;

use super::*;

/// Answers each lookup with the next list of addresses; the last list repeats.
struct Names {
    answers: Mutex<Vec<Vec<&'static str>>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Names {
    async fn addresses(&self, _host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        Ok(answer.into_iter().map(|address| address.parse().unwrap()).collect())
    }
}

fn names(answers: &[&[&'static str]]) -> (HttpSource, Arc<Names>) {
    let answers = Mutex::new(answers.iter().map(|answer| answer.to_vec()).collect());
    let names = Arc::new(Names { answers, asked: AtomicUsize::new(0) });
    (HttpSource::with(Arc::clone(&names) as Arc<dyn Lookup>), names)
}

/// The server's answer to every request.
const WORD: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nword";

/// Starts a server that counts its connections and answers each with [`WORD`].
fn server() -> (u16, Arc<AtomicUsize>) {
    let (port, count, _) = server_saying(WORD);
    (port, count)
}

/// The same with another answer. Also returns the latest request.
fn server_saying(words: &'static str) -> (u16, Arc<AtomicUsize>, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let (counted, heard) = (Arc::clone(&count), Arc::<Mutex<String>>::default());
    let hearing = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let mut asked = [0; 4096];
            let length = stream.read(&mut asked).unwrap_or_default();
            *hearing.lock().unwrap() = String::from_utf8_lossy(&asked[..length]).into_owned();
            let _ = stream.write_all(words.as_bytes());
        }
    });
    (port, count, heard)
}

async fn get(source: &HttpSource, url: &str, reach: Reach) -> Result<Vec<u8>, SourceError> {
    let url = Url::parse(url).unwrap();
    let answer = source.get(MediaRequest { url: &url, reach, bearer: None }).await?;
    Ok(answer.body.try_concat_bytes().await)
}

trait Whole {
    async fn try_concat_bytes(self) -> Vec<u8>;
}

impl Whole for FileSource {
    async fn try_concat_bytes(self) -> Vec<u8> {
        self.map_ok(|piece| piece.to_vec()).try_concat().await.unwrap()
    }
}

#[tokio::test]
async fn a_name_that_leads_to_a_place_that_is_not_public_is_blocked() {
    let (port, connections) = server();
    for address in
        ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00:ec2::254", "::ffff:127.0.0.1"]
    {
        let (source, names) = names(&[&[address]]);
        let answer = get(&source, &format!("https://files.test:{port}/"), Reach::Public).await;
        assert!(matches!(answer, Err(SourceError::Blocked)), "{address}: {answer:?}");
        assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn the_address_that_was_checked_is_the_one_that_is_connected_to() {
    let (port, connections) = server();
    // A second lookup of the name would lead elsewhere, but there is none.
    let (source, names) = names(&[&["10.0.0.1", "127.0.0.1"], &["169.254.169.254"]]);
    let url = format!("http://files.test:{port}/");
    assert_eq!(get(&source, &url, Reach::Local).await.unwrap(), b"word");
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    // The next connection is checked again.
    let answer = get(&source, &url, Reach::Local).await;
    assert!(matches!(answer, Err(SourceError::Blocked)), "{answer:?}");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[test]
fn only_what_is_within_reach_is_left_of_several_addresses() {
    let addresses = || {
        ["8.8.8.8", "10.0.0.1", "127.0.0.1", "::1", "2606:4700::1"]
            .map(|it| it.parse().unwrap())
            .to_vec()
    };
    let left =
        |reach| within(reach, addresses()).iter().map(|it| it.ip().to_string()).collect::<Vec<_>>();
    assert_eq!(left(Reach::Public), ["8.8.8.8", "2606:4700::1"]);
    assert_eq!(left(Reach::Local), ["127.0.0.1", "::1"]);
}

/// Returns the whole body, or the error at which it breaks off.
async fn body(words: &'static str) -> Result<Vec<u8>, String> {
    let (port, _, _) = server_saying(words);
    let (source, _) = names(&[&["127.0.0.1"]]);
    let url = Url::parse(&format!("http://files.test:{port}/")).unwrap();
    let request = MediaRequest { url: &url, reach: Reach::Local, bearer: None };
    let answer = source.get(request).await.map_err(|error| error.to_string())?;
    let pieces: Result<Vec<_>, _> = answer.body.try_collect().await;
    pieces.map(|pieces| pieces.concat()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_body_is_as_long_as_it_is_said_to_be_or_broken() {
    let whole = |text: &str| Ok(text.as_bytes().to_vec());
    assert_eq!(body(WORD).await, whole("word"));
    // Bytes after the declared length are ignored.
    let longer = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nword and more";
    assert_eq!(body(longer).await, whole("word"));
    let until_closed = "HTTP/1.1 200 OK\r\n\r\nword";
    assert_eq!(body(until_closed).await, whole("word"));
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nword\r\n0\r\n\r\n";
    assert_eq!(body(chunked).await, whole("word"));
    let shorter = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nword";
    assert!(body(shorter).await.is_err());
    let unfinished = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nword\r\n";
    assert!(body(unfinished).await.is_err());
    let two_lengths = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nword";
    assert!(body(two_lengths).await.is_err());
}

#[tokio::test]
async fn a_packed_body_is_neither_asked_for_nor_unpacked() {
    let packed = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\nconnection: close\r\n\r\nword";
    let (port, _, heard) = server_saying(packed);
    let (source, _) = names(&[&["127.0.0.1"]]);
    let url = Url::parse(&format!("http://files.test:{port}/")).unwrap();
    let request = MediaRequest { url: &url, reach: Reach::Local, bearer: None };
    let answer = source.get(request).await.unwrap();
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.body.try_concat_bytes().await, b"word");
    let asked = heard.lock().unwrap().to_ascii_lowercase();
    assert!(asked.contains("\r\naccept-encoding: identity\r\n"), "{asked}");
    assert!(!asked.contains("authorization") && !asked.contains("cookie"), "{asked}");
}

#[tokio::test]
async fn no_name_of_this_machine_is_connected_to() {
    let (port, connections) = server();
    let source = HttpSource::new();
    for host in ["localhost", "localhost.", "LOCALHOST", "files.localhost"] {
        let answer = get(&source, &format!("https://{host}:{port}/"), Reach::Public).await;
        assert!(answer.is_err(), "{host}: {answer:?}");
    }
    assert_eq!(connections.load(Ordering::Relaxed), 0);
}
