//! A deployed stack: its table, its queues, its secrets and its outputs.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use clients::SystemClock;
use delivery::dead_letter::UNREADABLE;
use delivery::{RecentStore, without_list};
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::{Clock, Direction, ItemKey, Queue, Store};
use shared::time::Timestamp;

use super::account::Connection;
use super::error::{OperatorError, explain};
use super::outputs::Outputs;
use super::stored_configuration::StoredConfiguration;
use crate::{DynamoStore, QueueUrls, SqsQueue};

/// A deployed stack and the clients to ask it.
pub struct Stack {
    outputs: Outputs,
    table: String,
    dynamodb: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    store: RecentStore,
    queue: SqsQueue,
    secrets: StoredConfiguration,
    connection: Connection,
}

impl Stack {
    /// Reads the stack's outputs and creates the clients.
    pub async fn open(connection: Connection, name: &str) -> Result<Self, OperatorError> {
        let config = connection.config();
        let outputs = Outputs::read(&connection, name).await?;
        let table = outputs.get("TableName")?.to_owned();
        let dynamodb = aws_sdk_dynamodb::Client::new(config);
        let sqs = aws_sdk_sqs::Client::new(config);
        let urls = QueueUrls {
            inbound: Some(outputs.get("InboundQueueUrl")?.to_owned()),
            outbound: Some(outputs.get("OutboundQueueUrl")?.to_owned()),
        };
        Ok(Self {
            store: {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let table = DynamoStore::new(dynamodb.clone(), table.clone(), Arc::clone(&clock));
                RecentStore::beside_older(Arc::new(table), clock)
            },
            queue: SqsQueue::new(sqs.clone(), urls),
            secrets: StoredConfiguration::new(&connection, outputs.secret_prefix().to_owned()),
            connection,
            outputs,
            table,
            dynamodb,
            sqs,
        })
    }

    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    pub fn secrets(&self) -> &StoredConfiguration {
        &self.secrets
    }

    /// The settings for further clients.
    pub(super) fn config(&self) -> &SdkConfig {
        self.connection.config()
    }

    pub fn store(&self) -> &dyn Store {
        &self.store
    }

    pub fn queue(&self) -> &dyn Queue {
        &self.queue
    }

    pub(super) fn sqs(&self) -> &aws_sdk_sqs::Client {
        &self.sqs
    }

    pub(super) fn queue_url(&self, direction: Direction) -> Result<&str, OperatorError> {
        self.outputs.get(match direction {
            Direction::Inbound => "InboundQueueUrl",
            Direction::Outbound => "OutboundQueueUrl",
        })
    }

    /// The configured integrations, and the name for entries that cannot be read.
    pub async fn integrations(&self) -> Result<BTreeSet<IntegrationName>, OperatorError> {
        let mut integrations = self.secrets.integrations().await?;
        integrations.insert(IntegrationName::new(UNREADABLE));
        Ok(integrations)
    }

    /// When the items of a partition expire, by sort key; those that never do are left out.
    pub async fn expiries(
        &self,
        partition: &str,
    ) -> Result<Vec<(String, Timestamp)>, OperatorError> {
        let mut pages = self
            .dynamodb
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :partition")
            .projection_expression("#sk, #end")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_names("#end", "expires_at")
            .expression_attribute_values(":partition", AttributeValue::S(partition.to_owned()))
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| explain("dynamodb:Query", &self.table, &error))?;
            found.extend(page.items().iter().filter_map(expiry));
        }
        let listed = self.store.expiries(partition).await;
        found.extend(listed.map_err(|error| OperatorError::Call(chain(&error)))?);
        Ok(found)
    }

    /// Passes the partition and the state of each conversation whose partition starts with
    /// `prefix`; reads the whole table.
    pub async fn each_state(
        &self,
        prefix: &str,
        mut take: impl FnMut(String, &str),
    ) -> Result<(), OperatorError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let now = AttributeValue::N(SystemClock.now().seconds().to_string());
        let mut pages = self
            .dynamodb
            .scan()
            .table_name(&self.table)
            .filter_expression(
                "#sk = :state AND begins_with(#pk, :prefix) AND (attribute_not_exists(#end) OR #end > :now)",
            )
            .projection_expression("#pk, #body")
            .expression_attribute_names("#pk", "pk")
            .expression_attribute_names("#sk", "sk")
            .expression_attribute_names("#body", "body")
            .expression_attribute_names("#end", "expires_at")
            .expression_attribute_values(":state", text(ItemKey::STATE))
            .expression_attribute_values(":prefix", text(prefix))
            .expression_attribute_values(":now", now)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| explain("dynamodb:Scan", &self.table, &error))?;
            for attributes in page.items() {
                let (partition, body) = read(attributes).ok_or(OperatorError::UnreadableItem)?;
                take(partition.to_owned(), &without_list(body));
            }
        }
        Ok(())
    }
}

fn expiry(attributes: &HashMap<String, AttributeValue>) -> Option<(String, Timestamp)> {
    let sort = attributes.get("sk")?.as_s().ok()?.clone();
    let seconds: i64 = attributes.get("expires_at")?.as_n().ok()?.parse().ok()?;
    Some((sort, Timestamp::from_milliseconds(seconds.saturating_mul(1000))))
}

fn read(attributes: &HashMap<String, AttributeValue>) -> Option<(&str, &str)> {
    let text = |name: &str| attributes.get(name).and_then(|value| value.as_s().ok());
    Some((text("pk")?, text("body")?))
}
