//! Deadlines: the attributes that put an item into the index `by_due`, and the query for due items.
//!
//! Rule: an item has both attributes or neither. DynamoDB writes an index entry only when one of
//! its attributes changes, and this index contains only these two and the keys. So writing an item
//! that keeps its deadline, or has none, costs no write to the index.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use shared::ids::digest;
use shared::ports::{ItemKey, PortError};
use shared::time::Timestamp;

use super::super::keys::{PARTITION_BYTES, fitted};
use super::Attributes;
use super::row::{corrupt, key, number, text};

pub(super) const DUE_SHARD: &str = "due_shard";
/// Milliseconds since 1970.
pub(super) const DUE_AT: &str = "due_at";
const DUE_INDEX_NAME: &str = "by_due";

/// The last characters of the shards' names. A partition of an index takes 1,000 writes a second;
/// with all deadlines in one partition, the whole table would be limited to that.
const SHARDS: &str = "0123456789abcdef";

/// The shard of an item: a digest of its partition key as stored in the table, so it never changes.
pub(super) fn shard(partition: &str) -> String {
    let mut shard = digest(&[&fitted(partition, PARTITION_BYTES)]);
    shard.truncate(1);
    format!("due#{shard}")
}

/// One query for each shard, for its first `limit` deadlines.
pub(super) fn requests(
    client: &Client,
    table: &str,
    until: Timestamp,
    limit: usize,
) -> impl Iterator<Item = QueryFluentBuilder> {
    let limit = i32::try_from(limit).unwrap_or(i32::MAX);
    let request = client
        .query()
        .table_name(table)
        .index_name(DUE_INDEX_NAME)
        .key_condition_expression("#shard = :shard AND #due <= :until")
        .expression_attribute_names("#shard", DUE_SHARD)
        .expression_attribute_names("#due", DUE_AT)
        .expression_attribute_values(":until", time(until))
        .limit(limit);
    SHARDS.chars().map(move |shard| {
        request.clone().expression_attribute_values(":shard", text(&format!("due#{shard}")))
    })
}

pub(super) fn time(due: Timestamp) -> AttributeValue {
    AttributeValue::N(due.milliseconds().to_string())
}

/// Reads an entry of the index.
pub(super) fn read(attributes: &Attributes) -> Result<(ItemKey, Timestamp), PortError> {
    let due = number(attributes, DUE_AT)?.ok_or_else(|| corrupt(DUE_AT))?;
    Ok((key(attributes)?, Timestamp::from_milliseconds(due)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn conversations_spread_over_all_shards() {
        let mut shards = BTreeMap::<String, u32>::new();
        for contact in 0..16_000 {
            *shards.entry(shard(&format!("conv#support#52155{contact:08}"))).or_default() += 1;
        }
        let asked: Vec<_> = SHARDS.chars().map(|shard| format!("due#{shard}")).collect();
        assert!(shards.keys().eq(&asked), "{shards:?}");
        assert!(shards.values().all(|count| (850..1150).contains(count)), "{shards:?}");
    }

    #[test]
    fn the_shard_of_a_partition_stays() {
        assert_eq!(shard("conv#support#5215512345678"), "due#d");
        let long = format!("conv#support#{}", "9".repeat(4000));
        assert_eq!(shard(&long), shard(&fitted(&long, PARTITION_BYTES)));
    }
}
