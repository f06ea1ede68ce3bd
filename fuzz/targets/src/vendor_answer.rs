//! The answer of a vendor, or of an attacker in its place: parsing never panics.

use shared::genesys::conversation::ConversationView;
use shared::genesys::inbound::{AcceptedMessage, ErrorBody};

use crate::canary::{hides, with_canary};

/// The body of an answer.
pub fn vendor_answer(input: &[u8]) {
    let read = |bytes: &[u8]| {
        (
            AcceptedMessage::parse(bytes),
            ErrorBody::parse(bytes),
            ConversationView::parse(bytes),
            ConversationView::conversation_of_message(bytes),
        )
    };
    let first = read(input);
    assert!(first.0 == read(input).0, "the same answer is read the same");
    if let Some(marked) = with_canary(input) {
        hides(&ErrorBody::parse(&marked));
    }
}
