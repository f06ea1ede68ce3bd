//! Lists come in pages: `pageSize` at most 100, `pageNumber` from 1.

use serde_json::{Value, json};

use super::super::refusal::{Checked, Refusal};
use super::desk::Desk;
use crate::http::Answer;

const USUAL_SIZE: usize = 25;
const LARGEST_SIZE: usize = 100;

/// The page that the query asks for.
pub(super) fn page(desk: &Desk<'_>, all: Vec<Value>) -> Checked<Answer> {
    let size = number(desk, "pageSize", USUAL_SIZE, LARGEST_SIZE)?;
    let page = number(desk, "pageNumber", 1, usize::MAX)?;
    let total = all.len();
    let entities: Vec<Value> =
        all.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
    Ok(Answer::json(
        200,
        json!({
            "entities": entities,
            "pageSize": size,
            "pageNumber": page,
            "total": total,
            "pageCount": total.div_ceil(size),
        }),
    ))
}

fn number(desk: &Desk<'_>, key: &str, usual: usize, largest: usize) -> Checked<usize> {
    match desk.query(key) {
        None => Ok(usual),
        Some(text) => {
            text.parse().ok().filter(|number| (1..=largest).contains(number)).ok_or_else(|| {
                Refusal::bad_request(format!("'{key}' should be between 1 and {largest}: {text}"))
            })
        }
    }
}
