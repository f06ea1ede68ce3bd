//! A local AWS, and a stack in it with the outputs of the bridge's own stack.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_cloudformation::types::StackStatus;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::emulator::Emulator;

/// The longest time until a stack is created.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running emulator, as commands find it.
pub struct Ministack(Emulator);

impl Ministack {
    /// Starts the emulator on a free port.
    pub async fn start() -> Self {
        Self(Emulator::start().await)
    }

    /// The environment variables with which a command finds the emulator.
    pub fn environment(&self) -> Vec<(String, String)> {
        environment(self.config().endpoint_url().expect("an address"))
    }

    /// The settings of the test's own AWS clients.
    pub fn config(&self) -> SdkConfig {
        self.0.config()
    }

    /// Creates a stack with a table, the queues and the outputs of the bridge's stack.
    pub async fn deploy(&self, name: &str, prefix: &str) {
        self.deploy_saying(name, prefix, &[]).await;
    }

    /// Creates the same stack with more outputs.
    pub async fn deploy_saying(&self, name: &str, prefix: &str, outputs: &[(&str, &str)]) {
        let client = aws_sdk_cloudformation::Client::new(&self.config());
        let mut template = template(prefix);
        for (key, value) in outputs {
            template["Outputs"][*key] = json!({ "Value": value });
        }
        let template = template.to_string();
        client
            .create_stack()
            .stack_name(name)
            .template_body(template)
            .send()
            .await
            .expect("a stack");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let described = client.describe_stacks().stack_name(name).send().await.expect("told");
            let status = described.stacks()[0].stack_status().cloned();
            if status == Some(StackStatus::CreateComplete) {
                return;
            }
            assert!(Instant::now() < deadline, "{described:?}");
            sleep(Duration::from_millis(50)).await;
        }
    }
}

/// The environment variables with which a command finds the emulator at this address.
pub fn environment(url: &str) -> Vec<(String, String)> {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn template(prefix: &str) -> Value {
    let queue = |name: &str, dead: Option<&str>| {
        let mut queue = json!({ "Type": "AWS::SQS::Queue",
            "Properties": { "FifoQueue": true, "QueueName": format!("{prefix}-{name}.fifo"), "VisibilityTimeout": 0 } });
        if let Some(dead) = dead {
            queue["Properties"]["RedrivePolicy"] = json!({ "deadLetterTargetArn": { "Fn::GetAtt": [ dead, "Arn" ] }, "maxReceiveCount": 1 });
        }
        queue
    };
    let reference = |name: &str| json!({ "Value": { "Ref": name } });
    json!({
        "Resources": {
            "Table": { "Type": "AWS::DynamoDB::Table", "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [
                    { "AttributeName": "pk", "AttributeType": "S" },
                    { "AttributeName": "sk", "AttributeType": "S" },
                    { "AttributeName": "index_value", "AttributeType": "S" },
                    { "AttributeName": "due_shard", "AttributeType": "S" },
                    { "AttributeName": "due_at", "AttributeType": "N" } ],
                "KeySchema": [ { "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" } ],
                "GlobalSecondaryIndexes": [ { "IndexName": "by_index",
                    "KeySchema": [ { "AttributeName": "index_value", "KeyType": "HASH" } ],
                    "Projection": { "ProjectionType": "KEYS_ONLY" } }, { "IndexName": "by_due",
                    "KeySchema": [ { "AttributeName": "due_shard", "KeyType": "HASH" }, { "AttributeName": "due_at", "KeyType": "RANGE" } ],
                    "Projection": { "ProjectionType": "KEYS_ONLY" } } ] } },
            "InboundDead": queue("inbound-dead", None),
            "OutboundDead": queue("outbound-dead", None),
            "Inbound": queue("inbound", Some("InboundDead")),
            "Outbound": queue("outbound", Some("OutboundDead")),
        },
        "Outputs": {
            "TableName": reference("Table"),
            "InboundQueueUrl": reference("Inbound"),
            "OutboundQueueUrl": reference("Outbound"),
            "InboundDeadLetterQueueUrl": reference("InboundDead"),
            "OutboundDeadLetterQueueUrl": reference("OutboundDead"),
            "SecretPrefix": { "Value": prefix },
            "GenesysWebhookUrl": { "Value": "https://api.example.com/genesys/{integration}" },
            "LynnUrl": { "Value": "https://api.example.com/lynn/{integration}" },
        },
    })
}
