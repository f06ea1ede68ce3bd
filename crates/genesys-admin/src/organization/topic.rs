//! The events of a conversation that the bridge subscribes to.

/// A topic of detail events; every conversation has one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The conversation has ended.
    CustomerEnd,
    /// An agent is alerted.
    UserStart,
    /// An agent has left.
    UserEnd,
    /// The customer waits in a queue.
    AcdStart,
    /// The customer no longer waits in a queue.
    AcdEnd,
}

impl Topic {
    pub const ALL: [Self; 5] =
        [Self::CustomerEnd, Self::UserStart, Self::UserEnd, Self::AcdStart, Self::AcdEnd];
    /// The prefix of all topics' names.
    pub const PREFIX: &'static str = "v2.detail.events.conversation.{id}.";

    /// The end of the topic's name.
    pub fn word(self) -> &'static str {
        self.words()[0]
    }

    /// The whole name, as EventBridge integrations and triggers require it.
    pub fn name(self) -> String {
        format!("{}{}", Self::PREFIX, self.word())
    }

    /// The name of the topic's workflow in messages to the operator.
    pub fn workflow(self) -> &'static str {
        self.words()[1]
    }

    /// The name of the topic's trigger in messages to the operator.
    pub fn trigger(self) -> &'static str {
        self.words()[2]
    }

    fn words(self) -> [&'static str; 3] {
        match self {
            Self::CustomerEnd => {
                ["customer.end", "workflow of customer.end", "trigger of customer.end"]
            }
            Self::UserStart => ["user.start", "workflow of user.start", "trigger of user.start"],
            Self::UserEnd => ["user.end", "workflow of user.end", "trigger of user.end"],
            Self::AcdStart => ["acd.start", "workflow of acd.start", "trigger of acd.start"],
            Self::AcdEnd => ["acd.end", "workflow of acd.end", "trigger of acd.end"],
        }
    }
}
