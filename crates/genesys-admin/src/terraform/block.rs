//! Blocks of Terraform's language, aligned as `terraform fmt` aligns them.

use serde_json::Value;

/// A part of a block.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// An argument and its expression.
    Set(&'static str, String),
    /// A block in the block.
    Inner(&'static str, Vec<Body>),
}

/// An argument with a value.
pub(super) fn set(name: &'static str, value: Value) -> Body {
    Body::Set(name, literal(&value))
}

/// An argument with an expression, such as a reference.
pub(super) fn refer(name: &'static str, expression: impl Into<String>) -> Body {
    Body::Set(name, expression.into())
}

pub(super) fn inner(name: &'static str, body: Vec<Body>) -> Body {
    Body::Inner(name, body)
}

/// A whole block.
pub(super) fn written(head: &str, body: &[Body]) -> String {
    let mut text = format!("{head} {{\n");
    write(body, 1, &mut text);
    text.push_str("}\n");
    text
}

fn write(body: &[Body], depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    // Arguments that follow each other are aligned.
    for group in body.chunk_by(|one, next| matches!((one, next), (Body::Set(..), Body::Set(..)))) {
        let names = group.iter().map(|part| match part {
            Body::Set(name, _) => name.len(),
            Body::Inner(..) => 0,
        });
        let width = names.max().unwrap_or_default();
        for part in group {
            match part {
                Body::Set(name, value) => {
                    text.push_str(&format!("{indent}{name:width$} = {value}\n"));
                }
                Body::Inner(name, body) => {
                    text.push_str(&format!("{indent}{name} {{\n"));
                    write(body, depth + 1, text);
                    text.push_str(&format!("{indent}}}\n"));
                }
            }
        }
    }
}

/// A value as an expression that is only itself: no part of a text is evaluated.
pub(super) fn literal(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(", ");
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", list(items.iter().map(literal).collect())),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let field =
                |(name, value): (&String, &Value)| format!("{} = {}", quoted(name), literal(value));
            format!("{{ {} }}", list(fields.iter().map(field).collect()))
        }
        other => other.to_string(),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other if other.is_control() => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(other)));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted.replace("${", "$${").replace("%{", "%%{")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_block_is_aligned_and_nothing_in_a_text_is_evaluated() {
        let body = [
            set("a", json!("say \"${no}\"\n%{no}\u{1}")),
            refer("longer", "var.x"),
            inner("b", vec![set("list", json!(["x", 1, true])), set("none", json!({}))]),
            set("map", json!({ "k": { "n": null } })),
        ];
        let expected = "head {\n  a      = \"say \\\"$${no}\\\"\\n%%{no}\\u0001\"\n  longer = var.x\n  b {\n    list = [\"x\", 1, true]\n    none = {}\n  }\n  map = { \"k\" = { \"n\" = null } }\n}\n";
        assert_eq!(written("head", &body), expected);
    }
}
