//! The state machine of a conversation, as a table.
//!
//! Rule: every stage has a row for every trigger. Lynn is told of each row's news once.
//! `relevance.rs` decides by an event's time whether the event counts as a trigger.

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// No message has passed yet.
    Idle,
    /// Open, and no agent is known to be present.
    Open,
    /// Open, and an agent is present.
    WithAgent,
    /// Ended at Genesys.
    Ended,
}

impl Stage {
    /// The `status` that callers and operators read; `agentConnected` is a field of its own.
    pub fn status(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Open | Self::WithAgent => "open",
            Self::Ended => "ended",
        }
    }
}

/// An event that changes the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// Genesys accepted a customer's message, or an agent or a bot wrote.
    Message,
    AgentAnswered,
    /// The last agent left: by a transfer, or shortly before the end.
    AgentLeft,
    /// The part of one agent ended. Whether another agent is present is counted apart.
    AgentGone,
    /// The customer begins to wait for an agent.
    Queued,
    /// The conversation ended.
    End,
    /// The threading window of the conversation is over.
    WindowOver,
}

/// The event that Lynn receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationEvent {
    /// `conversation.agentConnected`
    AgentConnected,
    /// `conversation.agentDisconnected`
    AgentDisconnected,
    /// `conversation.queued`
    Queued,
    /// `conversation.ended`
    Ended,
}

#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub from: Stage,
    pub trigger: Trigger,
    pub to: Stage,
    /// The event that Lynn receives, if any.
    pub event: Option<ConversationEvent>,
}

const fn row(from: Stage, trigger: Trigger, to: Stage, event: Option<ConversationEvent>) -> Row {
    Row { from, trigger, to, event }
}

const CONNECTED: Option<ConversationEvent> = Some(ConversationEvent::AgentConnected);
const DISCONNECTED: Option<ConversationEvent> = Some(ConversationEvent::AgentDisconnected);
const QUEUED: Option<ConversationEvent> = Some(ConversationEvent::Queued);
const ENDED: Option<ConversationEvent> = Some(ConversationEvent::Ended);

/// Every stage with every trigger.
pub const TABLE: [Row; 28] = [
    row(Stage::Idle, Trigger::Message, Stage::Open, None),
    row(Stage::Idle, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Idle, Trigger::AgentLeft, Stage::Idle, None),
    row(Stage::Idle, Trigger::AgentGone, Stage::Idle, None),
    row(Stage::Idle, Trigger::Queued, Stage::Idle, None),
    row(Stage::Idle, Trigger::End, Stage::Idle, None),
    row(Stage::Idle, Trigger::WindowOver, Stage::Idle, None),
    row(Stage::Open, Trigger::Message, Stage::Open, None),
    row(Stage::Open, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Open, Trigger::AgentLeft, Stage::Open, None),
    row(Stage::Open, Trigger::AgentGone, Stage::Open, None),
    row(Stage::Open, Trigger::Queued, Stage::Open, QUEUED),
    row(Stage::Open, Trigger::End, Stage::Ended, ENDED),
    row(Stage::Open, Trigger::WindowOver, Stage::Open, None),
    row(Stage::WithAgent, Trigger::Message, Stage::WithAgent, None),
    row(Stage::WithAgent, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::WithAgent, Trigger::AgentLeft, Stage::Open, None),
    row(Stage::WithAgent, Trigger::AgentGone, Stage::WithAgent, DISCONNECTED),
    row(Stage::WithAgent, Trigger::Queued, Stage::WithAgent, None),
    row(Stage::WithAgent, Trigger::End, Stage::Ended, ENDED),
    row(Stage::WithAgent, Trigger::WindowOver, Stage::WithAgent, None),
    row(Stage::Ended, Trigger::Message, Stage::Open, None),
    row(Stage::Ended, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Ended, Trigger::AgentLeft, Stage::Ended, None),
    row(Stage::Ended, Trigger::AgentGone, Stage::Ended, None),
    row(Stage::Ended, Trigger::Queued, Stage::Ended, None),
    row(Stage::Ended, Trigger::End, Stage::Ended, None),
    row(Stage::Ended, Trigger::WindowOver, Stage::Ended, None),
];

/// The new stage, and the event that Lynn receives. A pair that is not in the table changes
/// nothing.
pub fn step(from: Stage, trigger: Trigger) -> (Stage, Option<ConversationEvent>) {
    TABLE
        .iter()
        .find(|row| row.from == from && row.trigger == trigger)
        .map_or((from, None), |row| (row.to, row.event))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The drawing in docs/internals/conversations.md. Rows without a change of stage and without
    /// an event for Lynn are omitted.
    fn drawing() -> String {
        let mut drawing = "stateDiagram-v2\n    [*] --> Idle\n".to_owned();
        for Row { from, trigger, to, event } in
            TABLE.iter().filter(|row| row.from != row.to || row.event.is_some())
        {
            let event = match event {
                Some(ConversationEvent::AgentConnected) => " / conversation.agentConnected",
                Some(ConversationEvent::AgentDisconnected) => " / conversation.agentDisconnected",
                Some(ConversationEvent::Queued) => " / conversation.queued",
                Some(ConversationEvent::Ended) => " / conversation.ended",
                None => "",
            };
            // Writing to a `String` cannot fail.
            let _ = writeln!(drawing, "    {from:?} --> {to:?}: {trigger:?}{event}");
        }
        drawing
    }

    #[test]
    fn every_stage_has_one_row_for_every_trigger() {
        let mut seen = std::collections::HashSet::new();
        assert!(TABLE.iter().all(|row| seen.insert((row.from, row.trigger))));
        assert_eq!(seen.len(), 4 * 7);
    }

    #[test]
    fn only_an_open_conversation_ends_and_only_then_lynn_is_told() {
        for row in &TABLE {
            let ends =
                matches!(row.from, Stage::Open | Stage::WithAgent) && row.trigger == Trigger::End;
            assert_eq!(row.event == ENDED, ends, "{row:?}");
            assert_eq!(row.to == Stage::Ended && row.from != Stage::Ended, ends, "{row:?}");
        }
    }

    #[test]
    fn the_drawing_in_the_documentation_is_this_table() {
        let page = include_str!("../../../docs/internals/conversations.md");
        assert!(page.contains(&drawing()), "the page must have:\n{}", drawing());
    }
}
