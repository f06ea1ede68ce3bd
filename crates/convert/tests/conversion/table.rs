//! Tests the capability table.

use std::collections::BTreeSet;

use convert::capabilities::{TABLE, markdown};
use shared::genesys::outbound::OutboundNotification;
use shared::ports::Direction;

use crate::fixtures::all;
use crate::pages::assert_generated;

#[test]
fn the_content_matrix_of_the_page_is_generated() {
    assert_generated("docs/lynn-flows.md", "content matrix", &format!("\n{}\n", markdown()));
}

#[test]
fn every_kind_that_is_carried_has_a_fixture() {
    let mut seen = BTreeSet::from(["Text".to_owned()]);
    for (_, bytes) in all("genesys/outbound") {
        let notification = OutboundNotification::parse(&bytes).unwrap();
        seen.extend(notification.content.iter().map(|content| content.kind_name().to_owned()));
        seen.extend(notification.events.iter().map(|event| event.event_type.as_str().to_owned()));
        seen.extend(notification.status.iter().map(|status| status.as_str().to_owned()));
    }
    for entry in TABLE
        .iter()
        .filter(|entry| entry.direction == Direction::Outbound && entry.support.is_carried())
    {
        assert!(seen.contains(entry.kind), "{}", entry.kind);
    }
}
