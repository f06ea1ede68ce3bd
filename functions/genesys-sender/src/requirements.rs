//! The variables and permissions of this function on AWS.

use aws::requirements::{
    DRAIN, Permission, READ_AND_WRITE_COPIES, READ_AND_WRITE_ITEMS, READ_AND_WRITE_ONE_ITEM,
    READ_SECRET, Requirements, Resource, SEND_MESSAGE, SENDER_VARIABLES, WRITE_ITEMS,
};
use delivery::LAYOUT;

/// The inbound queue, which it drains, and in which events go on in their session; the outbound
/// queue for follow-up events; the send configuration with the credentials; conversations; the
/// answer about a queue; the layout of the table; its tokens and their rate budget; dead letters; a
/// record of repeated ids; copies of files.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "genesys-sender",
    variables: SENDER_VARIABLES,
    permissions: &[
        Permission { resource: Resource::InboundQueue, actions: DRAIN },
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: Resource::Items(LAYOUT), actions: READ_AND_WRITE_ONE_ITEM },
        Permission { resource: Resource::Items("availability#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: Resource::Items("budget#genesys#"), actions: READ_AND_WRITE_ITEMS },
        Permission {
            resource: Resource::Items("token#genesys#"),
            actions: READ_AND_WRITE_ONE_ITEM,
        },
        Permission { resource: Resource::Items("dead#"), actions: WRITE_ITEMS },
        Permission { resource: Resource::Items("reused#"), actions: WRITE_ITEMS },
        Permission { resource: Resource::Copies, actions: READ_AND_WRITE_COPIES },
        Permission { resource: Resource::SendSecrets, actions: READ_SECRET },
    ],
};
