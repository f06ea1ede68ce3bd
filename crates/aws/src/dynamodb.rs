//! The table of items in DynamoDB.
//!
//! Rules: reads that decide something are strongly consistent. Several writes are one transaction.
//! An expired item counts as absent, whether or not DynamoDB has already removed it, and its
//! version number continues.

mod change;
mod due;
mod row;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;
use shared::ports::{Clock, Item, ItemKey, PortError, Store, Write, check_writes};
use shared::retry::{Limit, Pauses};
use shared::time::Timestamp;

use self::change::{single, transaction};
use self::row::{
    EXPIRES_AT, INDEX_NAME, INDEX_VALUE, PARTITION, Row, SORT, key_attributes, moment, text,
};
use super::failure::unavailable;
use super::keys::{PARTITION_BYTES, fitted};

type Attributes = HashMap<String, AttributeValue>;

const LOAD: &str = "read items";
const LIST: &str = "list items";
const FIND: &str = "find items";
const DUE: &str = "find due items";
const WRITE: &str = "write items";

/// The most items that DynamoDB reads in one call.
const MOST_READ: usize = 100;
/// The pauses before items that DynamoDB left out of an answer are requested again.
const LEFT_OUT_REPEATS: Limit = Limit::Pauses(4);
const LEFT_OUT_PAUSES: RangeInclusive<Duration> =
    Duration::from_millis(30)..=Duration::from_millis(240);

/// [`Store`] in a DynamoDB table: keys `pk` and `sk`, time to live `expires_at`, index `by_index`
/// on `index_value`, index `by_due` on `due_shard` and `due_at`.
pub struct DynamoStore {
    client: Client,
    table: String,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, thiserror::Error)]
#[error("DynamoDB left items out again and again: the table is read more than it can bear")]
struct UnprocessedKeys;

impl DynamoStore {
    /// `clock` decides which items have expired.
    pub fn new(client: Client, table: impl Into<String>, clock: Arc<dyn Clock>) -> Self {
        Self { client, table: table.into(), clock }
    }

    async fn row(&self, key: &ItemKey) -> Result<Option<Row>, PortError> {
        let request = self.client.get_item().table_name(&self.table).consistent_read(true);
        let answer = request.set_key(Some(key_attributes(key))).send().await;
        answer.map_err(|error| unavailable(LOAD, &error))?.item.map(Row::read).transpose()
    }

    /// The rows of at most [`MOST_READ`] different keys, expired or not, in any order.
    async fn rows(&self, keys: Vec<Attributes>) -> Result<Vec<Row>, PortError> {
        let mut found = Vec::new();
        let mut pauses = Pauses::new(&*self.clock, LEFT_OUT_PAUSES, LEFT_OUT_REPEATS);
        let corrupt = |error| PortError::unavailable(LOAD, error);
        let mut wanted = KeysAndAttributes::builder()
            .set_keys(Some(keys))
            .consistent_read(true)
            .build()
            .map_err(corrupt)?;
        loop {
            let request = self.client.batch_get_item().request_items(&self.table, wanted);
            let answer = request.send().await.map_err(|error| unavailable(LOAD, &error))?;
            let items =
                answer.responses.unwrap_or_default().remove(&self.table).unwrap_or_default();
            for item in items {
                found.push(Row::read(item)?);
            }
            let left = answer.unprocessed_keys.unwrap_or_default().remove(&self.table);
            let Some(left) = left.filter(|left| !left.keys.is_empty()) else { return Ok(found) };
            wanted = left;
            if !pauses.pause().await {
                return Err(PortError::unavailable(LOAD, UnprocessedKeys));
            }
        }
    }

