//! The AWS requirements of each function: the variables it reads and the calls it makes.
//!
//! Rule: a function reads its environment through its [`Requirements`], and a test compares
//! `template.yaml` with them. So no role may do more than its function does, and no unused variable
//! is declared.

pub const TABLE_NAME: &str = "TABLE_NAME";
/// The URL of the queue towards Genesys.
pub const INBOUND_QUEUE_URL: &str = "INBOUND_QUEUE_URL";
/// The URL of the queue towards Lynn.
pub const OUTBOUND_QUEUE_URL: &str = "OUTBOUND_QUEUE_URL";
/// The prefix of the secrets' names.
pub const SECRET_PREFIX: &str = "SECRET_PREFIX";
/// The name of the stack, a dimension of every metric.
pub const STACK_NAME: &str = "STACK_NAME";
/// After how many quiet minutes the bridge asks Genesys about an open conversation; 0: never.
pub const RECONCILE_AFTER_MINUTES: &str = "RECONCILE_AFTER_MINUTES";
/// The domain of the bucket with copies of files; `none` if the stack has no bucket.
pub const MEDIA_BUCKET_DOMAIN: &str = "MEDIA_BUCKET_DOMAIN";
/// The prefix of links to copies of files.
pub const MEDIA_BASE_URL: &str = "MEDIA_BASE_URL";
/// The log level: `error`, `warn`, `info` or `debug`.
pub const LOG_LEVEL: &str = "LOG_LEVEL";

/// The collector of traces beside the function; `none` if there is none. OpenTelemetry defines the
/// name.
pub const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// The requirements of one function.
#[derive(Clone, Copy, Debug)]
pub struct Requirements {
    /// The name of the function's program.
    pub function: &'static str,
    /// The variables it reads; all must be set.
    pub variables: &'static [&'static str],
    /// The calls it makes, and the calls that its event source makes with its role.
    pub permissions: &'static [Permission],
}

/// AWS calls on one kind of resource.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    pub resource: Resource,
    /// The actions, as IAM policies name them.
    pub actions: &'static [&'static str],
}

/// The resource of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Items of the table whose partition key begins with this.
    Items(&'static str),
    /// An index of the table, by name.
    Index(&'static str),
    /// The queue towards Genesys.
    InboundQueue,
    /// The queue towards Lynn.
    OutboundQueue,
    /// The copies of files, if the stack stores any.
    Copies,
    /// The secrets `{prefix}/{integration}/receive`.
    ReceiveSecrets,
    /// The secrets `{prefix}/{integration}/send`.
    SendSecrets,
}

pub const SENDER_VARIABLES: &[&str] = &[
    INBOUND_QUEUE_URL,
    LOG_LEVEL,
    MEDIA_BASE_URL,
    MEDIA_BUCKET_DOMAIN,
    OTLP_ENDPOINT,
    OUTBOUND_QUEUE_URL,
    RECONCILE_AFTER_MINUTES,
    SECRET_PREFIX,
    STACK_NAME,
    TABLE_NAME,
];
/// To drain a queue: the calls of the event source, and the pause before another attempt.
pub const DRAIN: &[&str] = &[
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
];
pub const READ_SECRET: &[&str] = &["secretsmanager:GetSecretValue"];
pub const SEND_MESSAGE: &[&str] = &["sqs:SendMessage"];
/// A write of several items is a transaction of updates, which needs `UpdateItem`.
pub const READ_AND_WRITE_ITEMS: &[&str] =
    &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"];
/// To read and write items one by one.
pub const READ_AND_WRITE_ONE_ITEM: &[&str] = &["dynamodb:GetItem", "dynamodb:UpdateItem"];
pub const READ_COPIES: &[&str] = &["s3:GetObject"];
/// To copy files, and to find copies that exist.
pub const READ_AND_WRITE_COPIES: &[&str] = &["s3:GetObject", "s3:PutObject"];
pub const WRITE_ITEMS: &[&str] = &["dynamodb:UpdateItem"];
/// The index of conversations by Genesys' id.
pub const BY_INDEX: Resource = Resource::Index("by_index");
/// The index of conversations by their deadline.
pub const BY_DUE: Resource = Resource::Index("by_due");
/// To read an index.
pub const QUERY: &[&str] = &["dynamodb:Query"];
/// One item, or several in one call.
pub const READ_ITEMS: &[&str] = &["dynamodb:BatchGetItem", "dynamodb:GetItem"];
pub const READ_ITEM: &[&str] = &["dynamodb:GetItem"];
