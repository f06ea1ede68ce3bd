//! The commands on a deployed stack: configuration in Secrets Manager, conversations and dead
//! letters in DynamoDB, queues in SQS.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws::DynamoStore;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use clients::SystemClock;
use delivery::dead_letter::DeadLetter;
use serde_json::{Value, json};
use shared::error::{Class, Failure};
use shared::ids::IntegrationName;
use shared::packed::unpack;
use shared::ports::{Change, Direction, Expected, ItemKey, Store, Write};
use shared::time::Timestamp;
use tempfile::TempDir;

use crate::command::{Ended, run};
use crate::console::running::Console;
use crate::harness::each;
use crate::ministack::Ministack;

const SECRET: &str = "planted-secret-0123456789";

fn integration(name: &str, secret: &str) -> Value {
    let id = format!("8d1c6b1e-6d0f-4b7a-9a0e-{:012x}", name.len());
    json!({ "name": name,
        "genesys": { "domain": "mypurecloud.com", "integrationId": id,
                     "oauthClients": [ { "clientId": id, "clientSecret": secret } ],
                     "webhookSecrets": [ SECRET ] },
        "lynn": { "webhookUrl": "https://lynn.example.com/hook",
                  "inboundAuth": [ { "type": "apiKey", "key": SECRET } ] } })
}

/// A configuration file with these integrations.
fn file(directory: &Path, integrations: &[Value]) -> PathBuf {
    let path = directory.join("bridge.json");
    std::fs::write(&path, json!({ "integrations": integrations }).to_string()).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("its mode");
    path
}

struct Config<'a> {
    aws: &'a Ministack,
    directory: TempDir,
}

impl Config<'_> {
    async fn push(&self, integrations: &[Value], more: &[&str]) -> Ended {
        let path = file(self.directory.path(), integrations);
        let path = path.to_str().expect("UTF-8");
        let fixed = ["config", "push", "--yes", "--config", path, "--stack", "one"];
        let ended = run(&[&fixed, more].concat(), &self.aws.environment()).await;
        assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
        ended
    }
}

/// The value of a secret at this stage, which is the current or the previous one.
async fn stored(
    secrets: &aws_sdk_secretsmanager::Client,
    name: &str,
    stage: &str,
) -> Option<Value> {
    let answer = secrets.get_secret_value().secret_id(name).version_stage(stage).send().await;
    serde_json::from_str(answer.ok()?.secret_string()?).ok()
}

#[tokio::test]
async fn a_configuration_is_stored_changed_removed_and_restored() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    let both = [integration("sales", SECRET), integration("support", SECRET)];
    let push =
        async |integrations: &[Value], more: &[&str]| config.push(integrations, more).await.good();
    // The stack does not exist yet; its name is the prefix of the secrets.
    assert_eq!(push(&both, &[]).await, "sales: created\nsupport: created\n");
    assert_eq!(push(&both, &[]).await, "sales: unchanged\nsupport: unchanged\n");
    let send = stored(&secrets, "one/support/send", "AWSCURRENT").await.expect("it is stored");
    assert_eq!(send["genesys"]["oauthClients"][0]["clientSecret"], SECRET);
    let receive = stored(&secrets, "one/support/receive", "AWSCURRENT").await.expect("stored");
    assert_eq!(receive["genesys"]["webhookSecrets"][0], SECRET);
    assert!(!receive.to_string().contains("oauthClients"));
    let described = secrets.describe_secret().secret_id("one/support/send").send().await;
    assert_eq!(described.expect("told").tags()[0].value(), Some("lynn-genesys-bridge"));

    let changed = [integration("sales", SECRET), integration("support", "another")];
    for outcome in
        ["sales: unchanged\nsupport: changed (send)\n", "sales: unchanged\nsupport: unchanged\n"]
    {
        assert_eq!(push(&changed, &[]).await, outcome);
        // The version that was valid before stays the previous one, however often the file is
        // pushed.
        let previous = stored(&secrets, "one/support/send", "AWSPREVIOUS").await.expect("kept");
        assert_eq!(previous["genesys"]["oauthClients"][0]["clientSecret"], SECRET);
    }

    // An interrupted run has left only one half.
    let delete = secrets.delete_secret().secret_id("one/sales/receive");
    delete.force_delete_without_recovery(true).send().await.expect("deleted");
    assert_eq!(push(&changed, &[]).await, "sales: changed (receive)\nsupport: unchanged\n");

    let listed = async || {
        let list = stored(&secrets, "one/@integrations/receive", "AWSCURRENT").await;
        list.expect("a list")["integrations"].clone()
    };
    assert_eq!(listed().await, json!(["sales", "support"]));
    let ended = config.push(&changed[1..], &[]).await;
    assert!(ended.said.contains("--remove sales"), "{ended:?}");
    assert_eq!(ended.good(), "support: unchanged\n");
    let removed = config.push(&changed[1..], &["--remove", "sales"]).await;
    assert_eq!(removed.said, "sales: is removed\n");
    assert!(removed.good().contains("sales: removed"));
    assert_eq!(listed().await, json!(["support"]));
    assert!(stored(&secrets, "one/sales/receive", "AWSCURRENT").await.is_none());
    assert_eq!(push(&changed, &[]).await, "sales: changed\nsupport: unchanged\n");
    assert!(stored(&secrets, "one/sales/receive", "AWSCURRENT").await.is_some());
}

