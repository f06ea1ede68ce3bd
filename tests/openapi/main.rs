//! `openapi.yaml` against the running program: every example is sent, every answer and every event is checked.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod configuration_page;
#[cfg(test)]
mod document;
#[cfg(test)]
mod events;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod exchange;
#[cfg(test)]
#[path = "../listening/mod.rs"]
mod listening;
#[cfg(test)]
#[path = "../pages/mod.rs"]
mod pages;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod walk;
#[cfg(test)]
mod world;
