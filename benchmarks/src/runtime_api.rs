//! The Lambda Runtime API for one process: hands out events and takes the results.

use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{self, Request, Response};

/// The longest wait for a request or an answer of the process.
const PATIENCE: Duration = Duration::from_secs(20);

/// The Lambda side of one process.
#[derive(Debug)]
pub struct RuntimeApi {
    /// The address that the process calls.
    pub address: SocketAddr,
    asked: Receiver<Instant>,
    events: Sender<Vec<u8>>,
    answers: Receiver<(Instant, Spoken)>,
}

#[derive(Debug)]
enum Spoken {
    Response(Vec<u8>),
    Failure(Vec<u8>),
}

impl RuntimeApi {
    pub fn serve() -> Result<Self> {
        let (ask, asked) = channel();
        let (events, waiting) = channel();
        let (answer, answers) = channel();
        let (waiting, ask, answer) = (Mutex::new(waiting), Mutex::new(ask), Mutex::new(answer));
        let address = http::serve(move |request| {
            if request.path.ends_with("/invocation/next") {
                send(&ask, request.at);
                return next(&waiting);
            }
            if request.path.ends_with("/extension/register") {
                let identifier = ("lambda-extension-identifier", "1".to_owned());
                return Response { status: 200, headers: vec![identifier], body: Vec::new() };
            }
            if request.path.ends_with("/extension/event/next") {
                // The extension asks for no events, so it never gets an answer.
                loop {
                    std::thread::park();
                }
            }
            let spoken = match request.path.ends_with("/response") {
                true => Spoken::Response(request.body.clone()),
                false => Spoken::Failure(request.body.clone()),
            };
            send(&answer, (request.at, spoken));
            accepted(request)
        })?;
        Ok(Self { address, asked, events, answers })
    }

    /// Waits until the process asks for an event. It is ready then.
    pub fn ready(&self) -> Result<Instant> {
        self.asked.recv_timeout(PATIENCE).context("the process did not ask for an event")
    }

    /// Sends an event to the process. Returns its answer and the time from here until the answer
    /// came.
    pub fn invoke(&self, event: &Value) -> Result<(Duration, Value)> {
        let bytes = event.to_string().into_bytes();
        let began = Instant::now();
        self.events.send(bytes)?;
        let (ended, spoken) =
            self.answers.recv_timeout(PATIENCE).context("the process did not answer an event")?;
        match spoken {
            Spoken::Response(body) => {
                Ok((ended.duration_since(began), serde_json::from_slice(&body)?))
            }
            Spoken::Failure(body) => {
                bail!("the process failed: {}", String::from_utf8_lossy(&body))
            }
        }
    }
}

/// The receiver may be gone when the process is being ended; ignore it.
fn send<T>(to: &Mutex<Sender<T>>, value: T) {
    if let Ok(to) = to.lock() {
        let _ = to.send(value);
    }
}

fn accepted(_: &Request) -> Response {
    Response { status: 202, headers: Vec::new(), body: Vec::new() }
}

fn next(waiting: &Mutex<Receiver<Vec<u8>>>) -> Response {
    let event = waiting.lock().ok().and_then(|waiting| waiting.recv().ok());
    let Some(body) = event else {
        return Response { status: 410, headers: Vec::new(), body: Vec::new() };
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "Lambda names the end of an invocation by the clock"
    )]
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let deadline = (now + Duration::from_secs(10)).as_millis().to_string();
    let trace = "Root=1-6921a7c0-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0";
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:measured";
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", "156cb537-e2d4-11e8-9b34-d36013741fb9".to_owned()),
        ("lambda-runtime-deadline-ms", deadline),
        ("lambda-runtime-invoked-function-arn", arn.to_owned()),
        ("lambda-runtime-trace-id", trace.to_owned()),
    ];
    Response { status: 200, headers, body }
}