/// A push shows and refuses what would be lost, and stores nothing without a confirmation.
#[tokio::test]
async fn a_push_shows_what_changes_asks_and_refuses_an_older_file() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let directory = TempDir::new().expect("a directory");
    let with_client = |id: &str| {
        let mut entry = integration("support", SECRET);
        entry["genesys"]["oauthClients"][0]["clientId"] = json!(id);
        entry
    };
    let write = |name: &str, entry: &Value| {
        let path = directory.path().join(name);
        std::fs::write(&path, json!({ "integrations": [entry] }).to_string()).expect("a file");
        path.to_str().expect("UTF-8").to_owned()
    };
    let push = async |path: &str, more: &[&str]| {
        let fixed = ["config", "push", "--config", path, "--stack", "one"];
        let ended = run(&[&fixed, more].concat(), &aws.environment()).await;
        assert!(!format!("{ended:?}").contains(SECRET), "{ended:?}");
        ended
    };
    let client = async || {
        let send = stored(&secrets, "one/support/send", "AWSCURRENT").await;
        send.map(|send| send["genesys"]["oauthClients"][0]["clientId"].clone())
    };
    let old = write("old.json", &with_client("deleted-client"));
    // The emulator reports the time of a change only in whole seconds.
    let file = std::fs::File::options().append(true).open(&old).expect("the file");
    let earlier = std::time::Duration::from_secs(60);
    let changed = file.metadata().and_then(|file| file.modified()).expect("a time");
    file.set_modified(changed - earlier).expect("an earlier time");
    let asked = push(&old, &[]).await.bad(2);
    assert!(asked.contains("support: is not stored yet") && asked.contains("--yes"), "{asked}");
    assert_eq!(client().await, None);
    let new = write("bridge.json", &with_client("new-client"));
    assert_eq!(push(&new, &["--yes"]).await.good(), "support: created\n");
    let refused = push(&old, &["--yes"]).await.bad(2);
    assert!(refused.contains("older") && refused.contains("--overwrite"), "{refused}");
    assert!(
        refused.contains("+ genesys.oauthClients: {\"clientId\":\"deleted-client\""),
        "{refused}"
    );
    assert_eq!(client().await, Some(json!("new-client")));
    // The pushed file may be edited and pushed again.
    write("bridge.json", &with_client("newer-client"));
    let ended = push(&new, &["--yes"]).await;
    assert!(ended.said.contains("- genesys.oauthClients") && ended.said.contains("(masked)"));
    assert_eq!(ended.good(), "support: changed (send)\n");
    // Another file was pushed meanwhile: pushing an edit of the old copy would undo that.
    let elsewhere = write("elsewhere.json", &with_client("client-of-another"));
    push(&elsewhere, &["--yes"]).await.good();
    write("bridge.json", &with_client("newest-client"));
    let refused = push(&new, &["--yes"]).await.bad(2);
    assert!(refused.contains("from elsewhere"), "{refused}");
    assert_eq!(client().await, Some(json!("client-of-another")));
    assert_eq!(push(&new, &["--yes", "--overwrite"]).await.good(), "support: changed (send)\n");
    assert_eq!(client().await, Some(json!("newest-client")));
    // A copy of an older file has the time of the copy and no record beside it.
    let copies = TempDir::new().expect("a directory");
    let copy = copies.path().join("bridge.json");
    let replaced = json!({ "integrations": [with_client("client-of-another")] });
    std::fs::write(&copy, replaced.to_string()).expect("a file");
    let file = std::fs::File::options().append(true).open(&copy).expect("the file");
    file.set_modified(changed + earlier).expect("a later time");
    let copy = copy.to_str().expect("UTF-8");
    let refused = push(copy, &["--yes"]).await.bad(2);
    assert!(refused.contains("was stored before, and replaced at"), "{refused}");
    assert_eq!(client().await, Some(json!("newest-client")));
    // A document that was stored by hand and is not valid is repaired from the unchanged file.
    let broken = secrets.put_secret_value().secret_id("one/support/send").secret_string("{}");
    broken.send().await.expect("stored");
    assert_eq!(push(&new, &["--yes"]).await.good(), "support: changed (send)\n");
}

