//! The settings of a fake Genesys Cloud.

use std::time::Duration;

use super::admin::{Completion, PlatformHabits};

/// The settings of a [`GenesysSimulator`](super::GenesysSimulator).
#[derive(Clone, Debug)]
pub struct GenesysOptions {
    /// The id of the Open Messaging integration that exists from the start.
    pub integration_id: String,
    /// The integration's name, which customers would see as the sender.
    pub integration_name: String,
    /// The target of outbound notifications; may be set later.
    pub webhook_url: Option<String>,
    /// The secret that signs outbound notifications, longer than 15 characters.
    pub webhook_secret: String,
    /// Fixed headers of each outbound notification.
    pub webhook_headers: Vec<(String, String)>,
    pub client_id: String,
    pub client_secret: String,
    /// More OAuth clients, as id and secret.
    pub more_clients: Vec<(String, String)>,
    /// Whether all objects that a bridge needs exist from the start: the integration, its queue,
    /// its flow, its clients. Otherwise only the home division and the administrator's OAuth client
    /// exist.
    pub provisioned: bool,
    /// The administrator's OAuth client, which always exists.
    pub admin_client_id: String,
    pub admin_client_secret: String,
    /// The permissions of the administrator, each as `domain:entity:action`; `*` matches anything.
    pub admin_permissions: Vec<String>,
    /// When work is finished that the administration API only starts: the creation of an
    /// integration, the job of a flow.
    pub asynchronous_work: Completion,
    /// The inconvenient habits of the administration. By default it has every habit that costs no
    /// time.
    pub habits: PlatformHabits,
    /// Whether an integration may have a webhook on this machine, over HTTP and on any port.
    pub loopback_webhooks: bool,
    /// Whether an answer with an integration contains the secret of its webhook. The real platform
    /// may hide it.
    pub shows_webhook_secret: bool,
    /// How long a token is valid, unless its client sets the time.
    pub token_lifetime: Duration,
    /// How long after its end the next message resumes a conversation; 0 is the synchronous mode.
    pub threading_minutes: u64,
    /// Requests allowed per token in one rate window.
    pub rate_limit_per_minute: u64,
    /// The rate window: one minute, or shorter for a fast test.
    pub rate_window: Duration,
    /// 1.0 keeps the real webhook timing (10 s timeout, 5 retries 5 s apart); 0.01 is 100 times
    /// faster.
    pub time_scale: f64,
    /// Whether each accepted inbound message is followed by a `Published` receipt on the webhook.
    pub automatic_receipts: bool,
    /// Whether the files of customers are fetched by their links, as Genesys does.
    pub fetches_attachments: bool,
    /// Whether the messaging setting enables typing, in both directions.
    pub typing_enabled: bool,
    /// Whether `prefetchConversationId=true` is answered with the conversation id.
    pub prefetch_gives_id: bool,
    /// Whether webhooks contain `conversationId`, which the older schema does not have.
    pub webhook_names_conversation: bool,
    /// Whether lifecycle events contain `addressFrom` (the contact) and `addressTo` (the
    /// integration).
    pub address_in_events: bool,
    /// The target of lifecycle events, posted as a data action posts them; may be set later.
    pub events_url: Option<String>,
    /// The `x-api-key` of those posts.
    pub events_key: Option<String>,
    /// Whether each lifecycle event is posted automatically, in order per conversation.
    pub deliver_events: bool,
}

impl Default for GenesysOptions {
    fn default() -> Self {
        Self {
            integration_id: "8d1c6b1e-6d0f-4b7a-9a0e-3f6f5f0c2b11".to_owned(),
            integration_name: "lynn".to_owned(),
            webhook_url: None,
            webhook_secret: "simulated-webhook-secret".to_owned(),
            webhook_headers: Vec::new(),
            client_id: "simulated-client".to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
            more_clients: Vec::new(),
            provisioned: true,
            admin_client_id: "simulated-administrator".to_owned(),
            admin_client_secret: "simulated-administrator-secret".to_owned(),
            admin_permissions: vec!["*:*:*".to_owned()],
            asynchronous_work: Completion::AfterReads(2),
            habits: PlatformHabits::without_lags(),
            loopback_webhooks: false,
            shows_webhook_secret: true,
            token_lifetime: Duration::from_secs(24 * 60 * 60),
            threading_minutes: 72 * 60,
            rate_limit_per_minute: 300,
            rate_window: Duration::from_secs(60),
            time_scale: 1.0,
            automatic_receipts: true,
            fetches_attachments: false,
            typing_enabled: true,
            prefetch_gives_id: true,
            webhook_names_conversation: true,
            address_in_events: true,
            events_url: None,
            events_key: None,
            deliver_events: false,
        }
    }
}

impl GenesysOptions {
    /// The default settings, with an administration as inconvenient as the platform's and lags that
    /// tests can wait for.
    pub fn as_the_platform() -> Self {
        Self {
            habits: PlatformHabits::as_the_platform(),
            asynchronous_work: Completion::After(Duration::from_millis(300)),
            ..Self::default()
        }
    }
}
