//! The delivery engine with both real routes on ports in memory: its guarantees hold, whatever
//! fails.

#[cfg(test)]
mod bus;
#[cfg(test)]
mod claimed_times;
#[cfg(test)]
mod conflicts;
#[cfg(test)]
#[path = "../../../sqlite/tests/conformance/mod.rs"]
mod conformance;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod events;
#[cfg(test)]
mod fault_injection;
#[cfg(test)]
mod files;
#[cfg(test)]
mod giving_up;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod hurry;
#[cfg(test)]
mod isolation;
#[cfg(test)]
mod lifecycle;
#[cfg(test)]
mod lossless;
#[cfg(test)]
mod media;
#[cfg(test)]
mod million;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod per_session;
#[cfg(test)]
mod ports;
#[cfg(test)]
mod receipts;
#[cfg(test)]
mod recent;
#[cfg(test)]
mod redriving;
#[cfg(test)]
mod refused_parts;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod rush;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod two_processes;
#[cfg(test)]
mod typing;
