//! What this function needs of AWS.

use aws::needs::{
    BY_INDEX, DRAIN, Needs, Permission, QUERY, READ_AND_WRITE_COPIES, READ_AND_WRITE_ITEMS,
    READ_AND_WRITE_ONE_ITEM, READ_SECRET, Resource, SEND_MESSAGE, SENDER_VARIABLES, WRITE_ITEMS,
};

/// The queue it drains and forwards to, the other one for what follows, the credentials that act, conversations and where they are
/// found by Genesys' id, tokens, dead letters, copies of files.
pub const NEEDS: Needs = Needs {
    function: "lynn-sender",
    variables: SENDER_VARIABLES,
    permissions: &[
        Permission { resource: Resource::OutboundQueue, actions: DRAIN },
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: BY_INDEX, actions: QUERY },
        Permission { resource: Resource::Items("token#lynn#"), actions: READ_AND_WRITE_ONE_ITEM },
        // Genesys' links to files may ask for Genesys' token.
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
