//! The variables and permissions of this function on AWS.

use aws::needs::{
    BY_DUE, INBOUND_QUEUE_URL, LOG_LEVEL, Needs, Permission, QUERY, Resource, SEND_MESSAGE,
    STACK_NAME, TABLE_NAME,
};

/// The index of due deadlines and the inbound queue. The function reads no conversation and no
/// secret.
pub const NEEDS: Needs = Needs {
    function: "conversation-scheduler",
    variables: &[INBOUND_QUEUE_URL, LOG_LEVEL, STACK_NAME, TABLE_NAME],
    permissions: &[
        Permission { resource: Resource::InboundQueue, actions: SEND_MESSAGE },
        Permission { resource: BY_DUE, actions: QUERY },
    ],
};
