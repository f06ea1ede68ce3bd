//! Holds `template.yaml` against the functions: what each may do, reads and is given, and how its queue waits for it.
//! Holds the documents against the repository: links, paths, commands, length.
//!
//! Rule: a check returns what is wrong, so that its own test can break the template and see it reported.

#[cfg(test)]
mod adopted;
#[cfg(test)]
mod alarms;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod documented;
#[cfg(test)]
#[path = "../../../pages/documents.rs"]
mod documents;
#[cfg(test)]
mod events;
#[cfg(test)]
mod functions;
#[cfg(test)]
mod known;
#[cfg(test)]
mod log_lines;
#[cfg(test)]
mod media;
mod outputs;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod pattern;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod queues;
#[cfg(test)]
mod resolve;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod runbook;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod strangers;
#[cfg(test)]
mod table;
#[cfg(test)]
mod template;
#[cfg(test)]
mod variables;
#[cfg(test)]
mod yaml;
