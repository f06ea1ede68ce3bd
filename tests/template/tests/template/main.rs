//! Compares `template.yaml` with the functions: what each may do, reads and receives, and how its
//! queue waits for it.
//! Compares the documents with the repository: links, paths, commands, length.
//!
//! Rule: a check returns its findings, so that its own test can break the template and see the
//! finding.

#[cfg(test)]
mod adopted;
#[cfg(test)]
mod alarms;
#[cfg(test)]
mod canary;
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
mod function_urls;
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
