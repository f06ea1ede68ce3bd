//! The five lifecycle topics.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LifecycleKind {
    /// The customer's part ended, and with it the conversation.
    #[serde(rename = "customer.end")]
    CustomerEnd,
    /// An agent is rung. The agent may answer or not.
    #[serde(rename = "user.start")]
    UserStart,
    /// An agent left: refused, did not answer, transferred, or closed.
    #[serde(rename = "user.end")]
    UserEnd,
    /// The conversation waits in a queue.
    #[serde(rename = "acd.start")]
    AcdStart,
    /// The wait in a queue ended: an agent answered, the customer gave up, or a flow took the
    /// conversation out.
    #[serde(rename = "acd.end")]
    AcdEnd,
}

const KINDS: [LifecycleKind; 5] = [
    LifecycleKind::CustomerEnd,
    LifecycleKind::UserStart,
    LifecycleKind::UserEnd,
    LifecycleKind::AcdStart,
    LifecycleKind::AcdEnd,
];

impl LifecycleKind {
    /// The last two parts of the topic.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CustomerEnd => "customer.end",
            Self::UserStart => "user.start",
            Self::UserEnd => "user.end",
            Self::AcdStart => "acd.start",
            Self::AcdEnd => "acd.end",
        }
    }

    /// Reads a topic, its last two parts, or an event name such as `CustomerEndEvent`, which a
    /// workflow's author may write.
    pub(super) fn of_topic(topic: &str) -> Option<Self> {
        let mut parts = topic.rsplit('.');
        let (last, before) = (parts.next()?, parts.next().unwrap_or_default());
        let letters = |text: &str| -> String {
            text.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase()
        };
        let word = format!("{}{}", letters(before), letters(last));
        let word = word.strip_suffix("event").unwrap_or(&word);
        KINDS.into_iter().find(|kind| letters(kind.as_str()) == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_known_by_its_end() {
        for topic in [
            "v2.detail.events.conversation.{id}.customer.end",
            "v2.detail.events.conversation.5d0d331e-0000.customer.end",
            "customer.end",
            "CustomerEnd",
            "CustomerEndEvent",
        ] {
            assert_eq!(LifecycleKind::of_topic(topic), Some(LifecycleKind::CustomerEnd), "{topic}");
        }
        for kind in KINDS {
            assert_eq!(LifecycleKind::of_topic(kind.as_str()), Some(kind));
        }
        for topic in [
            "",
            "end",
            "customer",
            "v2.detail.events.conversation.{id}.customer.start",
            "flow.end",
            "x.customer.end.y",
        ] {
            assert_eq!(LifecycleKind::of_topic(topic), None, "{topic}");
        }
    }
}
