//! The actions of people, by the names under which they are counted.

use crate::scenario::{AgentAct, CustomerAct};

/// The actions of people that must be exercised, besides the faults.
pub(crate) fn wanted() -> Vec<String> {
    let customer = [
        CustomerAct::Text,
        CustomerAct::LongText,
        CustomerAct::Files,
        CustomerAct::Html,
        CustomerAct::Reply,
        CustomerAct::Button,
        CustomerAct::DatePick,
        CustomerAct::History,
        CustomerAct::Typing,
        CustomerAct::SessionStarted,
        CustomerAct::SessionEnded,
        CustomerAct::Refused,
        CustomerAct::RefusedAtItsEnd,
        CustomerAct::Again,
    ];
    let agent = [
        AgentAct::Text,
        AgentAct::BotText,
        AgentAct::QuickReplies,
        AgentAct::Carousel,
        AgentAct::Card,
        AgentAct::DatePicker,
        AgentAct::Template,
        AgentAct::Attachment,
        AgentAct::UnknownContent,
        AgentAct::UnknownType,
        AgentAct::Empty,
        AgentAct::Echo,
        AgentAct::Unaddressed,
        AgentAct::Unreadable,
        AgentAct::Typing,
        AgentAct::Ring,
        AgentAct::Answer,
        AgentAct::Leave,
        AgentAct::End,
        AgentAct::Refused,
        AgentAct::Again,
    ];
    let troubles = [
        "GenesysUnreachable",
        "GenesysHangs",
        "GenesysFails",
        "LynnUnreachable",
        "LynnHangs",
        "LynnFails",
        "StoreDown",
        "QueueDown",
        "SecretsDown",
        "RateLimit",
        "GenesysTokensRevoked",
        "LynnTokensRevoked",
        "WebhookSecretRotated",
        "LynnKeyRotated",
        "ClientSecretRotated",
        "LynnTokenSecretRotated",
        "ClockSetBack",
        "PowerCut",
        "ProcessDies",
    ];
    customer
        .iter()
        .map(|word| format!("customer {word:?}"))
        .chain(super::receipts::wanted())
        .chain(agent.iter().map(|word| format!("agent {word:?}")))
        .chain(troubles.iter().map(|trouble| format!("trouble {trouble}")))
        .collect()
}
