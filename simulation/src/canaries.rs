//! Words that must never be in a log line, and that show to whom they belong.

/// The prefix of every word that a customer or an agent writes.
pub(crate) const TEXT: &str = "PLANTED";
/// The prefix of every contact's id.
pub(crate) const PERSON: &str = "person-";
/// The prefix of every secret.
pub(crate) const SECRET: &str = "s3cret";

pub(crate) const CONTACTS: [&str; 2] = ["person-ana", "person-ben"];
pub(crate) const INTEGRATIONS: [&str; 2] = ["support", "sales"];

pub(crate) fn word(number: u32, n: usize) -> String {
    format!("{TEXT}{number}x{n}x")
}

/// The first `count` words of an action, joined by spaces.
pub(crate) fn words(number: u32, count: usize) -> String {
    (0..count).map(|n| word(number, n)).collect::<Vec<_>>().join(" ")
}

/// The first place of the words that every part of a message carries, such as a name.
const EVERYWHERE: usize = 90;

/// A word that every part of a message carries.
pub(crate) fn name(number: u32) -> String {
    word(number, EVERYWHERE)
}

/// The canaries in a text, each as its action and its place, without the words that every part
/// carries.
pub(crate) fn found(text: &str) -> Vec<(u32, usize)> {
    text.match_indices(TEXT)
        .filter_map(|(at, _)| {
            let mut parts = text.get(at + TEXT.len()..)?.splitn(3, 'x');
            Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
        })
        .filter(|(_, n)| *n < EVERYWHERE)
        .collect()
}

/// The forbidden word in a log line, if it contains one.
pub(crate) fn leaked(line: &str) -> Option<&'static str> {
    [TEXT, PERSON, SECRET].into_iter().find(|word| line.contains(word))
}
