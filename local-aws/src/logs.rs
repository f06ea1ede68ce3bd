//! Shows the functions' log lines on stderr, read from the emulator's CloudWatch Logs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::emulator::{Emulator, authorization};

/// The beginning of the names of the functions' log groups.
const FUNCTIONS: &str = "/aws/lambda/";
/// The pause between two reads.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// How far each read goes back, because the line that was written last need not have the latest
/// time.
const OVERLAP_MILLISECONDS: i64 = 5_000;
/// The lines that Lambda itself writes around every invocation.
const PLATFORM: [&str; 3] = ["START RequestId:", "END RequestId:", "REPORT RequestId:"];

/// Shows the functions' log lines until an error.
pub async fn show(emulator: &Emulator) -> anyhow::Result<()> {
    let mut groups = groups(emulator).await?;
    loop {
        for group in &mut groups {
            // The emulator may be busy: try again.
            let Ok(events) = group.read(emulator).await else { continue };
            for event in group.news(&events).filter(|event| !is_platform(&event.message)) {
                eprintln!("{}", event.message);
            }
            group.remember(&events);
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

async fn groups(emulator: &Emulator) -> anyhow::Result<Vec<Group>> {
    let groups: LogGroups =
        ask(emulator, "DescribeLogGroups", &json!({ "logGroupNamePrefix": FUNCTIONS })).await?;
    Ok(groups.log_groups.into_iter().map(|group| Group::of(group.log_group_name)).collect())
}

async fn ask<T: DeserializeOwned>(
    emulator: &Emulator,
    action: &str,
    question: &Value,
) -> anyhow::Result<T> {
    let request = emulator
        .client()
        .post(emulator.endpoint())
        .header("authorization", authorization("logs"))
        .header("x-amz-target", format!("Logs_20140328.{action}"))
        .json(question)
        .header("content-type", "application/x-amz-json-1.1");
    Ok(request.send().await?.error_for_status()?.json().await?)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogGroups {
    log_groups: Vec<LogGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogGroup {
    log_group_name: String,
}

/// The log of one function. The emulator writes one complete stream for each invocation.
struct Group {
    name: String,
    since: i64,
    /// The streams already shown, with their time.
    shown: BTreeMap<String, i64>,
}

#[derive(Debug, Deserialize)]
struct Events {
    #[serde(default)]
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    message: String,
    timestamp: i64,
    log_stream_name: String,
}

impl Group {
    fn of(name: String) -> Self {
        Self { name, since: 0, shown: BTreeMap::new() }
    }

    async fn read(&self, emulator: &Emulator) -> anyhow::Result<Vec<Event>> {
        let question = json!({ "logGroupName": self.name, "startTime": self.since });
        Ok(ask::<Events>(emulator, "FilterLogEvents", &question).await?.events)
    }

    fn news<'events>(&self, events: &'events [Event]) -> impl Iterator<Item = &'events Event> {
        events.iter().filter(|event| !self.shown.contains_key(&event.log_stream_name))
    }

    fn remember(&mut self, events: &[Event]) {
        for event in events {
            self.shown.insert(event.log_stream_name.clone(), event.timestamp);
        }
        let latest = events.iter().map(|event| event.timestamp).max().unwrap_or(0);
        self.since = self.since.max(latest - OVERLAP_MILLISECONDS);
        self.shown.retain(|_, time| *time >= self.since);
    }
}

fn is_platform(line: &str) -> bool {
    PLATFORM.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::{Event, Group};

    fn event(stream: &str, timestamp: i64, message: &str) -> Event {
        Event { message: message.to_owned(), timestamp, log_stream_name: stream.to_owned() }
    }

    #[test]
    fn every_stream_is_shown_once() {
        let mut group = Group::of("f".to_owned());
        let first = vec![event("a", 10_000, "1"), event("a", 10_000, "2")];
        assert_eq!(group.news(&first).count(), 2);
        group.remember(&first);
        let second = vec![event("a", 10_000, "1"), event("b", 9_999, "3")];
        let news: Vec<&str> = group.news(&second).map(|event| event.message.as_str()).collect();
        assert_eq!(news, ["3"]);
    }

    #[test]
    fn what_no_look_reaches_any_more_is_forgotten() {
        let mut group = Group::of("f".to_owned());
        group.remember(&[event("a", 10_000, "1")]);
        group.remember(&[event("b", 20_000, "2")]);
        assert_eq!(group.shown.keys().collect::<Vec<_>>(), ["b"]);
        assert_eq!(group.since, 15_000);
    }
}
