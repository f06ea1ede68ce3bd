//! The variables and permissions of this function on AWS.

use aws::requirements::{
    BY_INDEX, LOG_LEVEL, OTLP_ENDPOINT, OUTBOUND_QUEUE_URL, Permission, QUERY, READ_ITEMS,
    Requirements, Resource, SEND_MESSAGE, STACK_NAME, TABLE_NAME,
};

/// The outbound queue, and the conversations with the index that finds them. The function reads no
/// secret.
pub const REQUIREMENTS: Requirements = Requirements {
    function: "genesys-events",
    variables: &[LOG_LEVEL, OTLP_ENDPOINT, OUTBOUND_QUEUE_URL, STACK_NAME, TABLE_NAME],
    permissions: &[
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::Items("conv#"), actions: READ_ITEMS },
        Permission { resource: BY_INDEX, actions: QUERY },
    ],
};
