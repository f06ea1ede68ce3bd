//! What people and faults can do on the page, in scenarios and in recordings: one name for each.
//!
//! Rule: people act only through the simulated vendors, so that every message takes the real way
//! through the bridge.

mod agent;
mod customer;
mod faults;
mod keys;
mod post;
mod real;
mod samples;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use shared::error::chain;

use self::agent::AgentAct;
use self::customer::CustomerAct;
use self::faults::{GenesysFault, LynnFault};
use self::post::Request;
use super::letters;
use super::playground::Playground;

/// An act with what it needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "by", content = "do", rename_all = "camelCase", remote = "Self")]
pub enum Act {
    Customer(CustomerAct),
    Agent(AgentAct),
    /// A fault of Genesys Cloud.
    Genesys(GenesysFault),
    /// A fault of Lynn.
    Lynn(LynnFault),
    /// A request to the bridge, as it was before or changed.
    Post(Request),
    Program(ProgramAct),
}

/// How far the clocks can be set ahead, in milliseconds: ten years.
const FARTHEST: i64 = 10 * 366 * 24 * 3_600_000;

/// What is done to the bridge itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ProgramAct {
    Kill,
    Start,
    /// Sets all clocks ahead.
    Jump {
        minutes: u32,
    },
    /// Sends one dead letter again, or all.
    Redrive {
        id: Option<String>,
    },
}

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    pub accepted: bool,
    /// In words; empty if there is nothing to say.
    pub words: String,
}

impl Done {
    fn accepted() -> Self {
        Self { accepted: true, words: String::new() }
    }

    fn refused(words: impl Into<String>) -> Self {
        Self { accepted: false, words: words.into() }
    }
}

impl Act {
    pub async fn perform(self, playground: &Arc<Playground>) -> Done {
        if let Some(why) = playground.cast.real.and_then(|real| self.unplayable(real)) {
            return Done::refused(why);
        }
        match self {
            Self::Customer(act) => act.perform(playground).await,
            Self::Agent(act) => act.perform(playground),
            Self::Genesys(fault) => fault.set(playground),
            Self::Lynn(fault) => fault.set(playground),
            Self::Post(request) => request.post(playground).await,
            Self::Program(act) => act.perform(playground).await,
        }
    }
}

impl ProgramAct {
    async fn perform(self, playground: &Playground) -> Done {
        let done = match self {
            Self::Kill if playground.kill().await => Ok(Done::accepted()),
            Self::Kill => Ok(Done::refused("The bridge does not run.")),
            Self::Start => playground.restart().await.map(|started| match started {
                true => Done::accepted(),
                false => Done::refused("The bridge runs already."),
            }),
            Self::Jump { minutes } if playground.clock.ahead_after(minutes) > FARTHEST => {
                Ok(Done::refused("All clocks can be set ahead by ten years at most."))
            }
            Self::Jump { minutes } => {
                playground.jump(i64::from(minutes)).await.map(|()| Done::accepted())
            }
            Self::Redrive { id } => redrive(playground, id.as_deref()).await,
        };
        done.unwrap_or_else(|error| Done::refused(chain(&*error)))
    }
}

async fn redrive(playground: &Playground, id: Option<&str>) -> anyhow::Result<Done> {
    let done = letters::redrive(playground, id).await?;
    if done.is_empty() {
        return Ok(Done::refused("There is no dead letter."));
    }
    let words: Vec<String> = done
        .iter()
        .map(|letter| format!("{}: {}", text(&letter["id"]), text(&letter["words"])))
        .collect();
    playground.note("redriven", None, words.join("; "));
    Ok(Done { accepted: true, words: words.join("; ") })
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}
