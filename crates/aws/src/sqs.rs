//! The queues in SQS FIFO: a group is a conversation, a deduplication id is an event.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use shared::packed;
use shared::ports::{Direction, PortError, Queue, QueueMessage};

use super::failure::unavailable;

const SEND: &str = "put an event in its queue";
/// The longest message that SQS accepts, in bytes.
const LONGEST: usize = 1024 * 1024;

/// The URLs of the queues; a function knows only the queues that it sends to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueueUrls {
    /// Towards Genesys.
    pub inbound: Option<String>,
    /// Towards Lynn.
    pub outbound: Option<String>,
}

/// [`Queue`] in SQS. SQS remembers a deduplication id for 5 minutes.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    urls: QueueUrls,
}

#[derive(Debug, thiserror::Error)]
#[error("this function does not send to the {} queue", .0.name())]
struct NoQueue(Direction);

impl SqsQueue {
    pub fn new(client: Client, urls: QueueUrls) -> Self {
        Self { client, urls }
    }

    fn url(&self, direction: Direction) -> Result<&str, PortError> {
        let url = match direction {
            Direction::Inbound => &self.urls.inbound,
            Direction::Outbound => &self.urls.outbound,
        };
        url.as_deref().ok_or_else(|| PortError::unavailable(SEND, NoQueue(direction)))
    }
}

#[async_trait]
impl Queue for SqsQueue {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let url = self.url(direction)?;
        let body =
            packed::pack(message.body).map_err(|error| PortError::unavailable(SEND, error))?;
        if body.len() > LONGEST {
            return Err(PortError::TooLong { operation: SEND, bytes: body.len(), limit: LONGEST });
        }
        let request = self.client.send_message().queue_url(url).message_body(body);
        let request =
            request.message_group_id(message.group).message_deduplication_id(message.deduplication);
        request.send().await.map_err(|error| unavailable(SEND, &error))?;
        Ok(())
    }
}
