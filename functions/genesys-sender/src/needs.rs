//! What this function needs of AWS.

use shared::aws::needs::{
    DRAIN, INBOUND_QUEUE_URL, LOG_LEVEL, Needs, OUTBOUND_QUEUE_URL, Permission,
    READ_AND_WRITE_ITEMS, READ_SECRET, Resource, SECRET_PREFIX, SEND_MESSAGE, STACK_NAME,
    TABLE_NAME, WRITE_ITEMS,
};

/// The queue it drains, the other one for what follows, the credentials that act, conversations, its tokens, dead letters.
pub const NEEDS: Needs = Needs {
    function: "genesys-sender",
    variables: &[
        INBOUND_QUEUE_URL,
        LOG_LEVEL,
        OUTBOUND_QUEUE_URL,
        SECRET_PREFIX,
        STACK_NAME,
        TABLE_NAME,
    ],
    permissions: &[
        Permission { resource: Resource::InboundQueue, actions: DRAIN },
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: Resource::Items("token#genesys#"), actions: READ_AND_WRITE_ITEMS },
        Permission { resource: Resource::Items("dead#"), actions: WRITE_ITEMS },
        Permission { resource: Resource::SendSecrets, actions: READ_SECRET },
    ],
};
