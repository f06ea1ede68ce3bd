//! A `bridge local` on free ports that ends with its test.

use std::process::Command;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout_at};

use crate::process::{Interactive, PROGRAM};

/// The longest wait for an event.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct Local {
    pub program: Interactive,
    /// The address of the page.
    pub page: String,
    /// The address of the bridge; empty if Lynn is real.
    pub bridge: String,
    folder: TempDir,
    client: Client,
}

impl Local {
    pub fn start(more: &[&str]) -> Self {
        Self::start_with(more, &[])
    }

    /// Starts it with these variables of the environment.
    #[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
    pub fn start_with(more: &[&str], variables: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let mut command = Command::new(PROGRAM);
        command.args(["local", "--listen", "127.0.0.1:0"]).args(more);
        command.env("TMPDIR", folder.path());
        command.env("XDG_RUNTIME_DIR", folder.path());
        command.envs(variables.iter().copied());
        let program = Interactive::start(&mut command);
        let mut local = Self {
            program,
            page: String::new(),
            bridge: String::new(),
            folder,
            // Without a time limit: a stream goes on.
            client: Client::builder().no_proxy().build().expect("a client"),
        };
        local.page = local.address("The page");
        if local.program.printed.iter().any(|line| line.contains("for Lynn:")) {
            local.bridge = local.address("for Lynn:");
        }
        local
    }

    /// Where other commands look for it, as a variable.
    pub fn runtime(&self) -> Vec<(String, String)> {
        let folder = self.folder.path().to_str().expect("UTF-8");
        vec![("XDG_RUNTIME_DIR".to_owned(), folder.to_owned())]
    }

    /// Ends it as nothing can be cleaned up after.
    pub fn kill(self) -> TempDir {
        drop(self.program);
        self.folder
    }

    /// The line that contains this word.
    pub fn line(&self, word: &str) -> &str {
        let line = self.program.printed.iter().find(|line| line.contains(word));
        line.unwrap_or_else(|| panic!("{word} is not in {:?}", self.program.printed))
    }

    /// The address in the line with this word, `http://` included, without a path.
    pub fn address(&self, word: &str) -> String {
        let (_, rest) = self.line(word).split_once("http://").expect("an address");
        let end = rest.find(['/', ' ']).unwrap_or(rest.len());
        format!("http://{}", &rest[..end])
    }

    /// Asks the program to do something.
    pub async fn act(&self, by: &str, what: Value) -> Value {
        let body = json!({ "words": "", "act": { "by": by, "do": what } }).to_string();
        let answer = self.client.post(format!("{}/api/act", self.page)).body(body).send().await;
        let text = answer.expect("an answer").text().await.expect("a body");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    pub async fn accepted(&self, by: &str, what: Value) {
        let done = self.act(by, what).await;
        assert_eq!(done["accepted"], true, "{done}");
    }

    /// Reads the events of the page, after the one with this id, until one of them fits.
    pub async fn events(&self, after: Option<&str>, fits: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut request = self.client.get(format!("{}/api/events", self.page));
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let mut answer = request.send().await.expect("an answer");
        assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
        let (mut bytes, mut events) = (Vec::new(), Vec::new());
        let deadline = Instant::now() + PATIENCE;
        loop {
            let piece = timeout_at(deadline, answer.chunk());
            let piece = piece.await.unwrap_or_else(|_| panic!("it does not come: {events:#?}"));
            bytes.extend_from_slice(&piece.expect("a piece").expect("the stream goes on"));
            while let Some(end) = bytes.windows(2).position(|two| two == b"\n\n") {
                let rest = bytes.split_off(end + 2);
                let event = Event::read(std::str::from_utf8(&bytes).expect("UTF-8"));
                bytes = rest;
                let Some(event) = event else { continue };
                events.push(event);
                if events.last().is_some_and(&fits) {
                    return events;
                }
            }
        }
    }
}

/// A server-sent event.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    /// `message` without a name.
    pub name: String,
    pub data: Value,
}

impl Event {
    /// `None` for a comment.
    fn read(text: &str) -> Option<Self> {
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let data = serde_json::from_str(field("data")?).expect("JSON");
        let name = field("event").unwrap_or("message").to_owned();
        Some(Self { id: field("id").unwrap_or_default().to_owned(), name, data })
    }

    /// Whether it is the log line of a customer's message that was delivered. Receipts are
    /// delivered too.
    pub fn is_delivered_message(&self) -> bool {
        let fields = &self.data["fields"];
        let is_message = fields["event.kind"] == "message" && fields["direction"] == "inbound";
        self.is_line("delivered") && is_message
    }

    /// Whether it is a log line with this name.
    pub fn is_line(&self, name: &str) -> bool {
        self.data["kind"] == "line" && self.data["name"] == name
    }
}
