//! AWS errors, and what the ports make of them.

use std::sync::Arc;

use aws::{DynamoStore, QueueUrls, SecretsManager, SqsQueue};
use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemOutput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::get_item::GetItemError;
use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::{
    ConditionalCheckFailedException, ProvisionedThroughputExceededException, RequestLimitExceeded,
    ThrottlingException, TransactionCanceledException,
};
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, KeysAndAttributes};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::types::error::DecryptionFailure;
use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::error::RequestThrottled;
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use shared::error::chain;
use shared::ids::IntegrationName;
use shared::ports::{
    Change, Direction, Expected, ItemKey, PortError, Queue, QueueMessage, SecretPart, Secrets,
    Store, Write,
};
use shared::time::Timestamp;
use testing::ManualClock;

fn write(sort: &str) -> Write {
    let change = Change::Put { body: "{}".to_owned(), expires_at: None, index: None, due: None };
    Write {
        key: ItemKey::new("conv#support#5215512345678", sort),
        expected: Expected::Absent,
        change,
    }
}

fn store(client: aws_sdk_dynamodb::Client) -> DynamoStore {
    DynamoStore::new(client, "bridge", Arc::new(ManualClock::new(0)))
}

/// The error is retryable, and its text contains nothing of the request or the answer.
fn passes(error: &PortError, code: &str) {
    assert!(matches!(error, PortError::Unavailable { .. }), "{error:?}");
    let said = format!("{} {error:?}", chain(error));
    assert!(said.contains(code), "{said}");
    assert!(!said.contains("5215512345678"), "{said}");
}

#[tokio::test]
async fn a_condition_that_does_not_hold_is_a_conflict() {
    let refused = mock!(aws_sdk_dynamodb::Client::update_item).then_error(|| {
        UpdateItemError::ConditionalCheckFailedException(
            ConditionalCheckFailedException::builder().build(),
        )
    });
    let client = mock_client!(aws_sdk_dynamodb, [&refused]);
    let result = store(client).write(&[write("state")]).await;
    assert!(matches!(result, Err(PortError::Conflict { .. })), "{result:?}");
}

fn cancelled(codes: [&'static str; 2]) -> TransactWriteItemsError {
    let reasons = codes.map(|code| CancellationReason::builder().code(code).build());
    let reasons = Some(reasons.to_vec());
    TransactWriteItemsError::TransactionCanceledException(
        TransactionCanceledException::builder().set_cancellation_reasons(reasons).build(),
    )
}

#[tokio::test]
async fn a_cancelled_transaction_is_a_conflict_only_by_a_condition() {
    for (codes, conflict) in [
        (["None", "ConditionalCheckFailed"], true),
        (["TransactionConflict", "ConditionalCheckFailed"], true),
        (["TransactionConflict", "None"], false),
        (["ThrottlingError", "None"], false),
        (["ProvisionedThroughputExceeded", "None"], false),
    ] {
        let refused = mock!(aws_sdk_dynamodb::Client::transact_write_items)
            .then_error(move || cancelled(codes));
        let client = mock_client!(aws_sdk_dynamodb, [&refused]);
        let error = store(client).write(&[write("state"), write("msg#in#1")]).await.unwrap_err();
        assert_eq!(matches!(error, PortError::Conflict { .. }), conflict, "{codes:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_throttled_read_passes() {
    let throttled = mock!(aws_sdk_dynamodb::Client::get_item).then_error(|| {
        let error = ProvisionedThroughputExceededException::builder();
        GetItemError::ProvisionedThroughputExceededException(
            error.message("conv#support#5215512345678").build(),
        )
    });
    let client = mock_client!(aws_sdk_dynamodb, [&throttled]);
    let error = store(client).load(&[ItemKey::new("conv#support#5215512345678", "state")]).await;
    passes(&error.unwrap_err(), "read items failed");
}

#[tokio::test]
async fn throttled_queries_and_deletions_pass() {
    let listed = mock!(aws_sdk_dynamodb::Client::query)
        .then_error(|| QueryError::ThrottlingException(ThrottlingException::builder().build()));
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&listed]);
    let store = store(client);
    passes(&store.list("p", "", None, 9).await.unwrap_err(), "list items failed");
    passes(&store.find("genesys#1").await.unwrap_err(), "find items failed");
    let soon = Timestamp::from_milliseconds(1);
    passes(&store.due(soon, 9).await.unwrap_err(), "find due items failed");
    let error = || DeleteItemError::RequestLimitExceeded(RequestLimitExceeded::builder().build());
    let deleted = mock!(aws_sdk_dynamodb::Client::delete_item).then_error(error);
    let client = mock_client!(aws_sdk_dynamodb, [&deleted]);
    let removal = Write { change: Change::Delete, ..write("state") };
    let store = DynamoStore::new(client, "bridge", Arc::new(ManualClock::new(0)));
    passes(&store.write(&[removal]).await.unwrap_err(), "write items failed");
}

fn item(sort: &str) -> std::collections::HashMap<String, AttributeValue> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    [
        ("pk", text("p")),
        ("sk", text(sort)),
        ("body", text(sort)),
        ("version", AttributeValue::N("1".to_owned())),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn key(sort: &str) -> std::collections::HashMap<String, AttributeValue> {
    let mut item = item(sort);
    item.retain(|name, _| name == "pk" || name == "sk");
    item
}

#[tokio::test]
async fn items_left_out_of_an_answer_are_asked_for_again() {
    let first = mock!(aws_sdk_dynamodb::Client::batch_get_item).then_output(|| {
        let left = KeysAndAttributes::builder().keys(key("b")).build().unwrap();
        BatchGetItemOutput::builder()
            .responses("bridge", vec![item("a")])
            .unprocessed_keys("bridge", left)
            .build()
    });
    let second = mock!(aws_sdk_dynamodb::Client::batch_get_item)
        .match_requests(|request| {
            let asked = request.request_items().and_then(|tables| tables.get("bridge"));
            asked.is_some_and(|asked| asked.keys() == [key("b")])
        })
        .then_output(|| BatchGetItemOutput::builder().responses("bridge", vec![item("b")]).build());
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::Sequential, [&first, &second]);
    let items = store(client).load(&[ItemKey::new("p", "a"), ItemKey::new("p", "b")]).await;
    let bodies: Vec<_> = items.unwrap().into_iter().map(|item| item.unwrap().body).collect();
    assert_eq!(bodies, ["a", "b"]);
}

#[tokio::test]
async fn items_left_out_for_ever_pass() {
    let never = mock!(aws_sdk_dynamodb::Client::batch_get_item).then_output(|| {
        let left = KeysAndAttributes::builder().keys(key("a")).keys(key("b")).build().unwrap();
        BatchGetItemOutput::builder().unprocessed_keys("bridge", left).build()
    });
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&never]);
    let error = store(client).load(&[ItemKey::new("p", "a"), ItemKey::new("p", "b")]).await;
    passes(&error.unwrap_err(), "left items out");
}

