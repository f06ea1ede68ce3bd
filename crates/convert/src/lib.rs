//! Pure conversion between Lynn and Genesys Cloud, one file per kind of content.
//!
//! Rule: no I/O, no clock, no panic on any input. Content that cannot be converted is named in
//! `unsupported`; content that is dropped is listed in [`capabilities`].
//!
//! Place: of this repository's crates it uses only `shared`; `delivery` and the senders use it.

#![cfg_attr(not(test), warn(unreachable_pub))]

mod attachment;
pub mod capabilities;
mod card;
mod date_picker;
mod ending;
mod fallback;
mod file_name;
mod form;
pub mod html;
mod inbound;
mod link;
mod list_picker;
mod outbound;
mod quick_reply;
mod receipt;
mod relayed;
mod relayed_call;
mod rich_link;
pub mod split;
mod template;
mod transcript;
mod typing;
mod webhook;

pub use ending::end_reason;
pub use inbound::{InboundCall, InboundPart, Origin, TextOptions, notice, parts};
pub use outbound::{is_deliverable, message};
pub use receipt::{lynn_status, outbound_receipt, receipt};
pub use relayed::{relayed_message, relayed_receipt, relayed_typing};
pub use relayed_call::RelayedCall;
pub use typing::{typing, typing_duration};
pub use webhook::{WebhookLink, webhook_links, with_contact, with_links, with_receipt_id};
