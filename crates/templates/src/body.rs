//! JSON whose texts are templates.

use serde_json::{Map, Value as Json};

use crate::fault::below;
use crate::text::{Compiler, Renderer, Text};

/// Compiled JSON: only its texts are filled in, keys stay as they are.
pub(crate) enum Body {
    Text(Text),
    /// A number, a boolean or null.
    Fixed(Json),
    List(Vec<Body>),
    Fields(Vec<(String, Body)>),
}

impl Body {
    pub(crate) fn compile(json: &Json, pointer: &str, compiler: &mut Compiler<'_>) -> Self {
        match json {
            Json::String(text) => Self::Text(compiler.text(text, pointer)),
            Json::Array(items) => {
                let item = |(place, item): (usize, &Json)| {
                    Self::compile(item, &below(pointer, &place.to_string()), compiler)
                };
                Self::List(items.iter().enumerate().map(item).collect())
            }
            Json::Object(fields) => {
                let field = |(name, field): (&String, &Json)| {
                    (name.clone(), Self::compile(field, &below(pointer, name), compiler))
                };
                Self::Fields(fields.iter().map(field).collect())
            }
            fixed => Self::Fixed(fixed.clone()),
        }
    }

    pub(crate) fn render(&self, pointer: &str, renderer: &mut Renderer<'_>) -> Json {
        match self {
            Self::Text(text) => renderer.json(text, pointer),
            Self::Fixed(json) => json.clone(),
            Self::List(items) => {
                let item = |(place, item): (usize, &Self)| {
                    item.render(&below(pointer, &place.to_string()), renderer)
                };
                Json::Array(items.iter().enumerate().map(item).collect())
            }
            Self::Fields(fields) => {
                let mut rendered = Map::new();
                for (name, field) in fields {
                    rendered.insert(name.clone(), field.render(&below(pointer, name), renderer));
                }
                Json::Object(rendered)
            }
        }
    }
}
