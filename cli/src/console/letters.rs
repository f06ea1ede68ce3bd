//! The dead letters: grouped by cause, in pieces, and one with its history.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};
use shared::ids::ConversationKey;
use shared::ports::Clock as _;
use shared::time::Timestamp;

use super::choice::{Choice, Chosen};
use super::query::{Answer, Refused};
use super::state::Console;
use crate::operator::dead_letters::letters::{Letter, Letters};
use crate::operator::dead_letters::notice_status::NoticeStatus;
use crate::operator::dead_letters::{list, queues, show};

/// The letters in one piece.
pub const PAGE: usize = 50;
/// The most groups that are shown.
const GROUPS: usize = 100;

/// A choice, and how many letters are left out before the first one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    pub offset: Option<String>,
    #[serde(flatten)]
    choice: BTreeMap<String, String>,
}

impl Wanted {
    fn chosen(&self) -> Result<Chosen, Refused> {
        let choice = serde_json::to_value(&self.choice).and_then(serde_json::from_value);
        let choice: Choice = choice.map_err(|error| Refused::wrong(error.to_string()))?;
        choice.read(clients::SystemClock.now())
    }
}

struct Group<'a> {
    code: &'a str,
    count: usize,
    first: Timestamp,
    last: Timestamp,
    integrations: BTreeSet<&'a str>,
    directions: BTreeSet<&'static str>,
}

/// The causes of the letters, the most frequent first.
fn groups<'a>(letters: impl Iterator<Item = &'a Letter>) -> Vec<Value> {
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for letter in letters {
        let content = &letter.kept.content;
        let group = groups.entry(content.cause()).or_insert_with(|| Group {
            code: &content.code,
            count: 0,
            first: content.at,
            last: content.at,
            integrations: BTreeSet::new(),
            directions: BTreeSet::new(),
        });
        group.count += 1;
        group.first = group.first.min(content.at);
        group.last = group.last.max(content.at);
        group.integrations.insert(letter.kept.integration.as_str());
        group.directions.insert(content.direction.name());
    }
    let mut groups: Vec<(String, Group<'_>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse((group.count, group.last)));
    let to_json = |(cause, group): (String, Group<'_>)| {
        json!({ "cause": cause, "code": group.code, "count": group.count,
                "first": group.first.to_text(), "last": group.last.to_text(),
                "integrations": group.integrations, "directions": group.directions })
    };
    groups.into_iter().map(to_json).collect()
}

/// The groups of the letters that are chosen, and how many letters there are.
pub async fn grouped(console: &Console, wanted: &Wanted) -> Answer {
    let chosen = wanted.chosen()?;
    let reading = console.letters().await?;
    let letters = &reading.value;
    let mut groups = groups(letters.all.iter().filter(|letter| chosen.admits(letter)));
    let left_out = groups.len().saturating_sub(GROUPS);
    groups.truncate(GROUPS);
    let queues = match console.installation.stack() {
        Some(stack) => Some(queues::count(stack).await?.to_json()),
        None => None,
    };
    Ok(json!({ "groups": groups, "groupsLeftOut": left_out, "all": letters.all.len(),
               "asOf": reading.at.to_text(), "queues": queues, "filter": chosen.described }))
}

/// A piece of the letters that are chosen, the latest first.
pub async fn piece(console: &Console, wanted: &Wanted) -> Answer {
    let chosen = wanted.chosen()?;
    let reading = console.letters().await?;
    let found: Vec<&Letter> =
        reading.value.all.iter().rev().filter(|letter| chosen.admits(letter)).collect();
    let offset = wanted.offset.as_deref().and_then(|offset| offset.parse().ok()).unwrap_or(0);
    let total = found.len();
    let page: Vec<&Letter> = found.into_iter().skip(offset).take(PAGE).collect();
    let letters = described(console, &page).await?;
    Ok(
        json!({ "letters": letters, "total": total, "offset": offset, "asOf": reading.at.to_text() }),
    )
}

/// The letters without content and contact.
pub async fn described(console: &Console, letters: &[&Letter]) -> anyhow::Result<Vec<Value>> {
    let told = NoticeStatus::of(&console.installation, letters).await?;
    let one = |(letter, told): (&&Letter, NoticeStatus)| {
        if let Some(key) = conversation(letter) {
            console.contacts.keep(&key);
        }
        let mut shown = list::to_json(letter, told);
        let notice = letter.kept.content.user_reason.as_ref().map(|reason| reason.0.as_str());
        shown["sort"] = json!(letter.kept.sort());
        shown["toldWords"] = json!(told.sentences(notice));
        shown["perhapsDone"] = json!(show::perhaps_done(&letter.kept.content));
        shown
    };
    Ok(letters.iter().zip(told).map(one).collect())
}

/// The conversation of a letter.
pub fn conversation(letter: &Letter) -> Option<ConversationKey> {
    let contact = letter.contact.clone()?;
    Some(ConversationKey::new(letter.kept.integration.clone(), contact))
}

/// The letter with this sort key.
pub fn find<'a>(
    letters: &'a Letters,
    integration: &str,
    sort: &str,
) -> Result<&'a Letter, Refused> {
    let is_it = |letter: &&Letter| {
        letter.kept.sort() == sort && letter.kept.integration.as_str() == integration
    };
    letters.all.iter().find(is_it).ok_or_else(|| {
        Refused::absent(
            "This dead letter is no longer there: it was sent again, or its time is over",
        )
    })
}

#[cfg(test)]
mod tests {
    use delivery::dead_letter::DeadLetter;
    use delivery::redrive;
    use shared::error::{Class, Failure};
    use shared::ids::IntegrationName;
    use shared::ports::{Direction, ItemKey};

    use super::*;

    #[test]
    fn the_most_frequent_cause_comes_first_with_its_span() {
        let letter = |summary: &str, at: i64| {
            let failure = Failure::new(Class::Permanent, "bad.request", summary.to_owned());
            let at = Timestamp::from_milliseconds(at);
            let content = DeadLetter::new(Direction::Inbound, at, &failure, "");
            let key = ItemKey::new("dead#support", format!("{summary}#{at:?}"));
            let kept = redrive::Letter::new(IntegrationName::new("support"), key, content, None);
            Letter {
                id: String::new(),
                kept,
                notice: None,
                record: None,
                contact: None,
                about: vec![],
            }
        };
        let all = [letter("rare", 1), letter("often", 3), letter("often", 2)];
        let groups = groups(all.iter());
        assert_eq!((&groups[0]["cause"], &groups[0]["count"]), (&json!("often"), &json!(2)));
        assert_eq!(groups[0]["first"], "1970-01-01T00:00:00.002Z");
        assert_eq!(groups[0]["last"], "1970-01-01T00:00:00.003Z");
        assert_eq!((&groups[1]["count"], groups.len()), (&json!(1), 2));
        assert_eq!(groups[1]["directions"], json!(["inbound"]));
    }
}
