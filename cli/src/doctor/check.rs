//! The table of all checks, in the order in which their lines are printed.
//!
//! Rule: an id never changes its meaning, because runbooks and monitoring use it.

/// Builds the type and its table in one place, so that they cannot differ.
macro_rules! checks {
    ($($(#[doc = $doc:literal])+ $name:ident = $id:literal;)+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Check { $($(#[doc = $doc])+ $name,)+ }

        impl Check {
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name in the output, in runbooks and for machines.
            pub fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// The statement that holds when the check is OK.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

checks! {
    /// The configuration can be read, and every key in it is valid
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
    /// Events to Genesys Cloud do not wait long
    InboundQueue = "inbound-queue";
    /// Events to Lynn do not wait long
    OutboundQueue = "outbound-queue";
    /// No event was given up
    DeadLetters = "dead-letters";
    /// The queues for records that the functions could not process are empty
    DeadLetterQueues = "dead-letter-queues";
    /// The account lets the senders run and leaves room for the receiving functions
    LambdaConcurrency = "lambda-concurrency";
    /// No alarm of the stack is raised
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
    /// The Open Messaging integration exists and is active
    GenesysIntegration = "genesys-integration";
    /// Genesys Cloud posts to this bridge, by https on port 443
    GenesysWebhookUrl = "genesys-webhook-url";
    /// Genesys Cloud signs with a secret that the bridge knows
    GenesysWebhookSecret = "genesys-webhook-secret";
    /// A supported content profile is attached, and allows media
    GenesysSupportedContent = "genesys-supported-content";
    /// A messaging setting is attached
    GenesysMessagingSetting = "genesys-messaging-setting";
    /// Typing is shown both ways
    GenesysTyping = "genesys-typing";
    /// The customers' messages go through a published flow
    GenesysRouting = "genesys-routing";
    /// The flow reaches queues with members, by every branch
    GenesysQueue = "genesys-queue";
    /// The threading timeline is the configured one
    GenesysThreading = "genesys-threading";
    /// The external source by which Genesys Cloud recognises contacts works
    GenesysIdentity = "genesys-identity";
    /// Genesys Cloud reports when agents join and conversations end
    GenesysEvents = "genesys-events";
    /// The event bus in AWS passes these events to the bridge
    EventBus = "event-bus";
    /// The address that Genesys Cloud posts to is the bridge's, and accepts its signature
    WebhookProbe = "webhook-probe";
    /// The webhooks that arrive here belong to the integration's own channel
    WebhookChannel = "webhook-channel";
    /// The bridge accepts Lynn's key or signature
    LynnInbound = "lynn-inbound";
    /// Lynn gives each event its own id
    LynnIds = "lynn-ids";
    /// Lynn's webhook can be reached
    LynnWebhook = "lynn-webhook";
    /// Lynn's webhook accepts the bridge's authentication, and refuses requests without it
    LynnAuthentication = "lynn-authentication";
    /// The bridge accepted the test message
    SendAccepted = "send-accepted";
    /// The test message has reached Genesys Cloud
    SendAtGenesys = "send-at-genesys";
    /// Genesys Cloud accepted the reply to it
    SendReply = "send-reply";
    /// The reply has reached Lynn
    SendAtLynn = "send-at-lynn";
    /// The test conversation is closed
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
