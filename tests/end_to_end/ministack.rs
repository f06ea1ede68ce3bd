//! An AWS of this machine, and a stack in it with the outputs of the bridge's own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::types::StackStatus;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// How long it may take to be ready, or a stack to be made.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running emulator.
pub struct Ministack {
    child: Child,
    url: String,
    _directory: TempDir,
}

impl Ministack {
    /// Starts it on a port of its own.
    pub async fn start() -> Self {
        let program = program();
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let url = format!("http://127.0.0.1:{port}");
        let directory = TempDir::new().expect("a directory");
        let child = Command::new(program)
            .current_dir(directory.path())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AWS_ENDPOINT_URL", &url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("ministack starts");
        let started = Self { child, url, _directory: directory };
        let deadline = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "ministack does not become ready");
            sleep(Duration::from_millis(50)).await;
        }
        started
    }

    /// What a command needs to find it.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The settings of a test's own clients.
    pub async fn config(&self) -> SdkConfig {
        let credentials =
            aws_sdk_sqs::config::Credentials::new("test", "test", None, None, "the tests");
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.url)
            .credentials_provider(credentials)
            .load()
            .await
    }

    /// Makes a stack with a table, the queues and the outputs of the bridge's.
    pub async fn deploy(&self, name: &str, prefix: &str) {
        let client = aws_sdk_cloudformation::Client::new(&self.config().await);
        let template = template(prefix).to_string();
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

impl Drop for Ministack {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let program = root.join(".tools/ministack/bin/ministack");
    assert!(program.exists(), "{} is missing: run `make tools`", program.display());
    program
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
                    { "AttributeName": "index_value", "AttributeType": "S" } ],
                "KeySchema": [ { "AttributeName": "pk", "KeyType": "HASH" }, { "AttributeName": "sk", "KeyType": "RANGE" } ],
                "GlobalSecondaryIndexes": [ { "IndexName": "by_index",
                    "KeySchema": [ { "AttributeName": "index_value", "KeyType": "HASH" } ],
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
        },
    })
}
