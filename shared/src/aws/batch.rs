//! A sender as a Lambda function: batches of a FIFO queue in, the records that have to come again out.
//!
//! Rules: records are read one by one, so that one bad record fails alone. What has to wait waits by its own visibility, and what
//! is held back behind it comes back no earlier: SQS gives out nothing of a group while one of its records is out.

mod verdict;

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use self::verdict::{Pause, Received, Verdict};
use super::failure::unavailable;
use crate::delivery::batch::BatchHandler;
use crate::ports::PortError;

/// After this long a sender begins with no further record or part of one; the rest of its batch comes again.
pub const TIME_FOR_NEW_RECORDS: Duration = Duration::from_secs(30);
/// The time limit of a sender in the template. What is begun last may take a wait for another instance's login (12 s), a refused
/// call with a new login and a second call (28 s), and the store's own repeats.
pub const FUNCTION_TIMEOUT: Duration = Duration::from_secs(90);
/// A record may not come back while the function that has it may still be running: its queue's visibility timeout is
/// longer than [`FUNCTION_TIMEOUT`] by at least this.
pub const QUEUE_MARGIN: Duration = Duration::from_secs(30);

const PAUSE: &str = "give records back to their queue";

/// Runs a sender on the queue at `queue_url` until Lambda ends it.
pub async fn drain(
    handler: Arc<dyn BatchHandler>,
    client: Client,
    queue_url: String,
) -> Result<(), Error> {
    let (client, queue_url) = (&client, queue_url.as_str());
    let handler = &*handler;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<SqsEvent>| async move {
        deliver(handler, client, queue_url, event.payload).await
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
        // They come back when their visibility ends: late, but in order and not lost.
        tracing::warn!(
            event.name = "not_paused",
            error = crate::error::chain(&error),
            "The pause of a record could not be set; it comes back later than it could."
        );
    }
    let mut answer = SqsBatchResponse::default();
    verdict.again.into_iter().for_each(|id| answer.add_failure(id));
    Ok(answer)
}

async fn pause(client: &Client, queue_url: &str, pauses: &[Pause]) -> Result<(), PortError> {
    /// As many as SQS takes at once, and as many as a batch has.
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
