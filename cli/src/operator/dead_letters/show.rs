//! One dead letter, in full; what was written only when asked for.

use anyhow::Context;
use serde_json::{Value, json};
use shared::delivery::event::QueuedEvent;
use shared::delivery::record::{Record, State};
use shared::ports::ItemKey;
use shared::time::Timestamp;

use super::super::place::Place;
use super::super::table::printable;
use super::letters::Letter;
use super::list;

/// Whether what the originating side is told has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Telling {
    /// There is nobody to tell, or nothing to say.
    Nobody,
    /// It has arrived.
    Arrived,
    /// It is in its queue.
    OnItsWay,
    /// It was given up too.
    GivenUp,
    /// The letter is of an older version, or so old that this is forgotten.
    Unknown,
}

impl Telling {
    fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Arrived => "arrived",
            Self::OnItsWay => "onItsWay",
            Self::GivenUp => "givenUp",
            Self::Unknown => "unknown",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Nobody => "nobody: there is nobody to tell",
            Self::Arrived => "has arrived",
            Self::OnItsWay => "is on its way",
            Self::GivenUp => "could not be told either: it is a dead letter of its own",
            Self::Unknown => "whether it has arrived is not known any more",
        }
    }
}

/// Prints it.
pub async fn run(
    place: &Place,
    letter: &Letter,
    show_body: bool,
    as_json: bool,
) -> anyhow::Result<()> {
    let body = letter.kept.body(place.store()).await?;
    let event = body.as_deref().and_then(|body| serde_json::from_str::<QueuedEvent>(body).ok());
    let telling = telling(place, letter, event.as_ref()).await?;
    if as_json {
        let mut shown = list::to_json(letter);
        shown["telling"] = json!(telling.name());
        if show_body {
            let body = body.context("a part of its body is missing")?;
            shown["body"] = serde_json::from_str(&body).unwrap_or(Value::String(body));
        }
        println!("{shown:#}");
        return Ok(());
    }
    lines(letter, telling).iter().for_each(|line| println!("{line}"));
    if show_body {
        println!("body           {}", printable(&body.context("a part of its body is missing")?));
    }
    Ok(())
}

async fn telling(
    place: &Place,
    letter: &Letter,
    event: Option<&QueuedEvent>,
) -> anyhow::Result<Telling> {
    let (Some(notice), Some(event)) = (&letter.kept.content.notice, event) else {
        let told = letter.kept.content.told.is_some();
        return Ok(if told { Telling::Unknown } else { Telling::Nobody });
    };
    let key = ItemKey::new(event.conversation().partition(), notice.as_str());
    let found = place.store().load(&[key]).await?.pop().flatten();
    let Some(item) = found else { return Ok(Telling::OnItsWay) };
    let record: Record =
        serde_json::from_str(&item.body).context("read what became of the notice")?;
    Ok(match record.state {
        State::Done => Telling::Arrived,
        State::Dead => Telling::GivenUp,
        State::Trying => Telling::OnItsWay,
    })
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
        ("reason", content.summary.clone()),
        ("tried", format!("{} times", content.attempts)),
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
            ("redriven", format!("{} times", subject.redrive)),
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
