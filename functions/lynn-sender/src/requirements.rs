//! The variables and permissions of this function on AWS.

use aws::requirements::{
    BY_INDEX, DRAIN, Permission, QUERY, READ_AND_WRITE_COPIES, READ_AND_WRITE_ITEMS,
    READ_AND_WRITE_ONE_ITEM, READ_SECRET, Requirements, Resource, SEND_MESSAGE, SENDER_VARIABLES,
    WRITE_ITEMS,
};
use delivery::LAYOUT;

/// The outbound queue, which it drains and forwards to; the inbound queue for follow-up events; the
/// send configuration with the credentials; conversations and the index that finds them by Genesys'
/// id; the layout of the table; tokens; dead letters; a record of foreign channels; copies of
/// files.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "lynn-sender",
    variables: SENDER_VARIABLES,
    permissions: &[
        Permission { resource: Resource::OutboundQueue, actions: DRAIN },
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: Resource::Items(LAYOUT), actions: READ_AND_WRITE_ONE_ITEM },
        Permission { resource: BY_INDEX, actions: QUERY },
        Permission { resource: Resource::Items("token#lynn#"), actions: READ_AND_WRITE_ONE_ITEM },
        // A link of Genesys to a file may require Genesys' token.
        Permission {
            resource: Resource::Items("token#genesys#"),
            actions: READ_AND_WRITE_ONE_ITEM,
        },
        Permission { resource: Resource::Items("dead#"), actions: WRITE_ITEMS },
        Permission { resource: Resource::Items("foreign#"), actions: WRITE_ITEMS },
        Permission { resource: Resource::Copies, actions: READ_AND_WRITE_COPIES },
        Permission { resource: Resource::SendSecrets, actions: READ_SECRET },
    ],
};