fn due(sort: &str, at: i64) -> std::collections::HashMap<String, AttributeValue> {
    let mut entry = key(sort);
    entry.insert("due_at".to_owned(), AttributeValue::N(at.to_string()));
    entry
}

fn asks_shard(request: &QueryInput, shard: char) -> bool {
    let values = request.expression_attribute_values();
    let asked = values.and_then(|values| values.get(":shard"));
    asked == Some(&AttributeValue::S(format!("due#{shard}")))
}

#[tokio::test]
async fn deadlines_are_read_page_by_page_and_put_in_order() {
    let first = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|request| {
            asks_shard(request, 'a') && request.exclusive_start_key().is_none()
        })
        .then_output(|| {
            QueryOutput::builder()
                .items(due("first", 1))
                .set_last_evaluated_key(Some(key("first")))
                .build()
        });
    let second = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|request| {
            asks_shard(request, 'a') && request.exclusive_start_key() == Some(&key("first"))
        })
        .then_output(|| QueryOutput::builder().items(due("third", 3)).build());
    let other = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|request| asks_shard(request, '0'))
        .then_output(|| QueryOutput::builder().items(due("second", 2)).build());
    let empty = mock!(aws_sdk_dynamodb::Client::query)
        .match_requests(|request| !asks_shard(request, 'a') && !asks_shard(request, '0'))
        .then_output(|| QueryOutput::builder().build());
    let rules = [&first, &second, &other, &empty];
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, rules);
    let found = store(client).due(Timestamp::from_milliseconds(9), 9).await.unwrap();
    let found: Vec<_> = found.iter().map(|(key, due)| (&*key.sort, due.milliseconds())).collect();
    assert_eq!(found, [("first", 1), ("second", 2), ("third", 3)]);
    assert_eq!(empty.num_calls(), 14);
}

#[tokio::test]
async fn a_deadline_that_is_not_ours_is_corrupt() {
    let strange = mock!(aws_sdk_dynamodb::Client::query)
        .then_output(|| QueryOutput::builder().items(key("a")).build());
    let client = mock_client!(aws_sdk_dynamodb, RuleMode::MatchAny, [&strange]);
    let error = store(client).due(Timestamp::from_milliseconds(9), 9).await;
    assert!(matches!(error, Err(PortError::Corrupt { .. })), "{error:?}");
}

