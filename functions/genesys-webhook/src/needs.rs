//! The variables and permissions of this function on AWS.

use aws::needs::{
    LOG_LEVEL, Needs, OUTBOUND_QUEUE_URL, Permission, READ_SECRET, Resource, SECRET_PREFIX,
    SEND_MESSAGE, STACK_NAME,
};

/// The outbound queue, and the receive configuration, which verifies callers.
pub const NEEDS: Needs = Needs {
    function: "genesys-webhook",
    variables: &[LOG_LEVEL, OUTBOUND_QUEUE_URL, SECRET_PREFIX, STACK_NAME],
    permissions: &[
        Permission { resource: Resource::OutboundQueue, actions: SEND_MESSAGE },
        Permission { resource: Resource::ReceiveSecrets, actions: READ_SECRET },
    ],
};
