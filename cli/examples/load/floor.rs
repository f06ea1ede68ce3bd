//! The least that a program of this job costs here: `load floor VENDORS KEY SECRET [JOURNAL]`
//! answers by hyper, verifies, maps, posts over kept connections and drops repeats. Everything is
//! in memory, on one thread, without a log, a retry or a limit. With JOURNAL, each message is on
//! the disk before its sender is answered, and its delivery is noted behind it: one file that only
//! grows, without any state of a conversation. `make bench CELLS=floor` and `CELLS=durable-floor`
//! measure it.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fs::File;
use std::io::Write as _;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use serde_json::{Value, json};
use shared::genesys::signature;
use shared::lock::lock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

struct Floor {
    vendors: String,
    key: String,
    secret: SecretString,
    seen: Mutex<HashSet<String>>,
    /// Per conversation: what waits behind the delivery under way.
    waiting: Mutex<HashMap<String, Vec<(&'static str, String)>>>,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
    journal: Option<Journal>,
}

/// A text to write, and the caller that waits for it.
type Line = (String, Option<oneshot::Sender<()>>);

/// A file to which one thread appends what has gathered, with one wait for the disk.
struct Journal(mpsc::Sender<Line>);

impl Journal {
    fn open(file: &str) -> anyhow::Result<Self> {
        let mut file = File::create(file)?;
        let (sender, lines) = mpsc::channel::<Line>();
        std::thread::spawn(move || {
            let mut gathered = Vec::new();
            while let Ok(first) = lines.recv() {
                gathered.push(first);
                // As the bridge does: what comes within a millisecond shares the wait.
                std::thread::sleep(Duration::from_millis(1));
                gathered.extend(lines.try_iter());
                let text: String = gathered.iter().map(|(line, _)| line.as_str()).collect();
                if file.write_all(text.as_bytes()).and_then(|()| file.sync_data()).is_err() {
                    return;
                }
                for (_, waiting) in gathered.drain(..) {
                    let _ = waiting.map(|waiting| waiting.send(()));
                }
            }
        });
        Ok(Self(sender))
    }

    async fn keep(&self, line: String) {
        let (sender, kept) = oneshot::channel();
        let _ = self.0.send((line, Some(sender)));
        let _ = kept.await;
    }

    fn note(&self, line: String) {
        let _ = self.0.send((line, None));
    }
}

pub fn run(arguments: &[String]) -> anyhow::Result<()> {
    let [vendors, key, secret, journal @ ..] = arguments else {
        anyhow::bail!("VENDORS KEY SECRET [JOURNAL]")
    };
    let floor = Arc::new(Floor {
        vendors: vendors.trim_start_matches("http://").to_owned(),
        key: key.clone(),
        secret: SecretString::from(secret.clone()),
        seen: Mutex::default(),
        waiting: Mutex::default(),
        idle: Mutex::default(),
        journal: journal.first().map(|file| Journal::open(file)).transpose()?,
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(floor))
}

async fn serve(floor: Arc<Floor>) -> anyhow::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let _ = stream.set_nodelay(true);
        let floor = Arc::clone(&floor);
        let service = service_fn(move |request| answer(Arc::clone(&floor), request));
        tokio::spawn(
            hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service),
        );
    }
}

async fn answer(
    floor: Arc<Floor>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let taken = match head.uri.path() {
        "/lynn/load" => floor.lynn(&head.headers, &body),
        _ => floor.genesys(&head.headers, &body),
    };
    let mut response = Response::new(Full::from(r#"{"status":"accepted"}"#));
    *response.status_mut() = match taken {
        None => StatusCode::UNAUTHORIZED,
        Some((path, id, contact, body)) => {
            if lock(&floor.seen).insert(id) {
                if let Some(journal) = &floor.journal {
                    journal.keep(format!("{path} {contact} {body}\n")).await;
                }
                floor.in_order(path, contact, body);
            }
            StatusCode::ACCEPTED
        }
    };
    Ok(response)
}

type Taken = (&'static str, String, String, String);

impl Floor {
    fn lynn(&self, headers: &http::HeaderMap, body: &[u8]) -> Option<Taken> {
        headers.get("x-api-key").filter(|key| key.as_bytes() == self.key.as_bytes())?;
        let event: Value = serde_json::from_slice(body).ok()?;
        let contact = event["contact"]["id"].as_str()?.to_owned();
        let message = json!({ "text": event["text"], "channel": { "messageId": event["id"],
            "from": { "id": contact, "idType": "Opaque" }, "time": "2026-03-04T05:06:09.427Z",
            "metadata": { "customAttributes": { "session.id": event["session"]["id"], "session.channel": event["session"]["channel"] } } } });
        let id = format!("i {contact} {}", event["id"]);
        let path = "/api/v2/conversations/messages/load/inbound/open/message";
        Some((path, id, contact, message.to_string()))
    }

    fn genesys(&self, headers: &http::HeaderMap, body: &[u8]) -> Option<Taken> {
        let given = headers.get(signature::HEADER)?.to_str().ok()?;
        (given == signature::sign(&self.secret, body)).then_some(())?;
        let message: Value = serde_json::from_slice(body).ok()?;
        let contact = message["channel"]["to"]["id"].as_str()?.to_owned();
        let event = json!({ "type": "message", "id": message["id"], "time": message["channel"]["time"],
            "integration": "load", "contact": { "id": contact, "idType": "opaque" }, "author": "agent", "text": message["text"],
            "attachments": [], "quickReplies": [], "cards": [] });
        Some(("/lynn", format!("o {}", message["id"]), contact, event.to_string()))
    }

    fn in_order(self: &Arc<Self>, path: &'static str, contact: String, body: String) {
        let mut waiting = lock(&self.waiting);
        if let Some(behind) = waiting.get_mut(&contact) {
            behind.push((path, body));
            return;
        }
        waiting.insert(contact.clone(), Vec::new());
        let floor = Arc::clone(self);
        tokio::spawn(async move {
            let mut next = vec![(path, body)];
            while !next.is_empty() {
                for (path, body) in next {
                    match floor.post(path, body).await {
                        Ok(answer) => {
                            if let Some(journal) = &floor.journal {
                                journal.note(format!("{contact} {answer}\n"));
                            }
                        }
                        Err(error) => eprintln!("{error:#}"),
                    }
                }
                let mut waiting = lock(&floor.waiting);
                next = waiting.get_mut(&contact).map(std::mem::take).unwrap_or_default();
                if next.is_empty() {
                    waiting.remove(&contact);
                }
            }
        });
    }

    async fn post(&self, path: &str, body: String) -> anyhow::Result<String> {
        let idle = lock(&self.idle).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect(&self.vendors).await.context("connect")?;
                let _ = stream.set_nodelay(true);
                let (connection, task) = http1::handshake(TokioIo::new(stream)).await?;
                tokio::spawn(task);
                connection
            }
        };
        let request = Request::post(path)
            .header("host", self.vendors.as_str())
            .header("authorization", "Bearer load")
            .header("content-type", "application/json")
            .body(Full::from(body))?;
        let answer = connection.send_request(request).await?;
        let answer = answer.into_body().collect().await?.to_bytes();
        lock(&self.idle).push(connection);
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}
