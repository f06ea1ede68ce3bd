//! One text of a template.

use minijinja::value::Value;
use serde_json::Value as Json;

use crate::absences::Absences;
use crate::engine::{Engine, Place};
use crate::expression::{has_expressions, inside};
use crate::fault::{Faults, Problem};
use crate::json::SizeLeft;

/// A compiled text; its name is its JSON pointer.
pub(crate) enum Text {
    /// Nothing is to be filled in.
    Literal(String),
    /// One expression: its value keeps its type.
    Single { name: String },
    /// Expressions and text, joined.
    Joined { name: String, place: Place },
}

/// Compiles texts and collects what is wrong with them.
pub(crate) struct Compiler<'a> {
    pub(crate) engine: &'a mut Engine,
    /// The names that the texts may use.
    pub(crate) known: &'a [&'a str],
    pub(crate) faults: Faults,
}

/// Renders texts and collects what is wrong with them.
pub(crate) struct Renderer<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) context: &'a Value,
    pub(crate) absences: &'a Absences,
    pub(crate) size_left: SizeLeft,
    pub(crate) faults: Faults,
}

impl Compiler<'_> {
    pub(crate) fn text(&mut self, text: &str, pointer: &str) -> Text {
        let name = pointer.to_owned();
        if !has_expressions(text) {
            return Text::Literal(text.to_owned());
        }
        if let Some(expression) = inside(text)
            && let Some(added) = self.engine.add_expression(&name, expression, self.known)
        {
            self.note(added, pointer);
            return Text::Single { name };
        }
        self.joined(text, Place::Plain, pointer)
    }

    pub(crate) fn url(&mut self, text: &str, pointer: &str) -> Text {
        if !has_expressions(text) {
            return Text::Literal(text.to_owned());
        }
        self.joined(text, Place::Url, pointer)
    }

    pub(crate) fn fault(&mut self, pointer: &str, problem: Problem) {
        self.faults.add(pointer, problem);
    }

    fn joined(&mut self, text: &str, place: Place, pointer: &str) -> Text {
        let added = self.engine.add_text(place, pointer, text, self.known);
        self.note(added, pointer);
        Text::Joined { name: pointer.to_owned(), place }
    }

    fn note(&mut self, added: Result<(), Problem>, pointer: &str) {
        if let Err(problem) = added {
            self.faults.add(pointer, problem);
        }
    }
}

impl Renderer<'_> {
    /// The text's value; null after a fault was noted.
    pub(crate) fn json(&mut self, text: &Text, pointer: &str) -> Json {
        let rendered = match text {
            Text::Literal(text) => {
                self.size_left.take(text.len()).map(|()| Json::from(text.as_str()))
            }
            Text::Single { name } => {
                self.engine.value(name, self.context, self.absences, &mut self.size_left)
            }
            Text::Joined { name, place } => {
                let (context, absences) = (self.context, self.absences);
                self.engine
                    .text(*place, name, context, absences, &mut self.size_left)
                    .map(Json::String)
            }
        };
        rendered.unwrap_or_else(|problem| {
            self.faults.add(pointer, problem);
            Json::Null
        })
    }

    /// A condition: true or false, and nothing else.
    pub(crate) fn condition(&mut self, text: &Text, pointer: &str) -> bool {
        let before = self.faults.0.len();
        let value = self.json(text, pointer);
        match value {
            Json::Bool(value) => value,
            _ if self.faults.0.len() > before => false,
            _ => {
                self.faults.add(pointer, Problem::NotBool);
                false
            }
        }
    }
}
