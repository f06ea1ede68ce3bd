//! The HTML elements, and the effect of each in plain text.
//!
//! Rule: a name that is not in the table is not HTML but text.

use std::collections::HashMap;
use std::sync::LazyLock;

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

/// The elements of the HTML standard, and the old ones that editors still write. Form elements are
/// not included: no channel writes them, but people write about them.
const NAMES: [(Effect, &str); 10] = [
    (
        Inline,
        "abbr acronym b bdi bdo big cite code col colgroup del dfn em font i ins kbd link mark \
         meta o:p picture q s samp small span strike strong time tt u var wbr",
    ),
    (Break, "br"),
    (
        Block,
        "address article aside blockquote body caption center dd details div dl dt figcaption \
         figure footer h1 h2 h3 h4 h5 h6 head header hr html main nav ol p pre section summary \
         table tbody tfoot thead title tr ul",
    ),
    (Item, "li"),
    (Cell, "td th"),
    (Link, "a"),
    (Image, "audio iframe img source video"),
    (Raised('_'), "sub"),
    (Raised('^'), "sup"),
    (Dropped, "script style"),
];

static ELEMENTS: LazyLock<HashMap<&str, Effect>> = LazyLock::new(|| {
    let each =
        |(effect, names): (Effect, &'static str)| names.split(' ').map(move |it| (it, effect));
    NAMES.into_iter().flat_map(each).collect()
});

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
    ELEMENTS.get(name.to_ascii_lowercase().as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_has_one_effect() {
        assert_eq!(NAMES.iter().flat_map(|(_, names)| names.split(' ')).count(), ELEMENTS.len());
        assert_eq!(effect("LI"), Some(Item));
        assert_eq!(effect("unknown-thing"), None);
    }
}
