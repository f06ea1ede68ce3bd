//! Prepares the emulator with the table and the queues of the template.

use aws::{Clients, QueueUrls};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use aws_sdk_sqs::types::QueueAttributeName;

pub use crate::process::Emulator;

pub const TABLE: &str = "bridge";

impl Emulator {
    /// Clients with the time limits of the functions.
    pub fn clients(&self) -> Clients {
        Clients::of(self.config())
    }

    /// Creates the table as the template does.
    pub async fn table(&self) -> aws_sdk_dynamodb::Client {
        let client = self.clients().dynamodb();
        let attribute = |(name, kind)| {
            let attribute = AttributeDefinition::builder().attribute_name(name);
            attribute.attribute_type(kind).build().expect("complete")
        };
        let attributes = [
            ("pk", ScalarAttributeType::S),
            ("sk", ScalarAttributeType::S),
            ("index_value", ScalarAttributeType::S),
            ("due_shard", ScalarAttributeType::S),
            ("due_at", ScalarAttributeType::N),
        ];
        let key = |name: &str, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
                .expect("complete")
        };
        let index = |name: &str, keys: Vec<KeySchemaElement>| {
            let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly);
            GlobalSecondaryIndex::builder()
                .index_name(name)
                .set_key_schema(Some(keys))
                .projection(keys_only.build())
                .build()
                .expect("complete")
        };
        let by_due = vec![key("due_shard", KeyType::Hash), key("due_at", KeyType::Range)];
        let request = client
            .create_table()
            .table_name(TABLE)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.map(attribute).to_vec()))
            .key_schema(key("pk", KeyType::Hash))
            .key_schema(key("sk", KeyType::Range))
            .global_secondary_indexes(index("by_index", vec![key("index_value", KeyType::Hash)]))
            .global_secondary_indexes(index("by_due", by_due));
        request.send().await.expect("a table");
        client
    }

    /// Creates the two queues, with a visibility timeout of `visibility` seconds.
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