#[tokio::test]
async fn a_push_that_revokes_ends_the_replaced_secrets_though_nothing_changes() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    config.push(&[integration("support", "old-secret")], &[]).await.good();
    let rotated = [integration("support", "new-secret")];
    config.push(&rotated, &[]).await.good();
    assert!(stored(&secrets, "one/support/send", "AWSPREVIOUS").await.is_some());
    let revoked = config.push(&rotated, &["--revoke"]).await.good();
    assert_eq!(revoked, "support: unchanged; the replaced secrets are revoked\n");
    for half in ["one/support/send", "one/support/receive"] {
        assert!(stored(&secrets, half, "AWSPREVIOUS").await.is_none());
        assert!(stored(&secrets, half, "AWSCURRENT").await.is_some());
    }
    let again = config.push(&rotated, &["--revoke"]).await.good();
    assert_eq!(again, "support: unchanged; there was no replaced secret to revoke\n");
}

/// The step of docs/first-deployment.md, "To change a key".
#[tokio::test]
async fn a_push_with_another_key_gives_it_to_every_secret_once() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    let entry = [integration("support", SECRET)];
    let names = ["one/support/send", "one/support/receive", "one/@integrations/receive"];
    let seen = async || {
        let mut seen = Vec::new();
        for name in names {
            let told = secrets.describe_secret().secret_id(name).send().await.expect("told");
            let value = secrets.get_secret_value().secret_id(name).send().await.expect("a value");
            seen.push((told.kms_key_id.unwrap_or_default(), value.version_id.expect("an id")));
        }
        seen
    };
    config.push(&entry, &[]).await.good();
    let before = seen().await;
    let [old, new] =
        ["old", "new"].map(|id| format!("arn:aws:kms:us-east-1:000000000000:key/{id}"));
    for key in [&old, &new] {
        let said = config.push(&entry, &["--kms-key", key]).await.good();
        assert_eq!(said, "support: key changed\n");
        let after = seen().await;
        for (before, after) in before.iter().zip(&after) {
            // The current version is a new one, under the new key.
            assert!(after.0 == *key && after.1 != before.1, "{before:?} {after:?}");
        }
        let said = config.push(&entry, &["--kms-key", key]).await.good();
        assert_eq!(said, "support: unchanged\n");
        assert_eq!(seen().await, after);
    }
    let changed = [integration("support", "another-secret")];
    let said = config.push(&changed, &["--kms-key", "alias/aws/secretsmanager"]).await.good();
    assert_eq!(said, "support: changed (send); key changed\n");
    assert!(seen().await.iter().all(|(key, _)| key.is_empty()));
    let send = stored(&secrets, "one/support/send", "AWSCURRENT").await.expect("stored");
    assert_eq!(send["genesys"]["oauthClients"][0]["clientSecret"], "another-secret");
    let said = config.push(&entry, &["--kms-key", "alias/mine"]).await.bad(2);
    assert!(said.contains("by its ARN or its id"), "{said}");
}

