//! Finds the operation for a method and path.

use std::borrow::Cow;

use http::Method;

use super::super::refusal::{Checked, Refusal};
use super::call_context::CallContext;
use super::kind::Kind;
use super::permissions::Needs;
use crate::http::Answer;

/// The placeholder for the id of an object in a path.
const ID: &str = "{}";

#[derive(Clone)]
pub(super) struct Operation {
    pub(super) method: Method,
    /// The path after `/api/v2`. [`ID`] matches any part.
    pub(super) path: Cow<'static, str>,
    pub(super) needs: Needs,
    pub(super) run: Run,
}

#[derive(Clone, Copy)]
pub(super) enum Run {
    Own(fn(&mut CallContext<'_>) -> Checked<Answer>),
    /// An operation that many rows of the table have.
    Of(&'static Kind, fn(&mut CallContext<'_>, &'static Kind) -> Checked<Answer>),
}

impl Operation {
    /// An operation that no row has in common with another.
    pub(super) const fn own(
        method: Method,
        path: &'static str,
        needs: Needs,
        run: fn(&mut CallContext<'_>) -> Checked<Answer>,
    ) -> Self {
        Self { method, path: Cow::Borrowed(path), needs, run: Run::Own(run) }
    }

    /// The ids in a path of this form; `None` for another path.
    fn ids<'a>(&self, path: &[&'a str]) -> Option<Vec<&'a str>> {
        let form: Vec<&str> = self.path.split('/').skip(1).collect();
        let fits = form.len() == path.len()
            && form.iter().zip(path).all(|(form, part)| *form == ID || form == part);
        fits.then(|| {
            let named = form.iter().zip(path).filter(|(form, _)| **form == ID);
            named.map(|(_, part)| *part).collect()
        })
    }
}

/// The first parts of all paths after `/api/v2`.
const AREAS: [&[&str]; 12] = [
    &["analytics"],
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
    &["externalcontacts"],
];

pub(in crate::genesys) fn is_administration(segments: &[&str]) -> bool {
    match segments {
        ["api", "v2", rest @ ..] => AREAS.iter().any(|area| rest.starts_with(area)),
        _ => false,
    }
}

/// The operation of a call, and the ids in its path. If two fit, it is the one with fewer ids.
pub(super) fn find<'a>(
    operations: &'static [Operation],
    method: &Method,
    segments: &[&'a str],
) -> Checked<(&'static Operation, Vec<&'a str>)> {
    let path = segments.get(2..).unwrap_or_default();
    let fitting = operations.iter().filter_map(|known| Some((known, known.ids(path)?)));
    let of_method = fitting.clone().filter(|(known, _)| known.method == *method);
    of_method.min_by_key(|(_, ids)| ids.len()).ok_or_else(|| match fitting.count() {
        0 => Refusal::not_found(&segments.join("/")),
        _ => Refusal::method_not_allowed(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::super::facts;
    use super::super::OPERATIONS;
    use super::{Operation, is_administration};

    #[test]
    fn every_operation_is_reached_and_none_stands_twice() {
        let mut known = HashSet::new();
        for Operation { method, path, .. } in OPERATIONS.iter() {
            let path = format!("/api/v2{path}");
            let segments: Vec<&str> = path.split('/').skip(1).collect();
            assert!(is_administration(&segments), "{path}");
            let is_known = facts::knows(method.as_str(), &path);
            assert!(is_known, "{method} {path} is in no SDK");
            assert!(known.insert((method, path.clone())), "{path}");
        }
    }
}
