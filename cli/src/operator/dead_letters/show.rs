//! One dead letter, in full; what was written only when asked for.

use anyhow::Context;
use serde_json::{Value, json};
use shared::delivery::event::QueuedEvent;

use super::super::place::Place;
use super::super::table::printable;
use super::letters::{Letter, describe};

/// Prints it.
pub async fn run(
    place: &Place,
    letter: &Letter,
    show_body: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let body = letter.body(place.store()).await?;
    let event = body.as_deref().and_then(|body| serde_json::from_str::<QueuedEvent>(body).ok());
    let event = event.as_ref().map(describe);
    if as_json {
        let mut shown = letter.to_json();
        shown["event"] = json!(event);
        if show_body {
            let body = body.context("a part of its body is missing")?;
            shown["body"] = serde_json::from_str(&body).unwrap_or(Value::String(body));
        }
        println!("{shown:#}");
        return Ok(());
    }
    lines(letter, event.as_ref()).iter().for_each(|line| println!("{line}"));
    if show_body {
        println!("body           {}", printable(&body.context("a part of its body is missing")?));
    }
    Ok(())
}

fn lines(letter: &Letter, event: Option<&Value>) -> Vec<String> {
    let content = &letter.content;
    let told = content.told.as_ref().map_or("nobody was told", |told| &told.0);
    let mut lines = vec![
        ("id", letter.id.clone()),
        ("integration", letter.integration.to_string()),
        ("direction", content.direction.name().to_owned()),
        ("given up", content.at.to_text()),
        ("class", json!(content.class).as_str().unwrap_or_default().to_owned()),
        ("code", content.code.clone()),
        ("reason", content.summary.clone()),
        ("told", told.to_owned()),
        ("perhaps done", if content.uncertain { "yes" } else { "no" }.to_owned()),
    ];
    match event {
        Some(event) => {
            let of = |key: &str| event[key].as_str().map_or(event[key].to_string(), str::to_owned);
            lines.extend([
                ("event", format!("{} {}", of("kind"), of("id"))),
                ("contact", of("contactFingerprint")),
                ("accepted", of("acceptedAt")),
                ("trace", of("traceId")),
                ("redriven", of("redrive")),
            ]);
        }
        None => lines.push(("event", "cannot be read by this version".to_owned())),
    }
    for attempt in &content.history {
        let status = attempt.status.map(|status| format!(" ({status})")).unwrap_or_default();
        lines.push(("attempt", format!("{} {}{status}", attempt.at.to_text(), attempt.summary)));
    }
    lines.iter().map(|(title, value)| format!("{title:14} {}", printable(value))).collect()
}
