//! What each function needs of AWS: the variables it reads and the calls it makes.
//!
//! Rule: a function reads its environment through its [`Needs`], and a test holds `template.yaml` against them, so that
//! no role may do more than its function does and no variable is declared in vain.

/// The table's name.
pub const TABLE_NAME: &str = "TABLE_NAME";
/// The URL of the queue towards Genesys.
pub const INBOUND_QUEUE_URL: &str = "INBOUND_QUEUE_URL";
/// The URL of the queue towards Lynn.
pub const OUTBOUND_QUEUE_URL: &str = "OUTBOUND_QUEUE_URL";
/// What the secrets' names begin with.
pub const SECRET_PREFIX: &str = "SECRET_PREFIX";
/// The stack, a dimension of every metric.
pub const STACK_NAME: &str = "STACK_NAME";
/// How many minutes an open conversation may be quiet before Genesys is asked about it; 0: it never is.
pub const RECONCILE_AFTER_MINUTES: &str = "RECONCILE_AFTER_MINUTES";
/// The domain of the bucket with copies of files; `none` where the stack has none.
pub const MEDIA_BUCKET_DOMAIN: &str = "MEDIA_BUCKET_DOMAIN";
/// What links to copies of files begin with.
pub const MEDIA_BASE_URL: &str = "MEDIA_BASE_URL";
/// What is logged: `error`, `warn`, `info`, `debug`.
pub const LOG_LEVEL: &str = "LOG_LEVEL";

/// What one function needs.
#[derive(Clone, Copy, Debug)]
pub struct Needs {
    /// The function, by the name of its program.
    pub function: &'static str,
    /// The variables it reads; all must be set.
    pub variables: &'static [&'static str],
    /// The calls it makes, and those that its event source makes in its name.
    pub permissions: &'static [Permission],
}

/// Calls of AWS on one kind of resource.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// On what.
    pub resource: Resource,
    /// The actions, as policies name them.
    pub actions: &'static [&'static str],
}

/// What an action touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Items of the table whose partition begins with this.
    Items(&'static str),
    /// An index of the table, by its name.
    Index(&'static str),
    /// The queue towards Genesys.
    InboundQueue,
    /// The queue towards Lynn.
    OutboundQueue,
    /// The copies of files, where the stack keeps any.
    Copies,
    /// The secrets `{prefix}/{integration}/receive`.
    ReceiveSecrets,
    /// The secrets `{prefix}/{integration}/send`.
    SendSecrets,
}

/// What a sender reads.
pub const SENDER_VARIABLES: &[&str] = &[
    INBOUND_QUEUE_URL,
    LOG_LEVEL,
    MEDIA_BASE_URL,
    MEDIA_BUCKET_DOMAIN,
    OUTBOUND_QUEUE_URL,
    RECONCILE_AFTER_MINUTES,
    SECRET_PREFIX,
    STACK_NAME,
    TABLE_NAME,
];
/// What draining a queue takes: the event source's part, and the pause before another attempt.
pub const DRAIN: &[&str] = &[
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ChangeMessageVisibility",
];
/// What reading configuration takes.
pub const READ_SECRET: &[&str] = &["secretsmanager:GetSecretValue"];
/// What putting into a queue takes.
pub const SEND_MESSAGE: &[&str] = &["sqs:SendMessage"];
/// What reading and writing items takes; a write of several is a transaction of updates.
pub const READ_AND_WRITE_ITEMS: &[&str] =
    &["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:UpdateItem"];
/// What reading and writing items one by one takes.
pub const READ_AND_WRITE_ONE_ITEM: &[&str] = &["dynamodb:GetItem", "dynamodb:UpdateItem"];
/// What giving out copies of files takes.
pub const READ_COPIES: &[&str] = &["s3:GetObject"];
/// What making copies of files takes, and finding the one that is there.
pub const READ_AND_WRITE_COPIES: &[&str] = &["s3:GetObject", "s3:PutObject"];
/// What only writing items takes.
pub const WRITE_ITEMS: &[&str] = &["dynamodb:UpdateItem"];
/// The index of conversations by Genesys' id.
pub const BY_INDEX: Resource = Resource::Index("by_index");
/// The index of conversations by what they wait for.
pub const BY_DUE: Resource = Resource::Index("by_due");
/// What looking into an index takes.
pub const QUERY: &[&str] = &["dynamodb:Query"];
/// What reading items takes, one or several in one call.
pub const READ_ITEMS: &[&str] = &["dynamodb:BatchGetItem", "dynamodb:GetItem"];
/// What reading one item takes.
pub const READ_ITEM: &[&str] = &["dynamodb:GetItem"];
