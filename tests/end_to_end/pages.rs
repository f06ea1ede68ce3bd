//! The commands and bodies that the pages tell the reader to type or copy: the commands run against
//! `bridge local`, the bodies of docs/lynn-flows.md against `bridge serve`.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::Value;

use crate::harness::{Harness, KEY, taken};
use crate::process::PROGRAM;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// The address in the pages.
const WRITTEN: &str = "http://127.0.0.1:8787";
/// The placeholder for a conversation's id in the pages.
const PLACE_OF_THE_ID: &str = "\"ID\"";

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(name)).expect(name)
}

/// The blocks of a page in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let start = format!("```{language}\n");
    let blocks = page.split(&start).skip(1).filter_map(|rest| rest.split("```").next());
    blocks.map(str::to_owned).collect()
}

/// A `bridge local` that ends with the test.
struct Local {
    child: Child,
    address: String,
}

impl Local {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(["local", "--listen", "127.0.0.1:0"]).env("TMPDIR", folder);
        command.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.contains("for Lynn:")));
        std::thread::spawn(move || lines.for_each(drop));
        let line = line.expect("it says where it listens");
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split('/').next().expect("an address").to_owned();
        Self { child, address: format!("http://{address}") }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The output of a block that is typed into a shell.
fn typed(block: &str, folder: &Path) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", block]).current_dir(folder).stdin(Stdio::null());
    let output = shell.output().expect("bash");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\n{printed}\n{said}");
    printed
}

#[test]
fn every_command_of_the_pages_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let local = Local::start(folder.path());
    let here = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(Path::new(ROOT).join("events"), here.path().join("events")).unwrap();
    let program = format!("{PROGRAM} ");
    let (mut count, mut conversation) = (0, None);
    for name in ["docs/getting-started.md", "docs/lynn-flows.md"] {
        for block in blocks(&page(name), "sh").iter().filter(|block| block.trim() != "cargo run") {
            let block =
                block.replace("cargo run -q -- ", &program).replace(WRITTEN, &local.address);
            let id = conversation.as_ref().map(|id| format!("\"{id}\"")).unwrap_or_default();
            let printed = typed(&block.replace(PLACE_OF_THE_ID, &id), here.path());
            if block.contains("curl -i") {
                assert!(printed.contains("HTTP/1.1 20"), "{block}\n{printed}");
            }
            if block.contains("/conversations/") {
                let state: Value = serde_json::from_str(&printed).expect("JSON");
                assert_eq!(state["status"], "open", "{printed}");
                conversation = Some(state["conversationId"].as_str().expect("an id").to_owned());
            }
            count += 1;
        }
    }
    assert!(count >= 8, "{count} blocks");
    let state = format!(
        "curl -s {}/lynn/support/conversations/ana -H 'x-api-key: local-key'",
        local.address
    );
    let ended = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(200));
        typed(&state, here.path()).contains("\"ended\"")
    });
    assert!(ended, "the event of the page ends the conversation");
}

/// The value of a flow's expression: literals, entities, and `JSON.stringify` of an entity, joined
/// with `+`.
fn evaluated(expression: &str, entity: impl Fn(&str) -> String) -> String {
    let (mut text, mut rest) = (String::new(), expression.trim());
    loop {
        let term;
        if let Some(literal) = rest.strip_prefix('\'') {
            (term, rest) = literal.split_once('\'').expect("the end of a literal");
            text.push_str(term);
        } else if let Some(argument) = rest.strip_prefix("JSON.stringify(") {
            (term, rest) = argument.split_once(')').expect("the end of a call");
            text.push_str(&Value::String(entity(term)).to_string());
        } else {
            let end = rest.find(" + ").unwrap_or(rest.len());
            (term, rest) = rest.split_at(end);
            text.push_str(&entity(term));
        }
        rest = rest.trim_start();
        if rest.is_empty() {
            return text;
        }
        rest = rest.strip_prefix('+').expect("terms are joined with +").trim_start();
    }
}

#[tokio::test]
async fn the_bodies_of_the_flow_page_are_taken() {
    let harness = Harness::start().await;
    harness.say("5215512345678", "first", "Hello").await;
    harness.accepted("5215512345678", 1).await;
    let options = [("Yes", "yes"), ("No", "no")];
    let asked =
        harness.genesys.bot_sends_quick_replies("5215512345678", "Proceed?", &options).await;
    let question = taken(asked);
    let entity = |name: &str| {
        let value = match name {
            "@CRITERIA" => "5215512345678",
            "CONTACT_ID" => "C-1001",
            "NAME" => "Ana \"la\" Ruiz",
            "MESSAGE" => "He said \"no\"\nand hung up \\o/",
            "TOPIC" => "billing",
            "FILE_URL" => "https://example.com/my bill.pdf",
            "QUESTION_ID" => question.as_str(),
            "CHOICE" => "Yes, \"please\"",
            "CHOICE_PAYLOAD" => "yes",
            other => panic!("the page has an entity {other}"),
        };
        value.to_owned()
    };
    let bodies = blocks(&page("docs/lynn-flows.md"), "js");
    assert_eq!(bodies.len(), 4);
    for body in bodies {
        let body = evaluated(&body, entity);
        let request = harness.request(Method::POST, "/lynn/support").header("x-api-key", KEY);
        let answer = request.body(body.clone()).send().await.expect("an answer");
        let status = answer.status().as_u16();
        assert_eq!(status, 202, "{body}: {}", answer.text().await.unwrap_or_default());
    }
    let accepted = harness.accepted("5215512345678", 4).await;
    assert_eq!(accepted[1]["text"], "He said \"no\"\nand hung up \\o/");
    assert_eq!(accepted[1]["channel"]["from"]["nickname"], "Ana \"la\" Ruiz");
    assert_eq!(accepted[1]["channel"]["metadata"]["customAttributes"]["topic"], "billing");
    assert!(
        accepted[2].to_string().contains("https://example.com/my%20bill.pdf"),
        "{}",
        accepted[2]
    );
    assert!(accepted[3].to_string().contains("Yes, \\\"please\\\""), "{}", accepted[3]);
    harness.end();
}