/// Two pushes of different files may write in any order. They must not both report success and
/// leave halves of both files.
#[tokio::test]
async fn of_two_files_pushed_at_once_one_says_that_the_other_ran() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let entry = |mark: &str| {
        let mut entry = integration("support", &format!("planted-secret-0123456789-{mark}"));
        entry["lynn"]["inboundAuth"][0]["key"] = json!(format!("planted-secret-0123456789-{mark}"));
        entry
    };
    let mut mixed = 0;
    for round in 0..8 {
        let pushes = ["a", "b", "c", "d"].map(|file| {
            let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
            let entry = entry(&format!("{file}{round}"));
            async move { config.push(&[entry], &["--overwrite"]).await }
        });
        let ended = futures_util::future::join_all(pushes).await;
        let receive = stored(&secrets, "one/support/receive", "AWSCURRENT").await.expect("stored");
        let send = stored(&secrets, "one/support/send", "AWSCURRENT").await.expect("stored");
        let is_mixed = receive["lynn"]["inboundAuth"][0]["key"]
            != send["genesys"]["oauthClients"][0]["clientSecret"];
        mixed += usize::from(is_mixed);
        let told = |ended: &&Ended| ended.said.contains("another push ran at the same time");
        let overtaken = ended.iter().filter(told).inspect(|ended| assert_eq!(ended.code, Some(1)));
        assert!(overtaken.count() > 0 || !is_mixed, "{ended:?}");
    }
    println!("{mixed} of 8 rounds left two halves");
}

/// The push is killed after the first integrations: the next push must recognise them as its own
/// file's.
#[tokio::test]
async fn a_push_that_is_killed_goes_on_where_it_stopped() {
    let aws = Ministack::start().await;
    let directory = TempDir::new().expect("a directory");
    let names: Vec<String> = (0..12).map(|number| format!("int{number:02}")).collect();
    let write = |secret: &str| {
        let entries: Vec<_> = names.iter().map(|name| integration(name, secret)).collect();
        file(directory.path(), &entries)
    };
    let path = write("first-secret");
    let path = path.to_str().expect("UTF-8");
    let arguments = ["config", "push", "--yes", "--config", path, "--stack", "one"];
    for secret in ["first-secret", "second-secret"] {
        write(secret);
        let mut child = std::process::Command::new(crate::process::PROGRAM)
            .args(arguments)
            .envs(aws.environment())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("its output");
        let mut lines = std::io::BufRead::lines(std::io::BufReader::new(output));
        assert_eq!(lines.by_ref().take(5).filter(Result::is_ok).count(), 5);
        child.kill().expect("killed");
        child.wait().expect("ended");
        // The file is edited, or unchanged.
        let next = if secret == "first-secret" { "edited-secret" } else { secret };
        write(next);
        let said = run(&arguments, &aws.environment()).await.good();
        assert_eq!(said.lines().count(), 12, "{said}");
    }
}

#[tokio::test]
async fn a_prefix_that_no_function_reads_is_refused() {
    let directory = TempDir::new().expect("a directory");
    let path = file(directory.path(), &[integration("support", SECRET)]);
    for prefix in ["bt/", "", "/bt", "a b"] {
        let path = path.to_str().expect("UTF-8");
        let said = run(&["config", "push", "--config", path, "--prefix", prefix], &[]).await.bad(2);
        assert!(said.contains("in parts separated by slashes"), "{said}");
    }
}

#[tokio::test]
async fn of_many_first_pushes_at_once_each_is_stored_and_listed() {
    let aws = Ministack::start().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let pushes = names.map(|name| {
        let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
        async move { config.push(&[integration(name, SECRET)], &[]).await.good() }
    });
    futures_util::future::join_all(pushes).await;
    let list = stored(&secrets, "one/@integrations/receive", "AWSCURRENT").await.expect("a list");
    assert_eq!(list["integrations"], json!(names));
}

