//! Runs a sender as a Lambda function: takes batches of a FIFO queue, answers with the records to
//! retry.
//!
//! Rules: records are read one by one, so that one bad record fails alone. A record that must wait
//! does so by its own visibility timeout. Records held back behind it return no earlier, because
//! SQS hands out no record of a group while another record of that group is in flight.

mod verdict;

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use delivery::batch::BatchHandler;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use shared::ports::PortError;

use self::verdict::{Pause, Received, Verdict};
use super::failure::unavailable;
use super::traces;

/// After this time a sender starts no further record, nor a further part of one. SQS then delivers
/// the rest of the batch again.
pub const TIME_FOR_NEW_RECORDS: Duration = Duration::from_secs(30);
/// The time limit of a sender in `template.yaml`. The work started last may include a wait for
/// another instance's login (12 s), a refused call with a new login and a second call (28 s), and
/// the retries of the store.
pub const FUNCTION_TIMEOUT: Duration = Duration::from_secs(90);
/// The shortest visibility timeout that a queue may have: a record must not return while the
/// function that holds it may still run. It is enough if every batch starts at once.
pub const SHORTEST_VISIBILITY: Duration = Duration::from_secs(FUNCTION_TIMEOUT.as_secs() + 30);
/// The default visibility timeout of a queue: six times [`FUNCTION_TIMEOUT`], as AWS advises.
///
/// The timeout starts when Lambda's poller receives the batch. If Lambda has no free capacity for
/// the function, it holds the batch and starts it late. Extending the timeout at each start would
/// also be safe and need less, but costs one more call for each batch.
pub const QUEUE_VISIBILITY: Duration = Duration::from_secs(FUNCTION_TIMEOUT.as_secs() * 6);

const PAUSE: &str = "give records back to their queue";

/// Runs a sender on the queue at `queue_url` until Lambda ends the process.
pub async fn drain(
    handler: Arc<dyn BatchHandler>,
    client: Client,
    queue_url: String,
) -> Result<(), Error> {
    let (client, queue_url) = (&client, queue_url.as_str());
    let handler = &*handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        let answer = deliver(handler, client, queue_url, event.payload).await;
        traces::flush().await;
        answer
    }))
    .await
}

async fn deliver(
    handler: &dyn BatchHandler,
    client: &Client,
    queue_url: &str,
    event: SqsEvent,
) -> Result<SqsBatchResponse, Error> {
    let received = event.records.into_iter().map(Received::read).collect::<Result<Vec<_>, _>>()?;
    let records = received.iter().map(|received| received.record.clone()).collect();
    let outcomes = handler.handle(records).await;
    let verdict = Verdict::of(&received, &outcomes);
    if let Err(error) = pause(client, queue_url, &verdict.pauses).await {
        // The records return when their visibility timeout ends: late, but in order and not lost.
        tracing::warn!(
            event.name = "not_paused",
            error = shared::error::chain(&error),
            "The pause of a record could not be set; it comes back later than it could."
        );
    }
    let mut answer = SqsBatchResponse::default();
    verdict.again.into_iter().for_each(|id| answer.add_failure(id));
    Ok(answer)
}

async fn pause(client: &Client, queue_url: &str, pauses: &[Pause]) -> Result<(), PortError> {
    /// The most entries that SQS takes in one call, and the most records of a batch.
    const MOST: usize = 10;
    for chunk in pauses.chunks(MOST) {
        let entries = chunk.iter().enumerate().map(|(place, pause)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(place.to_string())
                .receipt_handle(&pause.receipt_handle)
                .visibility_timeout(pause.seconds)
                .build()
        });
        let entries = entries
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| PortError::unavailable(PAUSE, error))?;
        let request = client.change_message_visibility_batch().queue_url(queue_url);
        let answer = request.set_entries(Some(entries)).send().await;
        let refused = answer.map_err(|error| unavailable(PAUSE, &error))?.failed;
        if let Some(first) = refused.first() {
            return Err(PortError::unavailable(PAUSE, first.code.clone()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use aws_sdk_sqs::operation::change_message_visibility_batch::{
        ChangeMessageVisibilityBatchError, ChangeMessageVisibilityBatchOutput,
    };
    use aws_sdk_sqs::types::error::QueueDoesNotExist;
    use aws_smithy_mocks::{mock, mock_client};
    use delivery::batch::{Outcome, QueueRecord};
    use serde_json::{Value, json};

    use super::*;

    /// Retries record "1" of group "a" and holds back the records behind it.
    struct Handler;

    #[async_trait]
    impl BatchHandler for Handler {
        async fn handle(&self, records: Vec<QueueRecord>) -> Vec<Outcome> {
            let outcome = |record: &QueueRecord| match record.id.as_str() {
                "1" => Outcome::Retry { after: Duration::from_secs(7) },
                _ if record.group == "a" => Outcome::Blocked,
                _ => Outcome::Done,
            };
            records.iter().map(outcome).collect()
        }
    }

    fn event() -> SqsEvent {
        let record = |id: &str, group: &str| {
            json!({
                "messageId": id, "receiptHandle": format!("handle-{id}"), "body": "not JSON",
                "attributes": { "ApproximateReceiveCount": "1", "MessageGroupId": group },
            })
        };
        let records: Vec<Value> = vec![record("1", "a"), record("2", "b"), record("3", "a")];
        serde_json::from_value(json!({ "Records": records })).unwrap()
    }

    async fn failures(client: &Client) -> Value {
        let answer = deliver(&Handler, client, "https://queue", event()).await.unwrap();
        serde_json::to_value(answer).unwrap()
    }

    fn expected() -> Value {
        json!({ "batchItemFailures": [ { "itemIdentifier": "1" }, { "itemIdentifier": "3" } ] })
    }

    #[tokio::test]
    async fn what_is_not_done_is_paused_and_named() {
        let paused = mock!(Client::change_message_visibility_batch)
            .match_requests(|request| {
                let entry = |entry: &ChangeMessageVisibilityBatchRequestEntry| {
                    (entry.receipt_handle().to_owned(), entry.visibility_timeout())
                };
                let entries: Vec<_> = request.entries().iter().map(entry).collect();
                let handles = [("handle-1".to_owned(), Some(7)), ("handle-3".to_owned(), Some(7))];
                request.queue_url() == Some("https://queue") && entries == handles
            })
            .then_output(|| {
                let answer = ChangeMessageVisibilityBatchOutput::builder();
                let answer = answer.set_successful(Some(Vec::new())).set_failed(Some(Vec::new()));
                answer.build().unwrap()
            });
        let client = mock_client!(aws_sdk_sqs, [&paused]);
        assert_eq!(failures(&client).await, expected());
        assert_eq!(paused.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_pause_that_cannot_be_set_loses_nothing() {
        let refused = mock!(Client::change_message_visibility_batch).then_error(|| {
            let error = QueueDoesNotExist::builder().build();
            ChangeMessageVisibilityBatchError::QueueDoesNotExist(error)
        });
        let client = mock_client!(aws_sdk_sqs, [&refused]);
        assert_eq!(failures(&client).await, expected());
    }

    #[tokio::test]
    async fn an_event_that_cannot_be_answered_for_fails_as_a_whole() {
        let event = serde_json::from_value(json!({ "Records": [ { "body": "{}" } ] })).unwrap();
        let client = mock_client!(aws_sdk_sqs, [] as [&aws_smithy_mocks::Rule; 0]);
        assert!(deliver(&Handler, &client, "https://queue", event).await.is_err());
    }
}
