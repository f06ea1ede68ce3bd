//! Everything that is looked at: one table, in the order in which the lines are printed.
//!
//! Rule: an id is a promise. Runbooks and monitoring name it, so it is never given to another check.

/// Builds the type and its table in one place, so that neither can lack what the other has.
macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal;)+) => {
        /// One thing that is looked at.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Check { $($(#[doc = $doc])+ $name,)+ }

        impl Check {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name in the output, in runbooks and for machines.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// What holds when it is well.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

checks! {
    /// The configuration can be read, and every key in it holds
    Configuration = "configuration";
    /// Only its owner can read the configuration file, which holds secrets
    ConfigurationPrivate = "configuration-private";
    /// Both secrets of the integration can be read by the functions that need them
    SecretsReadable = "secrets-readable";
    /// Both secrets of the integration were stored by one push
    SecretsTogether = "secrets-together";
    /// No two integrations share one integration of Genesys Cloud
    SharedIntegration = "shared-integration";
    /// The bridge runs and answers
    BridgeRunning = "bridge-running";
    /// The bridge's clock agrees with this machine's
    BridgeClock = "bridge-clock";
    /// The database of the data directory can be read
    Database = "database";
    /// The disk of the data directory has room
    DiskSpace = "disk-space";
    /// What goes to Genesys Cloud does not wait long
    InboundQueue = "inbound-queue";
    /// What goes to Lynn does not wait long
    OutboundQueue = "outbound-queue";
    /// Nothing was given up
    DeadLetters = "dead-letters";
    /// Nothing lies in the queues for what the functions could not take
    DeadLetterQueues = "dead-letter-queues";
    /// The account lets the senders run and leaves room for what takes requests
    LambdaConcurrency = "lambda-concurrency";
    /// No alarm of the stack rings
    Alarms = "alarms";
    /// The region's domain is known, and its hosts are found
    GenesysRegion = "genesys-region";
    /// The OAuth client can log in
    GenesysLogin = "genesys-login";
    /// This machine's clock agrees with Genesys Cloud's
    GenesysClock = "genesys-clock";
    /// The OAuth client has requests left in this minute
    GenesysRateLimit = "genesys-rate-limit";
    /// The OAuth client has the permissions that the bridge needs
    GenesysPermission = "genesys-permission";
    /// The administrator's OAuth client can log in, to look at the organisation
    GenesysAdministrator = "genesys-administrator";
    /// The Open Messaging integration is there, created and active
    GenesysIntegration = "genesys-integration";
    /// Genesys Cloud posts to this bridge, by https on port 443
    GenesysWebhookUrl = "genesys-webhook-url";
    /// Genesys Cloud signs with a secret that the bridge knows
    GenesysWebhookSecret = "genesys-webhook-secret";
    /// A supported content profile is attached, and lets media through
    GenesysSupportedContent = "genesys-supported-content";
    /// A messaging setting is attached
    GenesysMessagingSetting = "genesys-messaging-setting";
    /// Typing is shown both ways
    GenesysTyping = "genesys-typing";
    /// The customers' messages run through a published flow
    GenesysRouting = "genesys-routing";
    /// The flow reaches a queue with members
    GenesysQueue = "genesys-queue";
    /// The threading timeline is the configured one
    GenesysThreading = "genesys-threading";
    /// Genesys Cloud tells when agents come and conversations end
    GenesysEvents = "genesys-events";
    /// The event bus in AWS takes these events to the bridge
    EventBus = "event-bus";
    /// The address that Genesys Cloud posts to is the bridge's, and takes its signature
    WebhookProbe = "webhook-probe";
    /// The webhooks that come here are of the integration's own channel
    WebhookChannel = "webhook-channel";
    /// The bridge takes Lynn's key or signature
    LynnInbound = "lynn-inbound";
    /// Lynn gives each event an id of its own
    LynnIds = "lynn-ids";
    /// Lynn's webhook can be reached
    LynnWebhook = "lynn-webhook";
    /// Lynn's webhook takes the bridge's authentication, and nothing without it
    LynnAuthentication = "lynn-authentication";
    /// The test message was taken by the bridge
    SendAccepted = "send-accepted";
    /// The test message has reached Genesys Cloud
    SendAtGenesys = "send-at-genesys";
    /// Genesys Cloud has taken the reply to it
    SendReply = "send-reply";
    /// The reply has reached Lynn
    SendAtLynn = "send-at-lynn";
    /// The test conversation is closed again
    SendClosed = "send-closed";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::Check;

    #[test]
    fn ids_are_unique_and_fit_for_a_heading() {
        let ids: HashSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
        let fits = |id: &&str| id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(ids.iter().all(fits), "{ids:?}");
    }

    #[test]
    fn titles_are_one_line() {
        for check in Check::ALL {
            assert!(!check.title().is_empty() && !check.title().contains('\n'), "{check:?}");
        }
    }
}