#[tokio::test]
async fn a_configuration_is_read_back_with_its_secrets_masked() {
    let aws = Ministack::start().await;
    // The stack's prefix differs from its name.
    aws.deploy("one", "elsewhere").await;
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    let both = [integration("sales", SECRET), integration("support", SECRET)];
    config.push(&both, &[]).await.good();
    let secrets = aws_sdk_secretsmanager::Client::new(&aws.config());
    assert!(stored(&secrets, "elsewhere/support/send", "AWSCURRENT").await.is_some());
    let pull = async |more: &[&str]| {
        run(&[&["config", "pull", "--stack", "one"], more].concat(), &aws.environment()).await
    };
    let pulled = pull(&[]).await.json();
    assert!(!pulled.to_string().contains(SECRET), "{pulled}");
    let mut expected = both.to_vec();
    for entry in &mut expected {
        entry["genesys"]["oauthClients"][0]["clientSecret"] = json!("(masked)");
        entry["genesys"]["webhookSecrets"][0] = json!("(masked)");
        entry["lynn"]["inboundAuth"][0]["key"] = json!("(masked)");
    }
    assert_eq!(pulled["integrations"], json!(expected));
    let one = pull(&["--integration", "sales"]).await.json();
    assert_eq!(each(one["integrations"].as_array().expect("a list"), "/name"), ["sales"]);
    let none = pull(&["--integration", "other"]).await.bad(1);
    assert!(none.contains("elsewhere/other/receive") && none.contains("config push"), "{none}");
    // A push refuses a mask in place of a secret.
    let masked = pull(&[]).await.json()["integrations"].as_array().expect("a list").clone();
    config.push(&masked, &[]).await.bad(2);
}

