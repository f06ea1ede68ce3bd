//! The expressions of Architect that setup's flows use: texts, truth values, variables, `==` and
//! some functions.

use std::collections::HashMap;

/// The functions, each with the number of its arguments.
const FUNCTIONS: [(&str, usize); 3] = [("IsNotSetOrEmpty", 1), ("Lower", 1), ("If", 3)];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Text(String),
    Truth(bool),
    Variable(String),
    Equal(Box<[Self; 2]>),
    Call(&'static str, Vec<Self>),
}

/// The value of an expression. A variable without a value is not set.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Worth {
    NotSet,
    Text(String),
    Truth(bool),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// Says what Architect would refuse.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut rest = text;
        let expression = whole(&mut rest)?;
        match rest.trim_start() {
            "" => Ok(expression),
            more => Err(format!("The expression does not end before: {more}")),
        }
    }

    pub(super) fn variables(&self) -> Vec<&str> {
        match self {
            Self::Variable(name) => vec![name],
            Self::Equal(sides) => sides.iter().flat_map(Self::variables).collect(),
            Self::Call(_, arguments) => arguments.iter().flat_map(Self::variables).collect(),
            Self::Text(_) | Self::Truth(_) => Vec::new(),
        }
    }

    pub(super) fn is_true(&self, variables: &HashMap<String, String>) -> bool {
        self.worth(variables) == Worth::Truth(true)
    }

    fn worth(&self, variables: &HashMap<String, String>) -> Worth {
        match self {
            Self::Text(text) => Worth::Text(text.clone()),
            Self::Truth(truth) => Worth::Truth(*truth),
            Self::Variable(name) => variables.get(name).cloned().map_or(Worth::NotSet, Worth::Text),
            Self::Equal(sides) => {
                let [left, right] = sides.each_ref().map(|side| side.worth(variables));
                Worth::Truth(left == right && left != Worth::NotSet)
            }
            Self::Call("If", arguments) => {
                let [condition, yes, no] = arguments.as_slice() else { return Worth::NotSet };
                if condition.is_true(variables) { yes } else { no }.worth(variables)
            }
            Self::Call(name, arguments) => {
                let argument = arguments.first().map(|argument| argument.worth(variables));
                match (*name, argument) {
                    ("Lower", Some(Worth::Text(text))) => Worth::Text(text.to_lowercase()),
                    ("IsNotSetOrEmpty", Some(Worth::Text(text))) => Worth::Truth(text.is_empty()),
                    ("IsNotSetOrEmpty", Some(Worth::NotSet)) => Worth::Truth(true),
                    ("IsNotSetOrEmpty", _) => Worth::Truth(false),
                    _ => Worth::NotSet,
                }
            }
        }
    }
}

fn whole(rest: &mut &str) -> Result<Expression, String> {
    let left = part(rest)?;
    if !takes(rest, "==") {
        return Ok(left);
    }
    Ok(Expression::Equal(Box::new([left, part(rest)?])))
}

fn part(rest: &mut &str) -> Result<Expression, String> {
    if takes(rest, "\"") {
        let (text, after) = rest.split_once('"').ok_or("A text in an expression does not end.")?;
        *rest = after;
        return Ok(Expression::Text(text.to_owned()));
    }
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || "._".contains(letter);
    let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    *rest = after;
    match name {
        "" => Err(format!("An expression cannot continue with: {rest}")),
        "true" => Ok(Expression::Truth(true)),
        "false" => Ok(Expression::Truth(false)),
        name if takes(rest, "(") => call(name, rest),
        name => Ok(Expression::Variable(name.to_owned())),
    }
}

fn call(name: &str, rest: &mut &str) -> Result<Expression, String> {
    let known = FUNCTIONS.into_iter().find(|(known, _)| *known == name);
    let (name, count) = known.ok_or_else(|| format!("There is no function '{name}'."))?;
    let mut arguments = vec![whole(rest)?];
    while takes(rest, ",") {
        arguments.push(whole(rest)?);
    }
    if !takes(rest, ")") {
        return Err(format!("The function '{name}' lacks its ')'."));
    }
    if arguments.len() != count {
        return Err(format!("The function '{name}' takes {count} arguments."));
    }
    Ok(Expression::Call(name, arguments))
}

/// Whether the rest continues with this; then it is passed.
fn takes(rest: &mut &str, next: &str) -> bool {
    *rest = rest.trim_start();
    let Some(after) = rest.strip_prefix(next) else { return false };
    *rest = after;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_true_or_it_is_not() {
        let variables = [("Flow.a".to_owned(), "Yes".to_owned())].into();
        for (text, expected) in [
            ("true", true),
            ("false", false),
            ("Flow.a == \"Yes\"", true),
            ("Flow.a == \"yes\"", false),
            ("Lower(Flow.a)==\"yes\"", true),
            ("Flow.b == Flow.b", false),
            ("IsNotSetOrEmpty(Flow.b)", true),
            ("IsNotSetOrEmpty(Flow.a)", false),
            ("IsNotSetOrEmpty(\"\")", true),
            ("If( IsNotSetOrEmpty(Flow.a) , true , \" a b \" == \" a b \" )", true),
        ] {
            assert_eq!(Expression::read(text).expect(text).is_true(&variables), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_expression_is_said() {
        for (text, word) in [
            ("", "cannot continue"),
            ("Flow.a ==", "cannot continue"),
            ("Flow.a Flow.b", "does not end"),
            ("\"open", "does not end"),
            ("If(true, false)", "3 arguments"),
            ("Shout(Flow.a)", "Shout"),
            ("Lower(Flow.a", "')'"),
        ] {
            let error = Expression::read(text).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
