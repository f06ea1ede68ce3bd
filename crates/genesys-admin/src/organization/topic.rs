//! What the bridge wants to hear of the life of a conversation.

/// A topic of detail events, of which an organisation has one for each conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// The conversation has ended.
    CustomerEnd,
    /// An agent is rung.
    UserStart,
    /// An agent has left.
    UserEnd,
    /// The customer waits in a queue.
    AcdStart,
    /// The wait is over.
    AcdEnd,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::CustomerEnd, Self::UserStart, Self::UserEnd, Self::AcdStart, Self::AcdEnd];
    /// What the names of all of them begin with.
    pub const PREFIX: &'static str = "v2.detail.events.conversation.{id}.";

    /// The end of its name.
    pub fn word(self) -> &'static str {
        self.words()[0]
    }

    /// Its whole name, as EventBridge integrations and triggers want it.
    pub fn name(self) -> String {
        format!("{}{}", Self::PREFIX, self.word())
    }

    /// What a person calls its workflow.
    pub fn workflow(self) -> &'static str {
        self.words()[1]
    }

    /// What a person calls its trigger.
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