#[tokio::test]
async fn trouble_with_aws_says_what_to_do() {
    let aws = Ministack::start().await;
    let directory = TempDir::new().expect("a directory");
    let path = file(directory.path(), &[integration("support", SECRET)]);
    let path = path.to_str().expect("UTF-8");
    let push = ["config", "push", "--yes", "--config", path, "--prefix", "bridge"];
    let with = |changes: &[(&str, &str)]| {
        let mut environment = aws.environment();
        // Uses no configuration and no credentials of this machine or its user.
        environment.push(("HOME".to_owned(), path.to_owned()));
        environment.push(("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned()));
        for (name, value) in changes {
            environment.retain(|(known, _)| known != name);
            environment.extend((!value.is_empty()).then(|| (name.to_string(), value.to_string())));
        }
        environment
    };
    let no_region = run(&push, &with(&[("AWS_REGION", "")])).await.bad(2);
    assert!(no_region.contains("--region"), "{no_region}");
    let nobody = with(&[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")]);
    let nobody = run(&push, &nobody).await.bad(1);
    assert!(nobody.contains("bridge/support/send") && nobody.contains("--profile"), "{nobody}");
    let nowhere = run(&push, &with(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")])).await.bad(1);
    assert!(nowhere.contains("bridge/support/send"), "{nowhere}");
    assert!(
        nowhere.contains("AWS_ENDPOINT_URL") && nowhere.contains("run this again"),
        "{nowhere}"
    );
    let no_stack = run(&["conversations", "--stack", "none"], &with(&[])).await.bad(2);
    assert!(no_stack.contains("there is no stack none in us-east-1"), "{no_stack}");
    for said in [no_region, nobody, nowhere, no_stack] {
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        assert!(!said.contains(SECRET), "{said}");
    }
}

/// The dead letter of an event, as the engine stores it.
fn letter(contact: &str, id: &str, minute: i64, said: &str) -> Vec<Write> {
    let event = json!({ "integration": "support", "contact": contact, "identity": { "message": id },
        "accepted_at": 1000, "trace": "trace", "payload": { "kind": "genesys", "data": said } });
    let failure = Failure::new(Class::Permanent, "bad.request", "send a message");
    let at = Timestamp::from_milliseconds(1_900_000_000_000 + minute * 60_000);
    let letter = DeadLetter::new(Direction::Outbound, at, &failure, &event.to_string());
    letter.writes(&IntegrationName::new("support")).expect("it can be written")
}

/// The queues and the table of the stack `one`.
struct Deployed {
    store: DynamoStore,
    sqs: aws_sdk_sqs::Client,
}

impl Deployed {
    async fn of(aws: &Ministack) -> Self {
        let config = aws.config();
        let dynamodb = aws_sdk_dynamodb::Client::new(&config);
        let tables = dynamodb.list_tables().send().await.expect("told");
        let table = tables.table_names()[0].clone();
        let store = DynamoStore::new(dynamodb, table, Arc::new(SystemClock));
        Self { store, sqs: aws_sdk_sqs::Client::new(&config) }
    }

    async fn write(&self, writes: &[Write]) {
        self.store.write(writes).await.expect("it is written");
    }

    async fn url(&self, queue: &str) -> String {
        let named = self.sqs.get_queue_url().queue_name(format!("one-{queue}.fifo")).send().await;
        named.expect("a queue").queue_url().expect("a URL").to_owned()
    }

    async fn count(&self, queue: &str) -> String {
        let kind = QueueAttributeName::ApproximateNumberOfMessages;
        let url = self.url(queue).await;
        let ask = self.sqs.get_queue_attributes().queue_url(url).attribute_names(kind.clone());
        let answer = ask.send().await.expect("told");
        answer.attributes().and_then(|found| found.get(&kind)).expect("a number").clone()
    }

    /// Receives and deletes all messages; returns their bodies and their deduplication ids.
    async fn drain(&self, queue: &str) -> Vec<(String, String)> {
        let url = self.url(queue).await;
        let mut found = Vec::new();
        loop {
            let ask = self.sqs.receive_message().queue_url(&url).visibility_timeout(30);
            let ask = ask
                .message_system_attribute_names(MessageSystemAttributeName::MessageDeduplicationId);
            let answer = ask.max_number_of_messages(10).send().await.expect("told");
            if answer.messages().is_empty() {
                return found;
            }
            for message in answer.messages() {
                let id = message.attributes().expect("attributes")
                    [&MessageSystemAttributeName::MessageDeduplicationId]
                    .clone();
                found.push((message.body().expect("a body").to_owned(), id));
                let delete = self.sqs.delete_message().queue_url(&url);
                let handle = message.receipt_handle().expect("a handle");
                delete.receipt_handle(handle).send().await.expect("deleted");
            }
        }
    }
}

#[tokio::test]
async fn dead_letters_of_a_stack_are_listed_and_sent_again_in_order() {
    let aws = Ministack::start().await;
    aws.deploy("one", "one").await;
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    config.push(&[integration("support", SECRET)], &[]).await.good();
    let deployed = Deployed::of(&aws).await;
    for (id, minute) in [("g-2", 2), ("g-1", 1), ("g-3", 3)] {
        // One letter is so long that it is stored in parts.
        let said = "a private word".repeat(if id == "g-2" { 20_000 } else { 1 });
        deployed.write(&letter("5215512345678", id, minute, &said)).await;
    }
    let failure = Failure::new(Class::Permanent, "unreadable", "read a queue entry");
    let at = Timestamp::from_milliseconds(1_900_000_000_000);
    let unreadable = DeadLetter::new(Direction::Inbound, at, &failure, "not of this version");
    let writes = unreadable.writes(&IntegrationName::new("unreadable"));
    deployed.write(&writes.expect("it can be written")).await;

    let on = async |arguments: &[&str]| {
        run(&[arguments, &["--stack", "one"]].concat(), &aws.environment()).await
    };
    let listed = on(&["dead-letters", "list", "--json"]).await.json();
    let letters = listed["deadLetters"].as_array().expect("a list").clone();
    assert_eq!(
        each(&letters, "/event/id"),
        [Value::Null, json!("g-1"), json!("g-2"), json!("g-3")]
    );
    let long = letters[2]["id"].as_str().expect("an id");
    let shown = on(&["dead-letters", "show", long]).await.good();
    assert!(shown.contains("message g-2") && !shown.contains("private"), "{shown}");
    assert_eq!(listed["queues"], json!({ "inbound": 0, "outbound": 0 }));
    assert!(!listed.to_string().contains("private") && !listed.to_string().contains("5512345678"));
    let refused = on(&["dead-letters", "redrive", "--all"]).await;
    assert!(refused.said.contains("this version cannot read its event"), "{refused:?}");
    assert_eq!(refused.output.lines().count(), 3, "{refused:?}");
    refused.bad(1);
    let sent = deployed.drain("outbound").await;
    let sent: Vec<Value> = sent
        .into_iter()
        .map(|(body, _)| serde_json::from_str(&unpack(body)).expect("JSON"))
        .collect();
    assert_eq!(each(&sent, "/identity/message"), ["g-1", "g-2", "g-3"]);
    assert_eq!(each(&sent, "/redrive"), [1, 1, 1]);
    assert!(sent.iter().all(|event| event["accepted_at"] != 1000));
    let parts = deployed.store.list("dead#support#body", "", None, 9).await.expect("told");
    assert!(parts.is_empty(), "{parts:?}");
    let listed = on(&["dead-letters", "list", "--json"]).await.json();
    assert_eq!(listed["deadLetters"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_stack_is_looked_at_and_redriven_on_a_page() {
    let aws = Ministack::start().await;
    aws.deploy("one", "one").await;
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    config.push(&[integration("support", SECRET)], &[]).await.good();
    let deployed = Deployed::of(&aws).await;
    for (id, minute) in [("g-2", 2), ("g-1", 1)] {
        deployed.write(&letter("5215512345678", id, minute, "a private word")).await;
    }
    let key = ItemKey::new("conv#support#5215512345678", ItemKey::STATE);
    let body = json!({ "status": "open", "genesysConversation": "c-1", "lastActivity": 1000 });
    let change = Change::Put { body: body.to_string(), expires_at: None, index: None, due: None };
    deployed.write(&[Write { key, expected: Expected::Anything, change }]).await;
    let state = config.directory.path().to_str().expect("UTF-8").to_owned();
    let mut environment = aws.environment();
    environment.push(("XDG_STATE_HOME".to_owned(), state.clone()));
    let console = Console::start(&["--stack", "one", "--allow-redrive"], &environment);
    // Without a scan, a whole id finds the conversation; a part of it does not.
    let found = console.get("/api/conversations?text=5215512345678").await;
    assert_eq!((&found["total"], &found["scanned"]), (&json!(1), &json!(false)), "{found}");
    assert_eq!(console.get("/api/conversations?text=551234").await["total"], 0);
    let scanned = console.get("/api/conversations?text=551234&scan=yes").await;
    assert_eq!((&scanned["total"], &scanned["scanned"]), (&json!(1), &json!(true)));
    let print = found["conversations"][0]["contactFingerprint"].as_str().expect("a fingerprint");
    let path = format!("/api/conversation?integration=support&contactFingerprint={print}");
    let one = console.get(&path).await;
    let events = one["events"].as_array().expect("a list");
    assert_eq!(each(events, "/state"), ["deadLetter", "deadLetter"], "{one:#}");
    assert!(one["notes"].to_string().contains("queues of a stack"), "{one}");
    assert_eq!(console.get("/api/waiting").await["waiting"], Value::Null);
    let overview = console.events("overview", |seen| seen["integrations"].is_array()).await;
    let letters = &overview.last().expect("one")["integrations"][0]["deadLetters"];
    assert_eq!(letters["total"], 2, "{overview:?}");
    assert_eq!(console.get("/api/causes").await["queues"], json!({ "inbound": 0, "outbound": 0 }));
    console.redrive(json!({ "integration": "support" })).await;
    let line = console.ended(1).await;
    assert_eq!((&line["result"], &line["counts"]), (&json!("done"), &json!({ "sent": 2 })));
    let sent = deployed.drain("outbound").await;
    let sent: Vec<Value> = sent
        .into_iter()
        .map(|(body, _)| serde_json::from_str(&unpack(body)).expect("JSON"))
        .collect();
    assert_eq!(each(&sent, "/identity/message"), ["g-1", "g-2"]);
    let log = Path::new(&state).join("lynn-genesys-bridge/console-audit-one.jsonl");
    let mode = std::fs::metadata(&log).expect("the audit log").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let log = std::fs::read_to_string(log).expect("UTF-8");
    assert_eq!(log.lines().count(), 2);
    assert!(!log.contains("5512345678") && !log.contains("private"), "{log}");
}

#[tokio::test]
async fn the_queues_of_undone_messages_go_back_in_order() {
    let aws = Ministack::start().await;
    aws.deploy("one", "one").await;
    let config = Config { aws: &aws, directory: TempDir::new().expect("a directory") };
    config.push(&[integration("support", SECRET)], &[]).await.good();
    let deployed = Deployed::of(&aws).await;
    let url = deployed.url("inbound").await;
    for number in 0..23 {
        let group = format!("group-{}", number % 2);
        let send = deployed.sqs.send_message().queue_url(&url).message_body(format!("{number:02}"));
        let send = send.message_group_id(group).message_deduplication_id(format!("d-{number}"));
        send.send().await.expect("sent");
    }
    // Receiving each message once, without deleting it, is enough here.
    while deployed.count("inbound-dead").await != "23" {
        let ask = deployed.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        ask.visibility_timeout(0).send().await.expect("told");
    }
    let on = async |arguments: &[&str]| {
        run(&[arguments, &["--stack", "one"]].concat(), &aws.environment()).await.good()
    };
    let listed = on(&["dead-letters", "list"]).await;
    assert!(listed.contains("23 messages in the inbound dead-letter queue"), "{listed}");
    let moved = on(&["dead-letters", "redrive", "--queues"]).await;
    assert_eq!(
        moved,
        "inbound: 23 messages queued to be sent again\noutbound: 0 messages queued to be sent again\n"
    );
    assert_eq!(deployed.count("inbound-dead").await, "0");
    let status: Value = serde_json::from_str(&on(&["status", "--json"]).await).expect("JSON");
    let of_one = &status["integrations"][0];
    assert_eq!((&of_one["name"], &of_one["inbound"]["waiting"]), (&json!("support"), &json!(23)));
    assert_eq!((&of_one["outbound"]["waiting"], &status["tokens"]), (&json!(0), &json!([])));
    let back = deployed.drain("inbound").await;
    assert_eq!(back.len(), 23);
    for group in 0..2 {
        let of_group = |body: &str| body.parse::<u32>().expect("a number") % 2 == group;
        let bodies: Vec<_> = back.iter().filter(|(body, _)| of_group(body)).collect();
        assert!(bodies.is_sorted(), "{bodies:?}");
    }
    assert!(back.iter().all(|(_, id)| !id.starts_with("d-")), "{back:?}");
}

#[tokio::test]
async fn conversations_of_a_stack_are_listed_and_shown() {
    let aws = Ministack::start().await;
    aws.deploy("one", "one").await;
    let deployed = Deployed::of(&aws).await;
    let put = |partition: &str, sort: &str, body: Value| Write {
        key: ItemKey::new(partition, sort),
        expected: Expected::Anything,
        change: Change::Put { body: body.to_string(), expires_at: None, index: None, due: None },
    };
    for number in 0..3 {
        let partition = format!("conv#support#521551234567{number}");
        let status = if number == 1 { "idle" } else { "open" };
        let state = json!({ "status": status, "lastActivity": 1_900_000_000_000_i64 + number });
        let record = json!({ "state": "done", "parts": 1 });
        deployed
            .write(&[put(&partition, "state", state), put(&partition, "msg#in#m-1", record)])
            .await;
    }
    deployed.write(&[put("conv#sales#ana", "state", json!({ "status": "open" }))]).await;
    let on = async |arguments: &[&str]| {
        run(&[arguments, &["--stack", "one"]].concat(), &aws.environment()).await
    };
    let listed = on(&["conversations", "--json", "--show-contacts", "--open"]).await.json();
    let contacts = each(listed.as_array().expect("a list"), "/contact");
    assert_eq!(contacts, ["5215512345672", "5215512345670", "ana"]);
    let listed = on(&["conversations", "--json", "--integration", "support"]).await.json();
    assert!(!listed.to_string().contains("521551234567"), "{listed}");
    let fingerprints = each(listed.as_array().expect("a list"), "/contactFingerprint");
    assert_eq!(fingerprints.len(), 3);
    let fingerprint = fingerprints[0].as_str().expect("a text");
    let show = ["conversations", "show", fingerprint, "--integration", "support"];
    let shown = on(&[&show[..], &["--json", "--show-contacts"]].concat()).await.json();
    assert_eq!(shown["contact"], "5215512345672");
    assert_eq!(shown["events"][0]["id"], "m-1");
    assert!(on(&show).await.good().contains("done"));
}
