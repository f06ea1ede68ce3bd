//! The dead letters and the number of waiting events, and redriving.

use serde_json::{Value, json};
use shared::ports::Clock;
use sqlite::Visitor;

use super::playground::Playground;
use crate::operator::dead_letters;
use crate::operator::installation::Installation;

/// The content of the bridge's data.
pub struct Found {
    /// By direction, the number of waiting events.
    pub waiting: Value,
    pub letters: Vec<Value>,
}

pub async fn look(playground: &Playground) -> anyhow::Result<Found> {
    let data = playground.data()?;
    let waiting = match &data {
        Installation::Directory(visitor) => waiting(visitor).await?,
        Installation::Stack(_) => Value::Null,
    };
    Ok(Found { waiting, letters: dead_letters::described(&data).await? })
}

async fn waiting(visitor: &Visitor) -> anyhow::Result<Value> {
    let status = visitor.queue_status().await?;
    Ok(json!({ "inbound": status.inbound.pending, "outbound": status.outbound.pending }))
}

/// Sends one dead letter again, or all; returns what became of each.
pub async fn redrive(playground: &Playground, id: Option<&str>) -> anyhow::Result<Vec<Value>> {
    let clock: &dyn Clock = &playground.clock;
    dead_letters::redriven(&playground.data()?, id, clock).await
}
