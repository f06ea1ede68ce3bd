//! The state machine of a conversation, as a table.
//!
//! Rule: every stage has a row for every trigger; what a row says Lynn is told of, Lynn is told of once. When an event counts as a
//! trigger at all, by its time, is decided in `standing.rs`.

use std::fmt::Write as _;

/// Where a conversation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Nobody has written yet.
    Idle,
    /// Open, and no agent is known to be there.
    Open,
    /// Open, and an agent is there.
    WithAgent,
    /// Ended at Genesys.
    Ended,
}

/// What moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// The customer wrote, and Genesys took it; or an agent or a bot wrote.
    Message,
    /// An agent answered.
    AgentAnswered,
    /// The last agent has left: by a transfer, or because of the end that follows.
    AgentLeft,
    /// It ended.
    End,
    /// Its threading window is over.
    WindowOver,
}

/// What Lynn is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// `conversation.agentConnected`
    AgentConnected,
    /// `conversation.ended`
    Ended,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// In this stage
    pub from: Stage,
    /// by this
    pub trigger: Trigger,
    /// it comes to this one,
    pub to: Stage,
    /// and Lynn is told this.
    pub tells: Option<Telling>,
}

const fn row(from: Stage, trigger: Trigger, to: Stage, tells: Option<Telling>) -> Row {
    Row { from, trigger, to, tells }
}

const CONNECTED: Option<Telling> = Some(Telling::AgentConnected);
const ENDED: Option<Telling> = Some(Telling::Ended);

/// Every stage with every trigger.
pub const TABLE: [Row; 20] = [
    row(Stage::Idle, Trigger::Message, Stage::Open, None),
    row(Stage::Idle, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Idle, Trigger::AgentLeft, Stage::Idle, None),
    row(Stage::Idle, Trigger::End, Stage::Idle, None),
    row(Stage::Idle, Trigger::WindowOver, Stage::Idle, None),
    row(Stage::Open, Trigger::Message, Stage::Open, None),
    row(Stage::Open, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Open, Trigger::AgentLeft, Stage::Open, None),
    row(Stage::Open, Trigger::End, Stage::Ended, ENDED),
    row(Stage::Open, Trigger::WindowOver, Stage::Open, None),
    row(Stage::WithAgent, Trigger::Message, Stage::WithAgent, None),
    row(Stage::WithAgent, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::WithAgent, Trigger::AgentLeft, Stage::Open, None),
    row(Stage::WithAgent, Trigger::End, Stage::Ended, ENDED),
    row(Stage::WithAgent, Trigger::WindowOver, Stage::WithAgent, None),
    row(Stage::Ended, Trigger::Message, Stage::Open, None),
    row(Stage::Ended, Trigger::AgentAnswered, Stage::WithAgent, CONNECTED),
    row(Stage::Ended, Trigger::AgentLeft, Stage::Ended, None),
    row(Stage::Ended, Trigger::End, Stage::Ended, None),
    row(Stage::Ended, Trigger::WindowOver, Stage::Ended, None),
];

/// What becomes of a stage by a trigger, and what Lynn is told. What is not in the table changes nothing.
pub fn step(from: Stage, trigger: Trigger) -> (Stage, Option<Telling>) {
    TABLE
        .iter()
        .find(|row| row.from == from && row.trigger == trigger)
        .map_or((from, None), |row| (row.to, row.tells))
}

/// The table as the drawing in docs/internals/conversations.md: rows that change nothing and say nothing are left out.
pub fn drawing() -> String {
    let mut drawing = "stateDiagram-v2\n    [*] --> Idle\n".to_owned();
    for Row { from, trigger, to, tells } in
        TABLE.iter().filter(|row| row.from != row.to || row.tells.is_some())
    {
        let tells = match tells {
            Some(Telling::AgentConnected) => " / conversation.agentConnected",
            Some(Telling::Ended) => " / conversation.ended",
            None => "",
        };
        // Writing to a text does not fail.
        let _ = writeln!(drawing, "    {from:?} --> {to:?}: {trigger:?}{tells}");
    }
    drawing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_one_row_for_every_trigger() {
        let mut seen = std::collections::HashSet::new();
        assert!(TABLE.iter().all(|row| seen.insert((row.from, row.trigger))));
        assert_eq!(seen.len(), 4 * 5);
    }

    #[test]
    fn only_an_open_conversation_ends_and_only_then_lynn_is_told() {
        for row in &TABLE {
            let ends =
                matches!(row.from, Stage::Open | Stage::WithAgent) && row.trigger == Trigger::End;
            assert_eq!(row.tells == ENDED, ends, "{row:?}");
            assert_eq!(row.to == Stage::Ended && row.from != Stage::Ended, ends, "{row:?}");
        }
    }

    #[test]
    fn the_drawing_in_the_documentation_is_this_table() {
        let page = include_str!("../../../docs/internals/conversations.md");
        assert!(page.contains(&drawing()), "the page must have:\n{}", drawing());
    }
}
