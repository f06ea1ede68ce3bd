//! The two queues, as the port and the worker use them.
//!
//! Rule: a message is ignored while a message with its id is still queued. The message record knows
//! whether the message was delivered before.

use std::sync::Arc;

use async_trait::async_trait;
use shared::ports::{Direction, PortError, Queue, QueueMessage};

use crate::apply::Postponement;
use crate::database::Database;
use crate::queries::{Leftover, StoredMessage};
use crate::writer::Operation;

#[async_trait]
impl Queue for Database {
    async fn send(&self, direction: Direction, message: QueueMessage) -> Result<(), PortError> {
        let bytes = message.body.len();
        self.inner
            .writer
            .ask("send to the queue", bytes, |answer| Operation::Send {
                direction,
                message,
                answer,
            })
            .await
    }
}

impl Database {
    pub(crate) async fn messages(
        &self,
        sequences: Vec<i64>,
    ) -> Result<Vec<Option<StoredMessage>>, PortError> {
        self.read("read queue entries", move |queries, _| queries.messages(&sequences)).await
    }

    pub(crate) async fn leftovers(
        &self,
        direction: Direction,
        after: i64,
        through: i64,
        limit: u32,
    ) -> Result<Vec<Leftover>, PortError> {
        self.read("read the queue", move |queries, _| {
            queries.leftovers(direction, after, through, limit)
        })
        .await
    }

    pub(crate) async fn settle(
        &self,
        postponed: Arc<[Postponement]>,
        done: Arc<[i64]>,
    ) -> Result<(), PortError> {
        self.inner
            .writer
            .ask("settle queue entries", 0, |answer| Operation::Settle { postponed, done, answer })
            .await
    }
}
