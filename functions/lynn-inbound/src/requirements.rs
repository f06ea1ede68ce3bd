//! The variables and permissions of this function on AWS.

use aws::requirements::{
    INBOUND_QUEUE_URL, LOG_LEVEL, MEDIA_BUCKET_DOMAIN, OTLP_ENDPOINT, Permission, READ_COPIES,
    READ_ITEM, READ_SECRET, Requirements, Resource, SECRET_PREFIX, SEND_MESSAGE, STACK_NAME,
    TABLE_NAME,
};

/// The inbound queue, the receive configuration, which verifies callers, the conversations for the
/// `GET`, the stored answer about a queue, and the copies for the links.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "lynn-inbound",
    variables: &[
        INBOUND_QUEUE_URL,
        LOG_LEVEL,
        OTLP_ENDPOINT,
        MEDIA_BUCKET_DOMAIN,
        SECRET_PREFIX,
        STACK_NAME,
        TABLE_NAME,
    ],
    permissions: &[
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_ITEM },
        Permission { resource: Resource::Items("availability#"), actions: READ_ITEM },
        Permission { resource: Resource::Copies, actions: READ_COPIES },
        Permission { resource: Resource::ReceiveSecrets, actions: READ_SECRET },
    ],
};
