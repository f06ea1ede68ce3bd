//! The dead-letter queues of a stack: messages that were handed to a sender several times without
//! success.

use anyhow::Context;
use aws::operator::Stack;
use serde_json::{Value, json};
use shared::ports::Direction;

use crate::count::counted;
use crate::output;
use crate::progress;

/// The number of messages in each queue.
pub struct Counts([(Direction, u64); 2]);

impl Counts {
    /// One line for each queue that is not empty.
    pub fn lines(&self) -> Vec<String> {
        let line = |(direction, count): &(Direction, u64)| {
            format!(
                "{} in the {} dead-letter queue; `bridge dead-letters redrive --queues` sends it again",
                counted(*count, "message"),
                direction.name()
            )
        };
        self.0.iter().filter(|(_, count)| *count > 0).map(line).collect()
    }

    /// The counts for machines.
    pub fn to_json(&self) -> Value {
        self.0
            .iter()
            .map(|(direction, count)| (direction.name().to_owned(), json!(count)))
            .collect()
    }
}

/// Counts the messages, including those that another reader holds.
pub async fn count(stack: &Stack) -> anyhow::Result<Counts> {
    let mut counts = [(Direction::Inbound, 0), (Direction::Outbound, 0)];
    for (direction, count) in &mut counts {
        *count = stack.dead_letter_queue(*direction)?.length().await?;
    }
    Ok(Counts(counts))
}

/// Moves all messages of both queues to their source queues; with `dry_run`, prints how many there
/// are.
pub async fn redrive(stack: &Stack, dry_run: bool) -> anyhow::Result<()> {
    if dry_run {
        for (direction, count) in count(stack).await?.0 {
            output::line(format_args!(
                "{}: {} would be queued to be sent again",
                direction.name(),
                counted(count, "message")
            ));
        }
        return Ok(());
    }
    for direction in [Direction::Inbound, Direction::Outbound] {
        let queue = stack.dead_letter_queue(direction)?;
        progress::show(format!("emptying the {} dead-letter queue", direction.name()));
        let moved = queue.drain().await.with_context(|| {
            format!(
                "the {} dead-letter queue is not empty; run this again after a minute",
                direction.name()
            )
        })?;
        output::line(format_args!(
            "{}: {} queued to be sent again",
            direction.name(),
            counted(moved, "message")
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_queues_are_not_worth_a_line() {
        let counts = Counts([(Direction::Inbound, 0), (Direction::Outbound, 3)]);
        assert_eq!(counts.lines().len(), 1);
        assert!(counts.lines()[0].starts_with("3 messages in the outbound"));
        assert_eq!(counts.to_json(), json!({ "inbound": 0, "outbound": 3 }));
    }
}
