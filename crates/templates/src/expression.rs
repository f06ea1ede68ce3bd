//! Where the expressions of a text are.

/// Whether the engine would do anything with a text.
pub(crate) fn has_expressions(text: &str) -> bool {
    first_expression(text).is_some()
}

/// Where the first expression or statement of a text begins.
pub(crate) fn first_expression(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"].iter().filter_map(|start| text.find(start)).min()
}

/// The text between the first `{{` and the last `}}` of a text that has nothing around them. It
/// may be more than one expression.
pub(crate) fn inside(text: &str) -> Option<&str> {
    let inside = text.strip_prefix("{{")?.strip_suffix("}}")?;
    // `{{-` and `-}}` remove blanks, of which there are none here.
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    Some(inside.strip_suffix(['-', '+']).unwrap_or(inside))
}