#[tokio::test]
async fn an_item_that_is_not_ours_is_corrupt() {
    let strange = mock!(aws_sdk_dynamodb::Client::batch_get_item)
        .then_output(|| BatchGetItemOutput::builder().responses("bridge", vec![key("a")]).build());
    let client = mock_client!(aws_sdk_dynamodb, [&strange]);
    let error = store(client).load(&[ItemKey::new("p", "a"), ItemKey::new("p", "b")]).await;
    assert!(matches!(error, Err(PortError::Corrupt { .. })), "{error:?}");
}

fn message() -> QueueMessage {
    QueueMessage {
        integration: IntegrationName::new("support"),
        group: "group".to_owned(),
        deduplication: "id".to_owned(),
        body: "{\"contact\":\"5215512345678\"}".to_owned(),
    }
}

#[tokio::test]
async fn a_queue_that_refuses_is_said_so() {
    let throttled = mock!(aws_sdk_sqs::Client::send_message).then_error(|| {
        SendMessageError::RequestThrottled(
            RequestThrottled::builder().message("5215512345678").build(),
        )
    });
    let client = mock_client!(aws_sdk_sqs, [&throttled]);
    let urls = QueueUrls { inbound: Some("https://queue".to_owned()), outbound: None };
    let queue = SqsQueue::new(client, urls);
    let error = queue.send(Direction::Inbound, message()).await.unwrap_err();
    passes(&error, "put an event in its queue failed");
    let error = queue.send(Direction::Outbound, message()).await.unwrap_err();
    passes(&error, "does not send to the outbound queue");
}

#[tokio::test]
async fn a_secret_that_cannot_be_decrypted_is_no_unknown_integration() {
    let refused = mock!(aws_sdk_secretsmanager::Client::get_secret_value).then_error(|| {
        GetSecretValueError::DecryptionFailure(DecryptionFailure::builder().build())
    });
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&refused]);
    let secrets = SecretsManager::new(client, "bridge", Arc::new(ManualClock::new(0)));
    let error =
        secrets.fetch(&IntegrationName::new("support"), SecretPart::Send).await.unwrap_err();
    passes(&error, "read a secret failed");
}

/// IAM refuses before Secrets Manager checks whether the secret exists.
#[tokio::test]
async fn a_refusal_is_no_unknown_integration_and_no_list_of_names() {
    let refusal = |code: &'static str| {
        move || {
            let error = aws_sdk_secretsmanager::error::ErrorMetadata::builder().code(code).build();
            GetSecretValueError::generic(error)
        }
    };
    let denied = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_error(refusal("AccessDeniedException"));
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&denied]);
    let secrets = SecretsManager::new(client, "bridge", Arc::new(ManualClock::new(0)));
    let error = secrets.fetch(&IntegrationName::new("n1"), SecretPart::Receive).await.unwrap_err();
    passes(&error, "read a secret failed");
    // As in a stack without a list of names: each name is looked up.
    assert_eq!(secrets.names(SecretPart::Receive).await.unwrap(), None);
    let throttled = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_error(refusal("ThrottlingException"));
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::MatchAny, [&throttled]);
    let secrets = SecretsManager::new(client, "bridge", Arc::new(ManualClock::new(0)));
    passes(&secrets.names(SecretPart::Receive).await.unwrap_err(), "read the list");
}

/// A read in the middle of a push sees the new version and not yet the one that it replaced.
#[tokio::test]
async fn a_version_that_is_being_replaced_is_read_again() {
    use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
    use aws_sdk_secretsmanager::primitives::DateTime;
    use shared::ports::{Clock as _, Secrets as _};

    let now = DateTime::from_millis(clients::SystemClock.now().milliseconds());
    let current = mock!(aws_sdk_secretsmanager::Client::get_secret_value).then_output(move || {
        GetSecretValueOutput::builder().secret_string("{2}").created_date(now).build()
    });
    let not_yet = mock!(aws_sdk_secretsmanager::Client::get_secret_value).then_error(|| {
        use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
        use aws_sdk_secretsmanager::types::error::ResourceNotFoundException;
        let absent = ResourceNotFoundException::builder().build();
        GetSecretValueError::ResourceNotFoundException(absent)
    });
    let previous = mock!(aws_sdk_secretsmanager::Client::get_secret_value)
        .then_output(|| GetSecretValueOutput::builder().secret_string("{1}").build());
    let rules = [&current, &not_yet, &previous];
    let client = mock_client!(aws_sdk_secretsmanager, RuleMode::Sequential, &rules);
    let secrets = aws::SecretsManager::new(client, "bridge", Arc::new(clients::SystemClock));
    let name = shared::ids::IntegrationName::new("support");
    let found = secrets.fetch(&name, shared::ports::SecretPart::Receive).await.unwrap().unwrap();
    assert!(found.previous.is_some());
}
