//! The known differences between the platform and the models of its SDKs, each with its reason. The
//! platform accepts more, or requires less.

/// Fields that a model does not have and the platform accepts: model, field, reason.
pub(super) const TAKEN: [(&str, &str, &str); 2] = [
    (
        "ConversationChannelMetadata",
        "customAttributes",
        "in no model; works in practice, and is how attributes reach a flow",
    ),
    (
        "OpenInboundMessageContent",
        "contentType",
        "the only kind is Attachment; clients of others send it, and it is taken",
    ),
];

/// Fields that the platform does not require: model, field or `*` for all, reason.
pub(super) const NOT_REQUIRED: [(&str, &str, &str); 2] = [
    (
        "Conversation",
        "*",
        "the model of the answer; the call takes what is to be changed, as Genesys' guide has it",
    ),
    ("SupportedContent", "*", "the model of the answer; POST has no id yet, PATCH names changes"),
];

/// Query parameters that an operation does not have in the SDKs: operation, parameter, reason.
pub(super) const QUERIES: [(&str, &str, &str); 1] = [(
    "GET /api/v2/oauth/clients",
    "after",
    "part of the nextUri that this simulator answers; the platform's own is not documented",
)];
