//! A `bridge console` on a free port that ends with its test.

use std::path::Path;
use std::process::Command;

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::harness::{SOON, client};
use crate::process::{Interactive, PROGRAM};

pub struct Console {
    pub program: Interactive,
    /// The address of the page, without the key.
    pub page: String,
    pub key: String,
    pub client: Client,
}

impl Console {
    /// Starts it on a data directory.
    pub fn on(data: &Path, more: &[&str]) -> Self {
        let data = data.to_str().expect("UTF-8");
        Self::start(&[&["--data", data], more].concat(), &[])
    }

    pub fn start(arguments: &[&str], environment: &[(String, String)]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["console", "--listen", "127.0.0.1:0"]).args(arguments);
        command.envs(environment.iter().cloned());
        let program = Interactive::start(&mut command);
        let address = program.printed.iter().find_map(|line| line.split_once("http://"));
        let (_, address) = address.expect("an address");
        let (page, key) = address.split_once("/#key=").expect("a key");
        let (page, key) = (format!("http://{page}"), key.to_owned());
        Self { program, page, key, client: client() }
    }

    /// The address that was printed.
    pub fn address(&self) -> String {
        format!("{}/#key={}", self.page, self.key)
    }

    /// Sends a request with the key.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Response {
        let request = self.client.request(method, format!("{}{path}", self.page));
        let mut request = request.header("x-console-key", &self.key);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await.expect("an answer")
    }

    async fn json(answer: Response, status: u16) -> Value {
        let found = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        assert_eq!(found, status, "{text}");
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"))
    }

    pub async fn get(&self, path: &str) -> Value {
        Self::json(self.send(Method::GET, path, None).await, 200).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        self.refused(path, body, 200).await
    }

    /// Posts, and expects this status.
    pub async fn refused(&self, path: &str, body: Value, status: u16) -> Value {
        Self::json(self.send(Method::POST, path, Some(&body)).await, status).await
    }

    /// The lines of the audit log, the latest first.
    pub async fn audit(&self) -> Vec<Value> {
        let found = self.get("/api/audit").await;
        found["lines"].as_array().expect("a list").clone()
    }

    /// Makes a dry run of everything and starts it.
    pub async fn redrive(&self, filter: Value) -> Value {
        let plan = self.post("/api/redrive/plan", filter).await;
        let start = json!({ "plan": plan["plan"], "count": plan["count"] });
        self.post("/api/redrive/start", start).await
    }

    /// The last line about the end of a redrive, once there are `count`.
    pub async fn ended(&self, count: usize) -> Value {
        let deadline = Instant::now() + SOON;
        loop {
            let audit = self.audit().await;
            let ended: Vec<&Value> =
                audit.iter().filter(|line| line["action"] == "redrive.ended").collect();
            if ended.len() == count {
                return ended[0].clone();
            }
            assert!(Instant::now() < deadline, "{audit:#?}");
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Reads the stream until an event with this name fits; returns all of that name.
    pub async fn events(&self, name: &str, fits: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut answer = self.send(Method::GET, "/api/events", None).await;
        assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
        let (mut text, mut found) = (String::new(), Vec::new());
        loop {
            let piece = tokio::time::timeout(SOON, answer.chunk()).await;
            let piece = piece.unwrap_or_else(|_| panic!("it does not come: {found:#?}"));
            text.push_str(std::str::from_utf8(&piece.expect("a piece").expect("more")).unwrap());
            while let Some((event, rest)) = text.split_once("\n\n") {
                let data = event.strip_prefix(&format!("event: {name}\ndata: "));
                let data: Option<Value> = data.map(|data| serde_json::from_str(data).unwrap());
                text = rest.to_owned();
                let Some(data) = data else { continue };
                found.push(data);
                if found.last().is_some_and(&fits) {
                    return found;
                }
            }
        }
    }
}
