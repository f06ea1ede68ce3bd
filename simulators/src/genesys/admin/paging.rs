//! Pages of lists: by `pageNumber` from 1 with a `pageSize` of at most 100, or by a cursor.

use serde_json::{Value, json};

use super::super::refusal::{Checked, Refusal};
use super::call_context::CallContext;
use crate::http::Answer;

const USUAL_SIZE: usize = 25;
const LARGEST_SIZE: usize = 100;
/// The beginning of a cursor.
const CURSOR: &str = "place-";

/// The page for the query.
pub(super) fn page(context: &CallContext<'_>, all: Vec<Value>) -> Checked<Answer> {
    let size = number(context, "pageSize", USUAL_SIZE, LARGEST_SIZE)?;
    let page = number(context, "pageNumber", 1, usize::MAX)?;
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

/// The page after the cursor in the query. `nextUri` gives the next page. `pageNumber` is ignored,
/// and `pageSize` too if the list has no such parameter.
pub(super) fn page_with_next_uri(
    context: &CallContext<'_>,
    all: Vec<Value>,
    takes_size: bool,
) -> Checked<Answer> {
    let size = if takes_size { number(context, "pageSize", USUAL_SIZE, 200)? } else { USUAL_SIZE };
    let start = place(context, "after")?;
    let end = start + size;
    let is_last = end >= all.len();
    let entities: Vec<Value> = all.into_iter().skip(start).take(size).collect();
    let mut page = json!({ "entities": entities, "selfUri": context.call.path });
    if !is_last {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        let query = context.call.query.as_deref().unwrap_or_default();
        let kept = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(key, _)| key != "after" && key != "pageNumber");
        next.extend_pairs(kept).append_pair("after", &format!("{CURSOR}{end}"));
        page["nextUri"] = json!(format!("{}?{}", context.call.path, next.finish()));
    }
    Ok(Answer::json(200, page))
}

/// The page after the `cursor` in the query. `cursors.after` gives the next page.
pub(super) fn page_with_cursor(context: &CallContext<'_>, all: Vec<Value>) -> Checked<Answer> {
    let size = number(context, "limit", 100, 200)?;
    let start = place(context, "cursor")?;
    let end = start + size;
    let cursors =
        if end < all.len() { json!({ "after": format!("{CURSOR}{end}") }) } else { json!({}) };
    let entities: Vec<Value> = all.into_iter().skip(start).take(size).collect();
    Ok(Answer::json(200, json!({ "entities": entities, "cursors": cursors })))
}

/// The place that the cursor in a query parameter stands for.
fn place(context: &CallContext<'_>, key: &str) -> Checked<usize> {
    let Some(cursor) = context.query(key) else { return Ok(0) };
    cursor
        .strip_prefix(CURSOR)
        .and_then(|start| start.parse().ok())
        .ok_or_else(|| Refusal::bad_request(format!("'{key}' is no cursor of this list: {cursor}")))
}

fn number(context: &CallContext<'_>, key: &str, usual: usize, largest: usize) -> Checked<usize> {
    match context.query(key) {
        None => Ok(usual),
        Some(text) => {
            text.parse().ok().filter(|number| (1..=largest).contains(number)).ok_or_else(|| {
                Refusal::bad_request(format!("'{key}' should be between 1 and {largest}: {text}"))
            })
        }
    }
}
