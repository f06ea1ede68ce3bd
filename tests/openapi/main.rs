//! `openapi.yaml` against the running program: sends every example, and checks every answer and
//! every event.

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
mod harness;
#[cfg(test)]
#[path = "../listening/mod.rs"]
mod listening;
#[cfg(test)]
#[path = "../pages/mod.rs"]
mod pages;
#[cfg(test)]
mod postman;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod walk;
