//! Tests how Genesys' answers are parsed.

use shared::genesys::inbound::{AcceptedMessage, ErrorBody, ReceiptReasonCode};
use shared::genesys::outbound::ReceiptStatus;

use crate::fixtures::one;

const FOLDER: &str = "genesys/answers";

#[test]
fn reads_what_was_accepted() {
    let accepted = AcceptedMessage::parse(&one(FOLDER, "accepted_message"));
    assert_eq!(accepted.id.unwrap().as_str(), "c8e53e498891dfc9400c79a278cc1863");
    assert!(accepted.conversation_id.is_some());
    let accepted = AcceptedMessage::parse(&one(FOLDER, "accepted_without_conversation"));
    assert_eq!((accepted.conversation_id, accepted.status), (None, None));
    let refused = AcceptedMessage::parse(&one(FOLDER, "accepted_receipt_failed"));
    assert_eq!(refused.status, Some(ReceiptStatus::Failed));
    for nothing in [&b""[..], b"OK", b"[]", b"{\"id\":{}}", b"\xff"] {
        assert_eq!(AcceptedMessage::parse(nothing), AcceptedMessage::default());
    }
}

#[test]
fn reads_errors_and_hides_what_they_quote() {
    let error = ErrorBody::parse(&one(FOLDER, "error_bad_request"));
    assert_eq!(error.code.as_deref(), Some("bad.request"));
    assert!(!format!("{error:?}").contains("problem"));
    let error = ErrorBody::parse(&one(FOLDER, "error_rate_limit"));
    assert_eq!(error.code.as_deref(), Some("too.many.requests"));
    assert_eq!(ErrorBody::parse(&one(FOLDER, "error_nulls")), ErrorBody::default());
    assert_eq!(ErrorBody::parse(b"<html>"), ErrorBody::default());
}

#[test]
fn an_unknown_reason_code_is_a_general_error() {
    assert_eq!(ReceiptReasonCode::parse("recipientoptedout"), ReceiptReasonCode::RecipientOptedOut);
    assert_eq!(ReceiptReasonCode::parse("131047"), ReceiptReasonCode::GeneralError);
    assert_eq!(ReceiptReasonCode::ALL.len(), 13);
}
