//! The dead-letter queues of a stack: messages that were handed to a sender several times without
//! success.
//!
//! Rules: a message is in its source queue before it is deleted here; messages are moved one at a
//! time, so that a conversation keeps its order. The new deduplication id is derived from the
//! message's id in this queue: a repeat after a crash is the same message, and one that returns
//! here later is another.

use std::collections::HashSet;

use anyhow::Context;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use serde_json::{Value, json};
use shared::ids::digest;
use shared::ports::Direction;

use super::super::stack::Stack;
use crate::aws::sdk_error::explain;
use crate::count::counted;
use crate::output;

/// How long a received message is hidden from other readers, in seconds.
const HIDDEN_SECONDS: i32 = 60;
/// How long to wait for messages of an empty queue, in seconds.
const WAIT_SECONDS: i32 = 2;

/// The number of messages in each queue.
pub struct Counts([(Direction, u64); 2]);

impl Counts {
    /// One line for each queue that is not empty.
    pub fn lines(&self) -> Vec<String> {
        let line = |(direction, count): &(Direction, u64)| {
            format!(
                "{} in the {} dead-letter queue; `bridge dead-letters redrive --queues` sends it again",
                counted(*count, "message"),
                direction.name()
            )
        };
        self.0.iter().filter(|(_, count)| *count > 0).map(line).collect()
    }

    /// The counts for machines.
    pub fn to_json(&self) -> Value {
        self.0
            .iter()
            .map(|(direction, count)| (direction.name().to_owned(), json!(count)))
            .collect()
    }
}

/// Counts the messages, including those that another reader holds.
pub async fn count(stack: &Stack) -> anyhow::Result<Counts> {
    let mut counts = [(Direction::Inbound, 0), (Direction::Outbound, 0)];
    for (direction, count) in &mut counts {
        *count = length(&stack.sqs, stack.dead_letter_queue_url(*direction)?).await?;
    }
    Ok(Counts(counts))
}

/// The number of messages in a queue, including those that another reader holds.
pub async fn length(sqs: &Client, url: &str) -> anyhow::Result<u64> {
    let kinds = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let ask = sqs.get_queue_attributes().queue_url(url);
    let answer = ask.set_attribute_names(Some(kinds.to_vec())).send().await;
    let answer = answer.map_err(|error| explain("sqs:GetQueueAttributes", url, &error))?;
    let found = answer.attributes.unwrap_or_default();
    Ok(kinds.iter().filter_map(|kind| found.get(kind)?.parse::<u64>().ok()).sum())
}

/// Moves all messages of both queues to their source queues; with `dry_run`, prints how many there
/// are.
pub async fn redrive(stack: &Stack, dry_run: bool) -> anyhow::Result<()> {
    if dry_run {
        for (direction, count) in count(stack).await?.0 {
            output::line(format_args!(
                "{}: {} would be queued to be sent again",
                direction.name(),
                counted(count, "message")
            ));
        }
        return Ok(());
    }
    for direction in [Direction::Inbound, Direction::Outbound] {
        let (from, to) = (stack.dead_letter_queue_url(direction)?, stack.queue_url(direction)?);
        let moved = drain(&stack.sqs, from, to).await.with_context(|| {
            format!(
                "the {} dead-letter queue is not empty; run this again after a minute",
                direction.name()
            )
        })?;
        output::line(format_args!(
            "{}: {} queued to be sent again",
            direction.name(),
            counted(moved, "message")
        ));
    }
    Ok(())
}

async fn drain(sqs: &Client, from: &str, to: &str) -> anyhow::Result<usize> {
    let mut sent = HashSet::new();
    let mut moved = 0;
    loop {
        let messages = receive(sqs, from).await?;
        if messages.is_empty() {
            return Ok(moved);
        }
        let mut fresh = 0;
        for message in &messages {
            // A message that has returned already stays: otherwise it would be moved for ever.
            if message.message_id().is_some_and(|id| sent.contains(id)) {
                continue;
            }
            sent.extend(send(sqs, to, message).await?);
            delete(sqs, from, message).await?;
            fresh += 1;
        }
        if fresh == 0 {
            return Ok(moved);
        }
        moved += fresh;
    }
}

async fn receive(sqs: &Client, from: &str) -> anyhow::Result<Vec<Message>> {
    let ask = sqs
        .receive_message()
        .queue_url(from)
        .max_number_of_messages(10)
        .visibility_timeout(HIDDEN_SECONDS)
        .wait_time_seconds(WAIT_SECONDS)
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
        .message_system_attribute_names(MessageSystemAttributeName::MessageDeduplicationId);
    let answer = ask.send().await;
    let answer = answer.map_err(|error| explain("sqs:ReceiveMessage", from, &error))?;
    Ok(answer.messages.unwrap_or_default())
}

/// Returns the new id.
async fn send(sqs: &Client, to: &str, message: &Message) -> anyhow::Result<Option<String>> {
    let attribute = |name| message.attributes().and_then(|attributes| attributes.get(&name));
    let group = attribute(MessageSystemAttributeName::MessageGroupId)
        .context("a message without a group: is this the bridge's queue?")?;
    let before = attribute(MessageSystemAttributeName::MessageDeduplicationId);
    let before = before.map(String::as_str).unwrap_or_default();
    let request = sqs
        .send_message()
        .queue_url(to)
        .message_group_id(group)
        .message_deduplication_id(renewed(before, message.message_id().unwrap_or_default()))
        .set_message_attributes(message.message_attributes.clone())
        .set_message_body(message.body.clone());
    let answer = request.send().await;
    let answer = answer.map_err(|error| explain("sqs:SendMessage", to, &error))?;
    Ok(answer.message_id)
}

async fn delete(sqs: &Client, from: &str, message: &Message) -> anyhow::Result<()> {
    let request = sqs.delete_message().queue_url(from);
    let request = request.set_receipt_handle(message.receipt_handle.clone());
    request.send().await.map_err(|error| explain("sqs:DeleteMessage", from, &error))?;
    Ok(())
}

/// The deduplication id of a message that is sent again.
fn renewed(deduplication: &str, message_id: &str) -> String {
    digest(&["redrive", deduplication, message_id])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_coming_back_has_an_id_of_its_own() {
        assert_eq!(renewed("d", "m"), renewed("d", "m"));
        assert_ne!(renewed("d", "m"), renewed("d", "n"));
        assert!(renewed(&"d".repeat(128), "m").len() <= 128);
    }

    #[test]
    fn empty_queues_are_not_worth_a_line() {
        let counts = Counts([(Direction::Inbound, 0), (Direction::Outbound, 3)]);
        assert_eq!(counts.lines().len(), 1);
        assert!(counts.lines()[0].starts_with("3 messages in the outbound"));
        assert_eq!(counts.to_json(), json!({ "inbound": 0, "outbound": 3 }));
    }
}
