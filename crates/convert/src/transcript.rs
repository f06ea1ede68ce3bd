//! The earlier conversation of bot and customer, for the agent to read.
//!
//! Rule: the newest [`MOST_LINES`] lines are sent, in as many messages as they need. A line is cut
//! only if it fits into no message. The title gives the number of lines omitted.

use shared::lynn::inbound::{HistoryAuthor, HistoryEntry};

use super::split::{length, split};

/// The most lines sent.
pub(super) const MOST_LINES: usize = 100;

/// A day, in milliseconds.
const A_DAY: i64 = 24 * 60 * 60 * 1000;

const TITLE: &str = "Conversation before this message:";

/// The transcript, in messages of at most `longest` UTF-16 code units. Empty when every line is
/// empty. `clean` is applied to each line.
pub(super) fn transcript(
    history: &[HistoryEntry],
    longest: usize,
    clean: impl Fn(&str) -> String,
) -> Vec<String> {
    let said = history.iter().map(|entry| (entry, clean(&entry.text)));
    let said: Vec<String> = said
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(entry, text)| line(entry, text.trim()))
        .collect();
    if said.is_empty() {
        return Vec::new();
    }
    let left_out = said.len().saturating_sub(MOST_LINES);
    let newest = said.iter().skip(left_out).map(String::as_str);
    pack(std::iter::once(title(left_out).as_str()).chain(newest), longest)
}

/// Packs as many lines into a message as fit.
fn pack<'a>(lines: impl Iterator<Item = &'a str>, longest: usize) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    for line in lines {
        match messages.last_mut() {
            Some(last) if length(last) + 1 + length(line) <= longest => {
                last.push('\n');
                last.push_str(line);
            }
            _ => messages.extend(split(line, longest).into_iter().map(str::to_owned)),
        }
    }
    messages
}

fn line(entry: &HistoryEntry, text: &str) -> String {
    let author = match entry.author {
        HistoryAuthor::Customer => "Customer",
        HistoryAuthor::Bot => "Bot",
    };
    // A time of 1 January 1970 or before comes from a clock that was never set: omit it.
    let time = entry.time.filter(|time| time.milliseconds() > A_DAY);
    match time.map(|time| time.to_text()) {
        // `2026-11-22T10:00:00.000Z` to the minute.
        Some(time) => {
            let minute = time.get(..16).unwrap_or(&time).replace('T', " ");
            format!("[{minute} UTC] {author}: {text}")
        }
        None => format!("{author}: {text}"),
    }
}

fn title(left_out: usize) -> String {
    match left_out {
        0 => TITLE.to_owned(),
        1 => format!("{TITLE}\n(1 earlier line left out)"),
        number => format!("{TITLE}\n({number} earlier lines left out)"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(text: String) -> HistoryEntry {
        HistoryEntry { author: HistoryAuthor::Bot, text, time: None }
    }

    fn entries(count: usize) -> Vec<HistoryEntry> {
        (0..count).map(|number| entry(format!("line {number}"))).collect()
    }

    #[test]
    fn holds_a_hundred_lines_and_says_what_is_left_out() {
        let text = transcript(&entries(103), 100_000, str::to_owned).concat();
        assert!(text.contains("(3 earlier lines left out)\nBot: line 3\n"), "{text}");
        assert!(text.ends_with("Bot: line 102"));
        let all = transcript(&entries(100), 100_000, str::to_owned);
        assert!(all.len() == 1 && !all[0].contains("left out"));
    }

    #[test]
    fn a_line_is_cut_only_where_it_fits_into_no_message() {
        let texts = ["x".repeat(30), "y".repeat(90)].map(entry);
        let messages = transcript(&texts, 50, str::to_owned);
        let lines = [TITLE.to_owned(), format!("Bot: {}", "x".repeat(30)), "Bot: ".to_owned()];
        assert_eq!(messages[..3], lines);
        assert_eq!(messages[3..].concat(), "y".repeat(90));
    }

    #[test]
    fn nothing_said_is_no_transcript() {
        assert!(transcript(&[], 100, str::to_owned).is_empty());
        assert!(transcript(&[entry(" ".to_owned())], 100, str::to_owned).is_empty());
    }

    proptest! {
        #[test]
        fn every_word_is_handed_over_and_no_message_is_too_long(
            texts in proptest::collection::vec("[a-z ]{0,60}", 0..30), longest in 2_usize..200,
        ) {
            let history: Vec<HistoryEntry> = texts.iter().cloned().map(entry).collect();
            let messages = transcript(&history, longest, str::to_owned);
            prop_assert!(messages.iter().all(|message| length(message) <= longest));
            let visible = |text: String| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let said = texts.iter().filter(|text| !text.trim().is_empty());
            let lines: String = said.map(|text| format!("Bot: {text}")).collect();
            let title = if lines.is_empty() { "" } else { TITLE };
            prop_assert_eq!(visible(messages.concat()), visible(format!("{title}{lines}")));
        }
    }
}
