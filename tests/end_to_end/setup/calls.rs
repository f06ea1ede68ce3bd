//! Every call that changes something, with method, path and body, for comparison with the vendor's
//! documentation.

use serde_json::Value;

use super::Machine;

/// The calls, with ids, secrets and addresses replaced.
fn changes(machine: &Machine, from: usize) -> String {
    let requests = machine.genesys.requests().into_iter().skip(from);
    let changes =
        requests.filter(|request| request.method != "GET" && request.path != "/oauth/token");
    let lines = changes.map(|request| {
        let query = request.query.map(|query| format!("?{query}")).unwrap_or_default();
        let body = match &request.body {
            Value::Null => String::new(),
            Value::String(text) => format!("\n{text}"),
            body => format!("\n{}", serde_json::to_string_pretty(body).unwrap()),
        };
        replaced(&format!("{} {}{query}{body}\n", request.method, request.path))
    });
    lines.collect::<Vec<_>>().join("\n").replace(&machine.bridge.to_string(), "{bridge}")
}

/// Replaces random values by a name of their kind.
fn replaced(text: &str) -> String {
    let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
    let mut result = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if is_part(letter) {
            word.push(letter);
            continue;
        }
        match word.len() {
            36 if word.matches('-').count() == 4 => result.push_str("{id}"),
            64 => result.push_str("{secret}"),
            32 if !word.contains('-') => result.push_str("{signature}"),
            _ => result.push_str(&word),
        }
        word.clear();
        result.push(letter);
    }
    result.trim_end().to_owned() + "\n"
}

#[tokio::test]
async fn every_change_is_the_vendors_own_call() {
    let machine = Machine::start().await;
    let more = [
        "--event-account",
        "123456789012",
        "--event-region",
        "us-east-1",
        "--window",
        "24",
        "--change-threading-timeline",
        "--on-session-ended",
        "disconnect",
        "--events-by-workflow",
    ];
    machine.setup(&more).await.good();
    let made = machine.genesys.requests().len();
    insta::assert_snapshot!("setup", changes(&machine, 0));
    machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    insta::assert_snapshot!("remove", changes(&machine, made));
    machine.assert_no_violation();
}

#[tokio::test]
async fn every_change_for_branches_and_an_external_source_is_the_vendors_own_call() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let made = machine.genesys.requests().len();
    let more = ["--queue-by", "topic:billing=Billing", "vip=Priority", "--identity-source", "crm"];
    machine.setup(&more).await.good();
    insta::assert_snapshot!("branches", changes(&machine, made));
    machine.assert_no_violation();
}

#[tokio::test]
async fn every_list_is_asked_for_by_the_page_and_no_token_leaves_the_api() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    for request in machine.genesys.requests() {
        let has_token =
            request.header("authorization").is_some_and(|value| value.starts_with("Bearer "));
        let is_api = request.path.starts_with("/api/v2/");
        assert_eq!(has_token, is_api, "{} {}", request.method, request.path);
        let query = request.query.as_deref().unwrap_or_default();
        if request.path.ends_with("/oauth/clients") {
            // This call takes neither a page nor a page size.
            assert!(!query.contains("page"), "{query}");
        } else if query.contains("pageNumber") {
            assert!(query.contains("pageSize=100"), "{query}");
        }
    }
}

#[tokio::test]
async fn every_change_of_a_rotation_is_the_vendors_own_call() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let made = machine.genesys.requests().len();
    machine.rotate(&["--reread-wait", "0"]).await.good();
    insta::assert_snapshot!("rotate", changes(&machine, made));
    machine.assert_no_violation();
}