    /// The rows that have not expired, by key, for any number of keys.
    async fn rows_by_key(&self, keys: &[ItemKey]) -> Result<HashMap<ItemKey, Row>, PortError> {
        let mut wanted: Vec<ItemKey> = keys.iter().map(row::fitted_key).collect();
        wanted.sort();
        // DynamoDB refuses a request that names a key twice.
        wanted.dedup();
        let now = self.clock.now();
        let mut found = HashMap::new();
        for chunk in wanted.chunks(MOST_READ) {
            let rows = match chunk {
                [key] => self.row(key).await?.into_iter().collect(),
                chunk => self.rows(chunk.iter().map(key_attributes).collect()).await?,
            };
            found.extend(
                rows.into_iter().filter(|row| row.lives(now)).map(|row| (row.key.clone(), row)),
            );
        }
        Ok(found)
    }

    /// Reads pages of a query until `limit` items are found.
    async fn query(
        &self,
        operation: &'static str,
        request: QueryFluentBuilder,
        mut start: Option<Attributes>,
        limit: usize,
    ) -> Result<Vec<Attributes>, PortError> {
        let mut found = Vec::new();
        loop {
            let page = request.clone().set_exclusive_start_key(start).send().await;
            let page = page.map_err(|error| unavailable(operation, &error))?;
            found.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || found.len() >= limit {
                found.truncate(limit);
                return Ok(found);
            }
        }
    }
}

#[async_trait]
impl Store for DynamoStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let found = self.rows_by_key(keys).await?;
        let item = |key| found.get(&row::fitted_key(key)).map(|row| row.item.clone());
        Ok(keys.iter().map(item).collect())
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        let now = self.clock.now();
        match writes {
            [] => Ok(()),
            // A single write costs half as much as a transaction.
            [write] => single(&self.client, &self.table, write, now).await,
            writes => transaction(&self.client, &self.table, writes, now).await,
        }
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        // DynamoDB accepts only a start inside the prefix. A start before the prefix changes
        // nothing; after a start beyond the prefix there is nothing to list.
        let after = after.filter(|after| *after >= prefix);
        if limit == 0 || after.is_some_and(|after| !after.starts_with(prefix)) {
            return Ok(Vec::new());
        }
        let partition = fitted(partition, PARTITION_BYTES);
        let start = after.map(|after| key_attributes(&ItemKey::new(partition.as_ref(), after)));
        let in_prefix = if prefix.is_empty() { "" } else { " AND begins_with(#sort, :prefix)" };
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression(format!("#partition = :partition{in_prefix}"))
            .filter_expression("attribute_not_exists(#expires) OR #expires > :now")
            .expression_attribute_names("#partition", PARTITION)
            .expression_attribute_names("#expires", EXPIRES_AT)
            .expression_attribute_values(":partition", text(&partition))
            .expression_attribute_values(":now", moment(self.clock.now()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        if !prefix.is_empty() {
            request = request
                .expression_attribute_names("#sort", SORT)
                .expression_attribute_values(":prefix", text(prefix));
        }
        let found = self.query(LIST, request, start, limit).await?;
        let rows = found.into_iter().map(Row::read).map(|row| row.map(|row| (row.key, row.item)));
        rows.collect()
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let value = fitted(value, PARTITION_BYTES);
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(INDEX_NAME)
            .key_condition_expression("#index = :value")
            .expression_attribute_names("#index", INDEX_VALUE)
            .expression_attribute_values(":value", text(&value));
        let found = self.query(FIND, request, None, usize::MAX).await?;
        let keys = found.iter().map(row::key).collect::<Result<Vec<_>, _>>()?;
        // The index contains only keys and lags behind; the items say whether they still belong to
        // it.
        let rows = self.rows_by_key(&keys).await?.into_values();
        let mut items: Vec<_> = rows
            .filter(|row| row.index.as_deref() == Some(&value))
            .map(|row| (row.key, row.item))
            .collect();
        items.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(items)
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        // DynamoDB refuses a limit of 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let shards = due::requests(&self.client, &self.table, until, limit)
            .map(|request| self.query(DUE, request, None, limit));
        let found = try_join_all(shards).await?.into_iter().flatten();
        let mut due: Vec<_> = found.map(|entry| due::read(&entry)).collect::<Result<_, _>>()?;
        due.sort_by(|(one, first), (other, second)| (first, one).cmp(&(second, other)));
        due.truncate(limit);
        Ok(due)
    }
}
