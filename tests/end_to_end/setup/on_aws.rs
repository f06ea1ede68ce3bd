//! The configuration of a stack: setup takes the webhook URL from its outputs, and stores the
//! finished configuration in its secrets.

use serde_json::Value;
use simulators::ObjectKind;

use super::{Machine, NAME, QUEUE};
use crate::ministack::Ministack;

async fn stored(aws: &Ministack, half: &str) -> Option<Value> {
    let client = aws_sdk_secretsmanager::Client::new(&aws.config());
    let answer = client.get_secret_value().secret_id(format!("one/{NAME}/{half}")).send().await;
    serde_json::from_str(answer.ok()?.secret_string()?).ok()
}

#[tokio::test]
async fn a_stack_is_set_up_rotated_and_taken_back() {
    let aws = Ministack::start().await;
    aws.deploy("one", "one").await;
    let machine = Machine::start().await;
    let record = machine.record().display().to_string();
    let base = machine.genesys.base_url();
    let place = ["--stack", "one", "--record", &record, "--name", NAME];
    let hosts = ["--domain", "mypurecloud.com", "--api-base-url", &base, "--login-base-url", &base];
    let environment = [machine.environment(), aws.environment()].concat();
    let run =
        async |arguments: &[&[&str]]| crate::command::run(&arguments.concat(), &environment).await;
    let more = [
        "--lynn-webhook-url",
        "https://lynn.example.com/hook",
        "--queue",
        QUEUE,
        "--create-queue",
        "--yes",
        "--event-account",
        "123456789012",
        "--event-region",
        "us-east-1",
    ];
    let output = run(&[&["setup"], &hosts, &place, &more]).await.good();
    assert!(output.contains("configuration: written (Secrets Manager, one/…)"), "{output}");
    assert!(output.contains("GenesysEventSource=aws.partner/genesys.com/cloud/"), "{output}");
    let integration = machine.genesys.objects(ObjectKind::OpenIntegration)[0].clone();
    let url = integration["outboundNotificationWebhookUrl"].as_str().unwrap();
    assert!(url.starts_with("https://") && url.ends_with("/genesys/support"), "{url}");
    let (send, receive) =
        (stored(&aws, "send").await.unwrap(), stored(&aws, "receive").await.unwrap());
    assert_eq!(receive["genesys"]["integrationId"], integration["id"]);
    assert!(
        receive["genesys"]["webhookSecrets"][0].is_string()
            && receive["lynn"]["inboundAuth"][0]["key"].is_string()
    );
    assert!(send["genesys"]["oauthClients"][0]["clientSecret"].is_string());
    let changes = machine.genesys.changes();
    let output = run(&[&["setup"], &hosts, &place, &more]).await.good();
    assert!(output.contains("configuration: unchanged"), "{output}");
    assert_eq!(machine.genesys.changes(), changes);
    let quick = ["--reread-wait", "0", "--retry-wait", "0", "--cache-wait", "0"];
    run(&[&["setup", "rotate"], &place, &quick]).await.good();
    let renewed = stored(&aws, "receive").await.unwrap();
    assert_ne!(renewed["genesys"]["webhookSecrets"], receive["genesys"]["webhookSecrets"]);
    assert_eq!(renewed["genesys"]["webhookSecrets"].as_array().unwrap().len(), 1);
    run(&[&["setup"], &hosts, &place, &["--remove", "--yes"]]).await.good();
    assert_eq!(stored(&aws, "receive").await, None);
    assert_eq!(machine.genesys.objects(ObjectKind::OpenIntegration), Vec::<Value>::new());
    machine.assert_no_violation();
    let said = run(&[&["setup"], &hosts, &["--stack", "two", "--name", NAME], &more]).await.bad(2);
    assert!(said.contains("there is no stack two"), "{said}");
}
