//! The elements of HTML and what becomes of each in plain text.
//!
//! Rule: what is not in the table is not HTML, but something that somebody wrote.

/// What an element does to plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    Inline,
    /// A line break where it stands.
    Break,
    /// Stands on lines of its own.
    Block,
    /// A line with a bullet.
    Item,
    /// Set off from what stands before it on the line.
    Cell,
    /// Keeps its URL.
    Link,
    /// Shows its alternative text.
    Image,
    /// Is left out with its content.
    Dropped,
}

use Effect::{Block, Break, Cell, Dropped, Image, Inline, Item, Link};

/// The elements of the HTML standard and the old ones that editors still write, in alphabetical order.
const ELEMENTS: &[(&str, Effect)] = &[
    ("a", Link),
    ("abbr", Inline),
    ("acronym", Inline),
    ("address", Block),
    ("article", Block),
    ("aside", Block),
    ("audio", Inline),
    ("b", Inline),
    ("bdi", Inline),
    ("bdo", Inline),
    ("big", Inline),
    ("blockquote", Block),
    ("body", Block),
    ("br", Break),
    ("button", Inline),
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
    ("fieldset", Block),
    ("figcaption", Block),
    ("figure", Block),
    ("font", Inline),
    ("footer", Block),
    ("form", Block),
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
    ("iframe", Inline),
    ("img", Image),
    ("input", Inline),
    ("ins", Inline),
    ("kbd", Inline),
    ("label", Inline),
    ("legend", Block),
    ("li", Item),
    ("link", Inline),
    ("main", Block),
    ("mark", Inline),
    ("meta", Inline),
    ("nav", Block),
    // What Office writes into the HTML of its messages.
    ("o:p", Inline),
    ("ol", Block),
    ("optgroup", Block),
    ("option", Block),
    ("p", Block),
    ("picture", Inline),
    ("pre", Block),
    ("q", Inline),
    ("s", Inline),
    ("samp", Inline),
    ("script", Dropped),
    ("section", Block),
    ("select", Block),
    ("small", Inline),
    ("source", Inline),
    ("span", Inline),
    ("strike", Inline),
    ("strong", Inline),
    ("style", Dropped),
    ("sub", Inline),
    ("summary", Block),
    ("sup", Inline),
    ("table", Block),
    ("tbody", Block),
    ("td", Cell),
    ("textarea", Block),
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
    ("video", Inline),
    ("wbr", Inline),
];

/// What an element does; `None` when it is not HTML. Case does not matter.
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
