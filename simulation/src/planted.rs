//! Words that must never be in a log line, and that tell whose they are.

/// Begins every word that a customer or an agent writes.
pub(crate) const TEXT: &str = "PLANTED";
/// Begins every contact's id.
pub(crate) const PERSON: &str = "person-";
/// Begins every secret.
pub(crate) const SECRET: &str = "s3cret";

/// The ids of the contacts.
pub(crate) const CONTACTS: [&str; 2] = ["person-ana", "person-ben"];
/// The names of the integrations.
pub(crate) const INTEGRATIONS: [&str; 2] = ["support", "sales"];

/// The `n`-th word of an action.
pub(crate) fn word(number: u32, n: usize) -> String {
    format!("{TEXT}{number}x{n}x")
}

/// So many words of an action.
pub(crate) fn words(number: u32, count: usize) -> String {
    (0..count).map(|n| word(number, n)).collect::<Vec<_>>().join(" ")
}

/// The first place of the words that every part of a message carries, such as a name.
const EVERYWHERE: usize = 90;

/// A word that every part of a message carries.
pub(crate) fn name(number: u32) -> String {
    word(number, EVERYWHERE)
}

/// The planted words in a text, as the action and the place of each; not those that every part carries.
pub(crate) fn found(text: &str) -> Vec<(u32, usize)> {
    text.match_indices(TEXT)
        .filter_map(|(at, _)| {
            let mut parts = text.get(at + TEXT.len()..)?.splitn(3, 'x');
            Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
        })
        .filter(|(_, n)| *n < EVERYWHERE)
        .collect()
}

/// A word in a log line that must not be there.
pub(crate) fn leaked(line: &str) -> Option<&'static str> {
    [TEXT, PERSON, SECRET].into_iter().find(|word| line.contains(word))
}
