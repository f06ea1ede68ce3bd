//! The HTML elements, and the effect of each in plain text.
//!
//! Rule: a name that is not in the table is not HTML but text.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// No effect.
    Inline,
    /// A line break.
    Break,
    /// Its content is on lines of its own.
    Block,
    /// A line with a bullet.
    Item,
    /// A space separates it from the text before it.
    Cell,
    /// Its URL is kept.
    Link,
    /// Its alternative text and its URL are shown.
    Image,
    /// Above or below the line: a sign separates its number from the text before it.
    Raised(char),
    /// Omitted with its content.
    Dropped,
}

use Effect::{Block, Break, Cell, Dropped, Image, Inline, Item, Link, Raised};

/// The elements of the HTML standard, and the old ones that editors still write, in alphabetical
/// order. Form elements are not included: no channel writes them, but people write about them.
const ELEMENTS: &[(&str, Effect)] = &[
    ("a", Link),
    ("abbr", Inline),
    ("acronym", Inline),
    ("address", Block),
    ("article", Block),
    ("aside", Block),
    ("audio", Image),
    ("b", Inline),
    ("bdi", Inline),
    ("bdo", Inline),
    ("big", Inline),
    ("blockquote", Block),
    ("body", Block),
    ("br", Break),
    ("caption", Block),
    ("center", Block),
    ("cite", Inline),
    ("code", Inline),
    ("col", Inline),
    ("colgroup", Inline),
    ("dd", Block),
    ("del", Inline),
    ("details", Block),
    ("dfn", Inline),
    ("div", Block),
    ("dl", Block),
    ("dt", Block),
    ("em", Inline),
    ("figcaption", Block),
    ("figure", Block),
    ("font", Inline),
    ("footer", Block),
    ("h1", Block),
    ("h2", Block),
    ("h3", Block),
    ("h4", Block),
    ("h5", Block),
    ("h6", Block),
    ("head", Block),
    ("header", Block),
    ("hr", Block),
    ("html", Block),
    ("i", Inline),
    ("iframe", Image),
    ("img", Image),
    ("ins", Inline),
    ("kbd", Inline),
    ("li", Item),
    ("link", Inline),
    ("main", Block),
    ("mark", Inline),
    ("meta", Inline),
    ("nav", Block),
    // Microsoft Office writes this into the HTML of its messages.
    ("o:p", Inline),
    ("ol", Block),
    ("p", Block),
    ("picture", Inline),
    ("pre", Block),
    ("q", Inline),
    ("s", Inline),
    ("samp", Inline),
    ("script", Dropped),
    ("section", Block),
    ("small", Inline),
    ("source", Image),
    ("span", Inline),
    ("strike", Inline),
    ("strong", Inline),
    ("style", Dropped),
    ("sub", Raised('_')),
    ("summary", Block),
    ("sup", Raised('^')),
    ("table", Block),
    ("tbody", Block),
    ("td", Cell),
    ("tfoot", Block),
    ("th", Cell),
    ("thead", Block),
    ("time", Inline),
    ("title", Block),
    ("tr", Block),
    ("tt", Inline),
    ("u", Inline),
    ("ul", Block),
    ("var", Inline),
    ("video", Image),
    ("wbr", Inline),
];

/// Elements without a closing tag. The first four ([`SHOWN`]) count as markup without any other
/// tag.
const VOID: [&str; 8] = ["br", "hr", "img", "wbr", "col", "link", "meta", "source"];
const SHOWN: usize = 4;

/// Elements whose closing tag may be omitted: the end of the parent closes them.
const END_LEFT_OUT: [&str; 11] =
    ["colgroup", "dd", "dt", "li", "p", "tbody", "td", "tfoot", "th", "thead", "tr"];

/// Whether an element has no closing tag.
pub(super) fn is_void(name: &str) -> bool {
    VOID.contains(&name)
}

/// Whether an element without a closing tag is markup by itself: a line break or a picture.
pub(super) fn is_shown_alone(name: &str) -> bool {
    VOID.iter().take(SHOWN).any(|known| *known == name)
}

/// Whether the closing tag of an element may be omitted.
pub(super) fn may_be_left_open(name: &str) -> bool {
    END_LEFT_OUT.contains(&name)
}

/// The effect of an element, in any letter case; `None` when it is not HTML.
pub(super) fn effect(name: &str) -> Option<Effect> {
    let name = name.to_ascii_lowercase();
    ELEMENTS
        .binary_search_by_key(&name.as_str(), |(element, _)| element)
        .ok()
        .and_then(|index| ELEMENTS.get(index))
        .map(|(_, effect)| *effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(ELEMENTS.is_sorted_by_key(|(name, _)| *name));
        assert_eq!(effect("LI"), Some(Item));
        assert_eq!(effect("unknown-thing"), None);
    }
}
