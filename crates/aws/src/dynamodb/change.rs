//! Conditional writes, singly or in a transaction.
//!
//! Rule: only a condition that does not hold is a conflict. A transaction that collides with
//! another one is retried.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, TransactWriteItem, Update};
use shared::ports::{Change, Expected, PortError, Write};
use shared::time::Timestamp;

use super::super::failure::unavailable;
use super::due::{self, DUE_AT, DUE_SHARD};
use super::row::{
    self, BODY, EXPIRES_AT, INDEX_VALUE, PARTITION, VERSION, key_attributes, moment, text,
};
use super::{Attributes, WRITE};

const CONDITION_FAILED: &str = "ConditionalCheckFailed";

pub(super) async fn single(
    client: &Client,
    table: &str,
    write: &Write,
    now: Timestamp,
) -> Result<(), PortError> {
    let expression = Expression::of(write, now);
    let key = Some(key_attributes(&write.key));
    match expression.update {
        Some(update) => {
            let request = client.update_item().table_name(table).set_key(key);
            let request = request
                .update_expression(update)
                .set_condition_expression(expression.condition)
                .set_expression_attribute_names(expression.names)
                .set_expression_attribute_values(expression.values);
            request.send().await.map(drop).map_err(|error| match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => conflict(),
                _ => unavailable(WRITE, &error),
            })
        }
        None => {
            let request = client.delete_item().table_name(table).set_key(key);
            let request = request
                .set_condition_expression(expression.condition)
                .set_expression_attribute_names(expression.names)
                .set_expression_attribute_values(expression.values);
            request.send().await.map(drop).map_err(|error| match error.as_service_error() {
                Some(DeleteItemError::ConditionalCheckFailedException(_)) => conflict(),
                _ => unavailable(WRITE, &error),
            })
        }
    }
}

/// Writes all items or none. The SDK gives the transaction a token, so that its own retries count
/// once.
pub(super) async fn transaction(
    client: &Client,
    table: &str,
    writes: &[Write],
    now: Timestamp,
) -> Result<(), PortError> {
    let items = writes.iter().map(|write| item(table, write, now)).collect::<Result<_, _>>()?;
    let request = client.transact_write_items().set_transact_items(Some(items));
    request.send().await.map(drop).map_err(|error| cancelled(&error))
}

fn cancelled<R>(error: &SdkError<TransactWriteItemsError, R>) -> PortError {
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
        && cancelled
            .cancellation_reasons()
            .iter()
            .any(|reason| reason.code() == Some(CONDITION_FAILED))
    {
        return conflict();
    }
    unavailable(WRITE, error)
}

fn item(table: &str, write: &Write, now: Timestamp) -> Result<TransactWriteItem, PortError> {
    let expression = Expression::of(write, now);
    let key = Some(key_attributes(&write.key));
    let item = TransactWriteItem::builder();
    let item = match expression.update {
        Some(update) => item.update(
            Update::builder()
                .table_name(table)
                .set_key(key)
                .update_expression(update)
                .set_condition_expression(expression.condition)
                .set_expression_attribute_names(expression.names)
                .set_expression_attribute_values(expression.values)
                .build()
                .map_err(|error| PortError::unavailable(WRITE, error))?,
        ),
        None => item.delete(
            Delete::builder()
                .table_name(table)
                .set_key(key)
                .set_condition_expression(expression.condition)
                .set_expression_attribute_names(expression.names)
                .set_expression_attribute_values(expression.values)
                .build()
                .map_err(|error| PortError::unavailable(WRITE, error))?,
        ),
    };
    Ok(item.build())
}

fn conflict() -> PortError {
    PortError::Conflict { operation: WRITE }
}

/// An attribute that an item may lack: placeholder of the name, name, placeholder of the value,
/// value.
type Optional = (&'static str, &'static str, &'static str, Option<AttributeValue>);

/// A write as DynamoDB expressions; without `update` it deletes the item. A map is missing when it
/// would be empty: DynamoDB refuses that.
#[derive(Default)]
struct Expression {
    update: Option<String>,
    condition: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<Attributes>,
}

impl Expression {
    fn of(write: &Write, now: Timestamp) -> Self {
        let mut expression = Self::default();
        expression.expect(write.expected, now);
        match &write.change {
            Change::Put { body, expires_at, index, due } => {
                let shard = due.map(|_| text(&due::shard(&write.key.partition)));
                let optional = [
                    ("#expires", EXPIRES_AT, ":expires", expires_at.map(whole_seconds)),
                    ("#index", INDEX_VALUE, ":index", index.as_deref().map(row::index_value)),
                    ("#shard", DUE_SHARD, ":shard", shard),
                    ("#due", DUE_AT, ":due", due.map(due::time)),
                ];
                expression.put(body, &optional);
            }
            Change::Rewrite { body } => expression.put(body, &[]),
            Change::Delete => {}
        }
        expression
    }

    fn expect(&mut self, expected: Expected, now: Timestamp) {
        self.condition = match expected {
            Expected::Anything => return,
            Expected::Absent => {
                self.name("#partition", PARTITION);
                Some("attribute_not_exists(#partition) OR #expires <= :now".to_owned())
            }
            Expected::Version(version) => {
                self.name("#version", VERSION);
                self.value(":expected", AttributeValue::N(version.to_string()));
                let lives = "attribute_not_exists(#expires) OR #expires > :now";
                Some(format!("#version = :expected AND ({lives})"))
            }
        };
        self.name("#expires", EXPIRES_AT);
        self.value(":now", moment(now));
    }

    /// Sets the attributes that have a value and removes the others.
    fn put(&mut self, body: &str, optional: &[Optional]) {
        self.name("#body", BODY);
        self.name("#version", VERSION);
        self.value(":body", text(body));
        self.value(":none", AttributeValue::N("0".to_owned()));
        self.value(":one", AttributeValue::N("1".to_owned()));
        let mut set =
            "SET #body = :body, #version = if_not_exists(#version, :none) + :one".to_owned();
        let mut remove = Vec::new();
        for (placeholder, name, place, value) in optional {
            self.name(placeholder, name);
            match value {
                Some(value) => {
                    set.push_str(&format!(", {placeholder} = {place}"));
                    self.value(place, value.clone());
                }
                None => remove.push(*placeholder),
            }
        }
        if !remove.is_empty() {
            set.push_str(" REMOVE ");
            set.push_str(&remove.join(", "));
        }
        self.update = Some(set);
    }

    fn name(&mut self, placeholder: &str, name: &str) {
        self.names.get_or_insert_default().insert(placeholder.to_owned(), name.to_owned());
    }

    fn value(&mut self, placeholder: &str, value: AttributeValue) {
        self.values.get_or_insert_default().insert(placeholder.to_owned(), value);
    }
}

/// Rounds up to the next second.
fn whole_seconds(end: Timestamp) -> AttributeValue {
    AttributeValue::N((end + Duration::from_millis(999)).seconds().to_string())
}
