//! The variables and permissions of this function on AWS.

use aws::requirements::{
    LOG_LEVEL, OTLP_ENDPOINT, OUTBOUND_QUEUE_URL, Permission, READ_SECRET, Requirements, Resource,
    SECRET_PREFIX, SEND_MESSAGE, STACK_NAME,
};

/// The outbound queue, and the receive configuration, which verifies callers.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "genesys-webhook",
    variables: &[LOG_LEVEL, OTLP_ENDPOINT, OUTBOUND_QUEUE_URL, SECRET_PREFIX, STACK_NAME],
    permissions: &[
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::ReceiveSecrets, actions: READ_SECRET },
    ],
};
