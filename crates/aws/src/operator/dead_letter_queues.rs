//! The dead-letter queues of a stack: messages that were handed to a sender several times without
//! success.
//!
//! Rules: a message is in its source queue before it is deleted here; messages are moved one at a
//! time, so that a conversation keeps its order. The new deduplication id is derived from the
//! message's id in this queue: a repeat after a crash is the same message, and one that returns
//! here later is another.

use std::collections::HashSet;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use shared::ids::digest;
use shared::ports::Direction;

use super::error::{OperatorError, explain};
use super::stack::Stack;

/// How long a received message is hidden from other readers, in seconds.
const HIDDEN_SECONDS: i32 = 60;
/// How long to wait for messages of an empty queue, in seconds.
const WAIT_SECONDS: i32 = 2;

/// The queue of events that `genesys-events` could not process; `bridge dead-letters` does not
/// redrive it.
pub const EVENTS: &str = "events";

/// The queue of messages that a sender could not finish.
pub struct DeadLetterQueue<'a> {
    sqs: &'a Client,
    url: &'a str,
    /// The queue that its messages come from.
    source: &'a str,
}

impl Stack {
    pub fn dead_letter_queue(
        &self,
        direction: Direction,
    ) -> Result<DeadLetterQueue<'_>, OperatorError> {
        let url = self.outputs().get(match direction {
            Direction::Inbound => "InboundDeadLetterQueueUrl",
            Direction::Outbound => "OutboundDeadLetterQueueUrl",
        })?;
        Ok(DeadLetterQueue { sqs: self.sqs(), url, source: self.queue_url(direction)? })
    }

    /// The number of records that the functions could not process, by queue: `inbound`, `outbound`
    /// and [`EVENTS`]. A queue that the stack does not have is left out.
    pub async fn put_aside(&self) -> Result<Vec<(&'static str, u64)>, OperatorError> {
        let mut found = Vec::new();
        for (name, output) in [
            ("inbound", "InboundDeadLetterQueueUrl"),
            ("outbound", "OutboundDeadLetterQueueUrl"),
            (EVENTS, "EventsDeadLetterQueueUrl"),
        ] {
            if let Ok(url) = self.outputs().get(output) {
                found.push((name, length(self.sqs(), url).await?));
            }
        }
        Ok(found)
    }
}

impl DeadLetterQueue<'_> {
    /// The number of messages, including those that another reader holds.
    pub async fn length(&self) -> Result<u64, OperatorError> {
        length(self.sqs, self.url).await
    }

    /// Moves all messages to their source queue; returns how many. After an error, the rest can be
    /// moved when the received messages are no longer hidden.
    pub async fn drain(&self) -> Result<usize, OperatorError> {
        drain(self.sqs, self.url, self.source).await
    }
}

/// The number of messages in a queue, including those that another reader holds.
async fn length(sqs: &Client, url: &str) -> Result<u64, OperatorError> {
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

async fn drain(sqs: &Client, from: &str, to: &str) -> Result<usize, OperatorError> {
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

async fn receive(sqs: &Client, from: &str) -> Result<Vec<Message>, OperatorError> {
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
async fn send(sqs: &Client, to: &str, message: &Message) -> Result<Option<String>, OperatorError> {
    let attribute = |name| message.attributes().and_then(|attributes| attributes.get(&name));
    let group =
        attribute(MessageSystemAttributeName::MessageGroupId).ok_or(OperatorError::NoGroup)?;
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

async fn delete(sqs: &Client, from: &str, message: &Message) -> Result<(), OperatorError> {
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
    use aws_sdk_sqs::operation::delete_message::DeleteMessageOutput;
    use aws_sdk_sqs::operation::receive_message::ReceiveMessageOutput;
    use aws_sdk_sqs::operation::send_message::{SendMessageError, SendMessageOutput};
    use aws_sdk_sqs::types::error::RequestThrottled;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

    use super::*;

    /// An answer with one message of this id, in this group.
    fn received(id: &'static str, group: Option<&'static str>) -> Rule {
        mock!(Client::receive_message).then_output(move || {
            let message = Message::builder().message_id(id).body("{}").receipt_handle(id);
            let message = match group {
                Some(group) => {
                    message.attributes(MessageSystemAttributeName::MessageGroupId, group)
                }
                None => message,
            };
            ReceiveMessageOutput::builder().messages(message.build()).build()
        })
    }

    fn deleted() -> Rule {
        mock!(Client::delete_message).then_output(|| DeleteMessageOutput::builder().build())
    }

    #[tokio::test]
    async fn a_message_that_comes_back_at_once_is_moved_once() {
        let (first, again) = (received("first", Some("g")), received("again", Some("g")));
        let sent = mock!(Client::send_message)
            .then_output(|| SendMessageOutput::builder().message_id("again").build());
        let deleted = deleted();
        let rules = [&first, &sent, &deleted, &again];
        let client = mock_client!(aws_sdk_sqs, RuleMode::Sequential, &rules);
        assert_eq!(drain(&client, "dead", "source").await.unwrap(), 1);
        assert_eq!((sent.num_calls(), deleted.num_calls(), again.num_calls()), (1, 1, 1));
    }

    #[tokio::test]
    async fn a_message_that_was_not_sent_again_is_not_deleted() {
        let throttled = mock!(Client::send_message)
            .then_error(|| SendMessageError::RequestThrottled(RequestThrottled::builder().build()));
        for (group, said) in [(Some("g"), "sqs:SendMessage of source failed"), (None, "a group")] {
            let (first, deleted) = (received("first", group), deleted());
            let rules = [&first, &throttled, &deleted];
            let client = mock_client!(aws_sdk_sqs, RuleMode::MatchAny, &rules);
            let error = drain(&client, "dead", "source").await.unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
            assert_eq!(deleted.num_calls(), 0);
        }
    }

    #[test]
    fn each_coming_back_has_an_id_of_its_own() {
        assert_eq!(renewed("d", "m"), renewed("d", "m"));
        assert_ne!(renewed("d", "m"), renewed("d", "n"));
        assert!(renewed(&"d".repeat(128), "m").len() <= 128);
    }
}
