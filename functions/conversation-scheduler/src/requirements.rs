//! The variables and permissions of this function on AWS.

use aws::requirements::{
    BY_DUE, INBOUND_QUEUE_URL, LOG_LEVEL, OTLP_ENDPOINT, Permission, QUERY, Requirements, Resource,
    SEND_MESSAGE, STACK_NAME, TABLE_NAME,
};

/// The index of due deadlines and the inbound queue. The function reads no conversation and no
/// secret.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "conversation-scheduler",
    variables: &[INBOUND_QUEUE_URL, LOG_LEVEL, OTLP_ENDPOINT, STACK_NAME, TABLE_NAME],
    permissions: &[
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: BY_DUE, actions: QUERY },
    ],
};
