//! An emulator of AWS as a child process, with the table and the queues of the template.
//!
//! Rule: whatever becomes of a test, its emulator ends with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::SharedCredentialsProvider;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;
use shared::aws::{Clients, QueueUrls};

/// The table of the tests.
pub const TABLE: &str = "bridge";

/// A running emulator.
pub struct Emulator {
    process: Child,
    config: SdkConfig,
    _directory: tempfile::TempDir,
}

impl Emulator {
    /// Starts it and waits until it answers.
    pub async fn start() -> Self {
        let program =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../.tools/ministack/bin/ministack");
        assert!(program.exists(), "{} is missing: run `make tools`", program.display());
        let port = free_port();
        let endpoint = format!("http://127.0.0.1:{port}");
        let directory = tempfile::tempdir().expect("a directory");
        let process = Command::new(program)
            .envs([("BIND_HOST", "127.0.0.1"), ("GATEWAY_PORT", &port.to_string())])
            .current_dir(directory.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the emulator starts");
        let credentials = Credentials::new("test", "test", None, None, "tests");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .endpoint_url(endpoint)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let emulator = Self { process, config, _directory: directory };
        emulator.ready(port).await;
        emulator
    }

    async fn ready(&self, port: u16) {
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the emulator does not answer");
    }

    /// Clients with the limits of the functions.
    pub fn clients(&self) -> Clients {
        Clients::of(self.config.clone())
    }

    /// The table, as the template makes it.
    pub async fn table(&self) -> aws_sdk_dynamodb::Client {
        let client = self.clients().dynamodb();
        let attribute = |name: &str| {
            let attribute = AttributeDefinition::builder().attribute_name(name);
            attribute.attribute_type(ScalarAttributeType::S).build().expect("complete")
        };
        let key = |name: &str, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .expect("complete")
        };
        let index = GlobalSecondaryIndex::builder()
            .index_name("by_index")
            .key_schema(key("index_value", KeyType::Hash))
            .projection(Projection::builder().projection_type(ProjectionType::KeysOnly).build())
            .build()
            .expect("complete");
        let request = client
            .create_table()
            .table_name(TABLE)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(["pk", "sk", "index_value"].map(attribute).to_vec()))
            .key_schema(key("pk", KeyType::Hash))
            .key_schema(key("sk", KeyType::Range))
            .global_secondary_indexes(index);
        request.send().await.expect("a table");
        client
    }

    /// The two queues, with a visibility timeout of `visibility` seconds.
    pub async fn queues(&self, visibility: u32) -> (aws_sdk_sqs::Client, QueueUrls) {
        let client = self.clients().sqs();
        let mut urls = Vec::new();
        for name in ["inbound.fifo", "outbound.fifo"] {
            let request = client
                .create_queue()
                .queue_name(name)
                .attributes(QueueAttributeName::FifoQueue, "true")
                .attributes(QueueAttributeName::VisibilityTimeout, visibility.to_string());
            urls.push(request.send().await.expect("a queue").queue_url.expect("its address"));
        }
        let outbound = urls.pop();
        (client, QueueUrls { inbound: urls.pop(), outbound })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}
