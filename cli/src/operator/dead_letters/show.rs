//! One dead letter, in full; what was written only when asked for.

use anyhow::Context;
use serde_json::{Value, json};
use shared::time::Timestamp;

use super::super::place::Place;
use super::super::table::printable;
use super::letters::Letter;
use super::list;
use super::telling::Telling;
use crate::count::counted;
use crate::output;

/// Prints it.
pub async fn run(
    place: &Place,
    letter: &Letter,
    show_body: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let body = letter.kept.body(place.store()).await?;
    let told = Telling::of(place, &[letter]).await?;
    let telling = told.first().copied().unwrap_or(Telling::Unknown);
    if as_json {
        let mut shown = list::to_json(letter, telling);
        if show_body {
            let body = body.context("a part of its body is missing")?;
            shown["body"] = serde_json::from_str(&body).unwrap_or(Value::String(body));
        }
        output::line(format_args!("{shown:#}"));
        return Ok(());
    }
    lines(letter, telling).iter().for_each(output::line);
    if show_body {
        output::line(format_args!(
            "body           {}",
            printable(&body.context("a part of its body is missing")?)
        ));
    }
    Ok(())
}

fn lines(letter: &Letter, telling: Telling) -> Vec<String> {
    let content = &letter.kept.content;
    let text = |time: Option<Timestamp>| time.map_or("never".to_owned(), Timestamp::to_text);
    let told = content.told.as_ref().map_or_else(String::new, |told| format!("{}: ", told.0));
    let mut lines = vec![
        ("id", letter.id.clone()),
        ("integration", letter.kept.integration.to_string()),
        ("direction", content.direction.name().to_owned()),
        ("given up", content.at.to_text()),
        ("class", json!(content.class).as_str().unwrap_or_default().to_owned()),
        ("code", content.code.clone()),
        ("reason", content.cause()),
        ("tried", counted(content.attempts, "time")),
        ("first attempt", text(content.first_attempt)),
        ("last attempt", text(content.last_attempt())),
        ("told", format!("{told}{}", telling.words())),
        ("perhaps done", perhaps_done(content.uncertain).to_owned()),
    ];
    if let Some(first) = content.first_given_up.filter(|first| *first != content.at) {
        lines.insert(4, ("first given up", first.to_text()));
    }
    match &letter.kept.subject {
        Some(subject) => lines.extend([
            ("event", format!("{} {}", subject.kind, subject.id)),
            ("contact", subject.fingerprint.clone()),
            ("accepted", subject.accepted_at.to_text()),
            ("trace", subject.trace.clone()),
            ("redriven", counted(subject.redrive, "time")),
        ]),
        None => lines.push(("event", "cannot be read by this version".to_owned())),
    }
    for attempt in &content.history {
        let status = attempt.status.map(|status| format!(" ({status})")).unwrap_or_default();
        lines.push(("attempt", format!("{} {}{status}", attempt.at.to_text(), attempt.summary)));
    }
    lines.iter().map(|(title, value)| format!("{title:14} {}", printable(value))).collect()
}

fn perhaps_done(uncertain: bool) -> &'static str {
    if uncertain {
        "yes: an attempt ended without an answer; a redrive carries the same id, by which the other side can know it again"
    } else {
        "no"
    }
}
