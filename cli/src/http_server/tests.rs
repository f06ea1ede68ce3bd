//! The server on real sockets, with short limits.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use media::FileBody;

use super::*;

const SIZE: usize = 8 * 1024 * 1024;
/// Longer than anything here should take on a busy machine.
const SOON: Duration = Duration::from_secs(30);

/// Serves a file of zeros, or a few bytes.
struct Zeros;

#[async_trait]
impl RequestHandler for Zeros {
    fn body_limit(&self, _path: &str) -> usize {
        1024
    }

    async fn answer(&self, request: Request<Bytes>) -> Response<Payload> {
        if request.uri().path() == "/small" {
            return Response::new(whole(Bytes::from(vec![0; 16 * 1024])));
        }
        let file = tempfile::tempfile().expect("a file");
        file.set_len(bytes(SIZE)).expect("room");
        Response::new(Either::Right(Either::Left(FileBody::new(file, bytes(SIZE)))))
    }
}

fn server(silence_ms: u64, grace_ms: u64, rate: usize) -> Server {
    let slowest = Slowness {
        silence: Duration::from_millis(silence_ms),
        grace: Duration::from_millis(grace_ms),
        rate,
    };
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    Server::start_with(anywhere, Arc::new(Zeros), slowest).expect("a port")
}

fn ask(server: &Server, requests: &str) -> TcpStream {
    let mut client = TcpStream::connect(server.address()).expect("connected");
    client.write_all(requests.as_bytes()).expect("sent");
    client
}

const FILE: &str = "GET /file HTTP/1.1\r\nhost: b\r\n\r\n";
const SMALL: &str = "GET /small HTTP/1.1\r\nhost: b\r\n\r\n";

/// How long it takes until the client is cut off, which it notices without reading.
async fn cut_off(client: TcpStream) -> Duration {
    let began = Instant::now();
    while client.take_error().expect("asked").is_none() {
        assert!(began.elapsed() < SOON, "it is not cut off");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    began.elapsed()
}

#[tokio::test]
async fn who_takes_nothing_of_a_file_is_cut_off() {
    let server = server(300, 10_000, 1);
    let waited = cut_off(ask(&server, FILE)).await;
    assert!(waited >= Duration::from_millis(290), "{waited:?}");
    server.stop().await;
}

#[tokio::test]
async fn who_takes_none_of_many_answers_is_cut_off() {
    let server = server(300, 10_000, 1);
    cut_off(ask(&server, &SMALL.repeat(1000))).await;
    server.stop().await;
}

#[tokio::test]
async fn who_takes_too_little_on_the_whole_is_cut_off() {
    let server = server(60_000, 300, 1024 * 1024);
    let mut client = ask(&server, FILE);
    let reading = tokio::task::spawn_blocking(move || {
        let (began, mut part) = (Instant::now(), [0; 1024]);
        // After a cut-off, what could still be read is discarded, too.
        while client.read(&mut part).is_ok_and(|length| length > 0) {
            assert!(began.elapsed() < SOON, "it is not cut off");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    reading.await.expect("cut off");
    server.stop().await;
}

#[tokio::test]
async fn who_is_slow_and_honest_gets_the_whole_file() {
    let server = server(20_000, 5_000, 64 * 1024);
    let mut client = ask(&server, FILE);
    let reading = tokio::task::spawn_blocking(move || {
        let (mut total, mut part) = (0, vec![0; 64 * 1024]);
        loop {
            match client.read(&mut part).expect("not cut off") {
                0 => return total,
                length => total += length,
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    });
    assert!(reading.await.expect("read") > SIZE);
    server.stop().await;
}
