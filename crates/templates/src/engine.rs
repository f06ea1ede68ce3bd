//! The template engine, as this crate sets it up.
//!
//! Rules: no file, no macro, no escaping of HTML. A value in a URL is percent-encoded. The work for
//! one text is bounded.

use std::collections::HashSet;
use std::fmt::Write as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, UndefinedBehavior};
use serde_json::Value as Json;
use shared::endpoint;

use crate::absences::{self, Absences};
use crate::fault::Problem;
use crate::json::{self, Room};

/// The work for one text: about this many steps, or 64 bytes for each.
const FUEL: u64 = 50_000;
/// Stands for null in a rendered URL. A value that holds this character is encoded.
pub(crate) const NULL: char = '\0';
/// The variable that takes the value of a single expression.
const RESULT: &str = "__result";

/// The compiled templates of one configuration.
pub(crate) struct Engine {
    /// Texts of bodies and headers, and conditions.
    plain: Environment<'static>,
    url: Environment<'static>,
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Plain,
    Url,
}

impl Engine {
    pub(crate) fn new() -> Self {
        let (mut plain, mut url) = (environment(), environment());
        plain.set_formatter(|out, _, value| write(out, value, Place::Plain));
        url.set_formatter(|out, _, value| write(out, value, Place::Url));
        Self { plain, url }
    }

    fn of(&self, place: Place) -> &Environment<'static> {
        match place {
            Place::Plain => &self.plain,
            Place::Url => &self.url,
        }
    }

    /// Compiles an expression under a name. `None`: the text is not a single expression.
    pub(crate) fn add_expression(
        &mut self,
        name: &str,
        expression: &str,
        known: &[&str],
    ) -> Option<Result<(), Problem>> {
        let compiled = self.plain.compile_expression_owned(expression.to_owned()).ok()?;
        let used = compiled.undeclared_variables(false);
        if let Err(problem) = self.check_names(&used, known) {
            return Some(Err(problem));
        }
        let source = format!("{{% set {RESULT} = ({expression}) %}}");
        let added = self.plain.add_template_owned(name.to_owned(), source);
        Some(added.map_err(|error| syntax(&error)))
    }

    /// Compiles a text with expressions under a name.
    pub(crate) fn add_text(
        &mut self,
        place: Place,
        name: &str,
        text: &str,
        known: &[&str],
    ) -> Result<(), Problem> {
        let environment = match place {
            Place::Plain => &mut self.plain,
            Place::Url => &mut self.url,
        };
        environment
            .add_template_owned(name.to_owned(), text.to_owned())
            .map_err(|error| syntax(&error))?;
        let template = self.of(place).get_template(name).map_err(|error| syntax(&error))?;
        self.check_names(&template.undeclared_variables(false), known)
    }

    fn check_names(&self, used: &HashSet<String>, known: &[&str]) -> Result<(), Problem> {
        let is_known = |name: &str| {
            known.contains(&name) || self.plain.globals().any(|(global, _)| global == name)
        };
        match used.iter().filter(|name| !is_known(name)).min() {
            Some(name) => Err(Problem::UnknownName { name: name.clone(), known: known.join(", ") }),
            None => Ok(()),
        }
    }

    /// The value of a single expression.
    pub(crate) fn value(
        &self,
        name: &str,
        context: &Value,
        absences: &Absences,
        room: &mut Room,
    ) -> Result<Json, Problem> {
        absences.take();
        let template = self.plain.get_template(name).map_err(|error| failed(&error))?;
        let rendered = template.render_captured(context.clone());
        let rendered = rendered.map_err(|error| failed(&error));
        let rendered = Self::unless_absent(rendered, absences, template.source())?;
        let result = rendered.state().lookup(RESULT).ok_or(Problem::Missing(None))?;
        Self::unless_absent(json::of(&result, room), absences, template.source())
    }

    /// A text with its expressions filled in.
    pub(crate) fn text(
        &self,
        place: Place,
        name: &str,
        context: &Value,
        absences: &Absences,
        room: &mut Room,
    ) -> Result<String, Problem> {
        absences.take();
        let template = self.of(place).get_template(name).map_err(|error| failed(&error))?;
        let rendered = template.render(context.clone()).map_err(|error| failed(&error));
        let rendered = Self::unless_absent(rendered, absences, template.source())?;
        room.take(rendered.len())?;
        Ok(rendered)
    }

    /// The result, unless a field was missing: that explains most other problems, too.
    fn unless_absent<T>(
        result: Result<T, Problem>,
        absences: &Absences,
        source: &str,
    ) -> Result<T, Problem> {
        match (absences.take(), result) {
            (_, Err(unknown @ Problem::UnknownHelper(_))) => Err(unknown),
            // A key may be computed from the data, so only the template's own words are shown.
            (Some(path), _) => Err(Problem::Missing(source.contains(&path).then_some(path))),
            (None, result) => result,
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    // It shows the engine's own state.
    environment.remove_global("debug");
    environment.add_filter("default", absences::default);
    environment.add_filter("d", absences::default);
    environment.add_test("defined", absences::is_defined);
    environment.add_test("undefined", absences::is_undefined);
    environment
}

fn write(out: &mut Output<'_>, value: &Value, place: Place) -> Result<(), Error> {
    let text = json::as_text(value).map_err(|problem| match problem {
        Problem::Missing(_) => Error::from(ErrorKind::UndefinedError),
        Problem::TooLarge => Error::from(ErrorKind::OutOfFuel),
        _ => Error::from(ErrorKind::BadSerialization),
    })?;
    let written = match place {
        Place::Plain => out.write_str(&text),
        Place::Url if value.is_none() => out.write_char(NULL),
        Place::Url => out.write_str(&endpoint::encode(&text)),
    };
    written.map_err(|_| Error::from(ErrorKind::WriteFailure))
}

/// The error of a template that cannot be compiled. The engine's words quote no text.
fn syntax(error: &Error) -> Problem {
    Problem::Syntax(error.detail().unwrap_or("it cannot be read").to_owned())
}

/// The error of a template that fails on a value. The engine's details may quote the value, so only
/// its word for the kind is shown.
fn failed(error: &Error) -> Problem {
    match error.kind() {
        ErrorKind::UndefinedError => Problem::Missing(None),
        ErrorKind::OutOfFuel => Problem::TooMuchWork,
        // The names of filters and tests are the template's own words.
        ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction => {
            Problem::UnknownHelper(error.detail().unwrap_or("an unknown name").to_owned())
        }
        kind => Problem::Failed(kind.to_string()),
    }
}
