//! Finds the operation for a method and path in a table that is read from top to bottom.

use http::Method;

use super::super::refusal::{Checked, Refusal};
use super::desk::Desk;
use super::permissions::Needs;
use crate::http::Answer;

/// The placeholder for the id of an object in a path.
pub(super) const ID: &str = "{}";

/// One line of the table.
pub(super) struct Operation {
    pub(super) method: Method,
    /// The parts after `/api/v2`. [`ID`] matches any part.
    pub(super) path: &'static [&'static str],
    pub(super) needs: Needs,
    pub(super) run: fn(&mut Desk<'_>) -> Checked<Answer>,
}

impl Operation {
    pub(super) const fn new(
        method: Method,
        path: &'static [&'static str],
        needs: Needs,
        run: fn(&mut Desk<'_>) -> Checked<Answer>,
    ) -> Self {
        Self { method, path, needs, run }
    }

    /// Whether the path ends with the id of an object.
    pub(super) fn names_one(&self) -> bool {
        self.path.last() == Some(&ID)
    }

    /// The ids in a path of this form; `None` for another path.
    fn ids<'a>(&self, path: &[&'a str]) -> Option<Vec<&'a str>> {
        let fits = self.path.len() == path.len()
            && self.path.iter().zip(path).all(|(form, part)| *form == ID || form == part);
        fits.then(|| {
            let named = self.path.iter().zip(path).filter(|(form, _)| **form == ID);
            named.map(|(_, part)| *part).collect()
        })
    }
}

/// The first parts of all paths after `/api/v2`.
const AREAS: [&[&str]; 10] = [
    &["authorization"],
    &["oauth"],
    &["conversations", "messaging"],
    &["routing"],
    &["flows"],
    &["architect"],
    &["integrations"],
    &["processautomation"],
    &["ipranges"],
    &["organizations"],
];

pub(in crate::genesys) fn is_administration(segments: &[&str]) -> bool {
    match segments {
        ["api", "v2", rest @ ..] => AREAS.iter().any(|area| rest.starts_with(area)),
        _ => false,
    }
}

/// The operation of a call, and the ids in its path.
pub(super) fn find<'a>(
    tables: &'static [&'static [Operation]],
    method: &Method,
    segments: &[&'a str],
) -> Checked<(&'static Operation, Vec<&'a str>)> {
    let path = segments.get(2..).unwrap_or_default();
    let mut is_known = false;
    for operation in tables.iter().copied().flatten() {
        if let Some(ids) = operation.ids(path) {
            is_known = true;
            if operation.method == *method {
                return Ok((operation, ids));
            }
        }
    }
    if is_known {
        Err(Refusal::method_not_allowed())
    } else {
        Err(Refusal::not_found(&segments.join("/")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::super::facts;
    use super::super::OPERATIONS;
    use super::is_administration;

    #[test]
    fn every_operation_is_reached_and_none_stands_twice() {
        let mut known = HashSet::new();
        for operation in OPERATIONS.iter().copied().flatten() {
            let path = [&["api", "v2"], operation.path].concat();
            assert!(is_administration(&path), "{path:?}");
            let in_words = format!("/{}", path.join("/"));
            let is_known = facts::knows(operation.method.as_str(), &in_words);
            assert!(is_known, "{} {in_words} is in no SDK", operation.method);
            assert!(known.insert((operation.method.clone(), path.clone())), "{path:?}");
        }
    }
}
