//! Simulates the whole bridge in one thread: the real handlers on simulated ports, a virtual clock
//! and a seeded scheduler.
//!
//! Rules: a scenario follows from its seed, and a run follows from its scenario alone; the promises
//! are checked after every step and at the end. Nothing here is part of the product.

mod acts;
mod callers;
pub mod campaign;
mod canaries;
mod configuration;
mod coverage;
mod dispatch;
mod draw;
mod draw_operator;
mod effects;
mod environment;
mod executor;
mod faults;
mod fleet;
mod genesys;
mod genesys_calls;
mod log;
mod lynn;
mod media;
mod mutation;
mod operator;
mod play;
mod ports;
mod promises;
mod queue;
mod random;
mod requests;
mod run;
mod scenario;
mod setup;
mod shrink;
mod silence;
mod speech;
mod transitions;
mod vendor;

use shared::lock::lock;

pub use campaign::{Failure, Outcome};
pub use coverage::Coverage;
pub use draw::scenario;
pub use mutation::Mutation;
pub use run::{Report, play, play_in_words};
pub use scenario::{
    Action, AgentAct, CustomerAct, Fault, FaultKind, Happening, IntegrationSetup, Port,
    Recognition, Redrive, Scenario, Setup, Topology, Trouble, Which,
};
pub use shrink::{Kept, shrink};
