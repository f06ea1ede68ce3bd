//! The actions of people, by the names under which they are counted.

use crate::scenario::{AgentWord, Word};

/// The actions of people that must be exercised, besides the faults.
pub(crate) fn wanted() -> Vec<String> {
    let customer = [
        Word::Text,
        Word::LongText,
        Word::Files,
        Word::Html,
        Word::Reply,
        Word::Button,
        Word::DatePick,
        Word::History,
        Word::Typing,
        Word::SessionStarted,
        Word::SessionEnded,
        Word::Refused,
        Word::RefusedAtItsEnd,
        Word::Again,
    ];
    let agent = [
        AgentWord::Text,
        AgentWord::BotText,
        AgentWord::QuickReplies,
        AgentWord::Carousel,
        AgentWord::Card,
        AgentWord::DatePicker,
        AgentWord::Template,
        AgentWord::Attachment,
        AgentWord::UnknownContent,
        AgentWord::UnknownType,
        AgentWord::Empty,
        AgentWord::Echo,
        AgentWord::Unaddressed,
        AgentWord::Unreadable,
        AgentWord::Typing,
        AgentWord::Ring,
        AgentWord::Answer,
        AgentWord::Leave,
        AgentWord::End,
        AgentWord::Refused,
        AgentWord::Again,
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
