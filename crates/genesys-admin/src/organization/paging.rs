//! Reads lists page by page. If an answer names the address of the next page, that address is used;
//! otherwise pages are counted.

use std::collections::HashSet;

use serde_json::Value;
use shared::endpoint::encode;

/// Objects per page: the most that the API allows.
pub(crate) const PAGE_SIZE: usize = 100;

/// The query parameters that a list accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// Page size and page number.
    Numbered,
    /// Page size; the answer names the next page.
    Sized,
    /// None; the answer names the next page.
    Named,
    /// The most objects of a page, and the cursor that the answer names.
    Cursor,
}

/// Reads a list page by page.
#[derive(Debug)]
pub(crate) struct Pages {
    path: String,
    paging: Paging,
    number: u64,
    seen: HashSet<String>,
    /// All objects read so far.
    pub objects: Vec<Value>,
}

impl Pages {
    /// The path may have a query.
    pub(crate) fn of(path: &str, paging: Paging) -> Self {
        let (seen, objects) = (HashSet::new(), Vec::new());
        Self { path: path.to_owned(), paging, number: 1, seen, objects }
    }

    /// The path of the first page.
    pub(crate) fn first(&self) -> String {
        match self.paging {
            Paging::Numbered => self.numbered(1),
            Paging::Sized => self.sized(),
            Paging::Named => self.path.clone(),
            Paging::Cursor => self.limited(),
        }
    }

    /// Takes a page and returns the path of the next page.
    pub(crate) fn take(&mut self, page: &Value) -> Option<String> {
        let lists = ["entities", "results"].into_iter();
        let entities = match page {
            Value::Array(entities) => Some(entities),
            _ => lists.filter_map(|key| page.get(key)?.as_array()).next(),
        };
        let entities = entities.map(Vec::as_slice).unwrap_or_default();
        let is_full = entities.len() >= PAGE_SIZE;
        let before = self.objects.len();
        for entity in entities {
            // An API without pages returns the same page for each number.
            let id = entity["id"].as_str().unwrap_or_default();
            if id.is_empty() || self.seen.insert(id.to_owned()) {
                self.objects.push(entity.clone());
            }
        }
        if self.objects.len() == before {
            return None;
        }
        if self.paging == Paging::Cursor {
            let cursor = page["cursors"]["after"].as_str().filter(|cursor| !cursor.is_empty())?;
            return Some(with(&self.limited(), &format!("cursor={}", encode(cursor))));
        }
        if let Some(next) = page["nextUri"].as_str().and_then(path_of) {
            return Some(next);
        }
        let is_last = match page["pageCount"].as_u64() {
            Some(count) => self.number >= count,
            None => !is_full,
        };
        if is_last {
            return None;
        }
        self.number += 1;
        Some(self.numbered(self.number))
    }

    fn sized(&self) -> String {
        with(&self.path, &format!("pageSize={PAGE_SIZE}"))
    }

    fn limited(&self) -> String {
        with(&self.path, &format!("limit={PAGE_SIZE}"))
    }

    /// The path of a page by its number, with the page size of the first page.
    fn numbered(&self, number: u64) -> String {
        let number = format!("pageNumber={number}");
        match self.paging {
            Paging::Named => with(&self.path, &number),
            _ => with(&self.sized(), &number),
        }
    }
}

fn with(path: &str, query: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{query}")
}

/// The path of the next page. An answer may name it with a host; only the path is used, so that the
/// token goes only to the configured host.
fn path_of(next: &str) -> Option<String> {
    let path = match next.split_once("://") {
        Some((_, rest)) => rest.get(rest.find('/')?..)?,
        None => next,
    };
    path.starts_with("/api/v2/").then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entities(ids: std::ops::Range<usize>) -> Value {
        ids.map(|id| json!({ "id": id.to_string() })).collect()
    }

    #[test]
    fn numbered_pages_are_read_to_the_last() {
        let mut pages = Pages::of("/api/v2/flows?type=workflow", Paging::Numbered);
        assert_eq!(pages.first(), "/api/v2/flows?type=workflow&pageSize=100&pageNumber=1");
        let page = |range| json!({ "entities": entities(range), "pageCount": 3 });
        assert!(pages.take(&page(0..100)).unwrap().ends_with("pageNumber=2"));
        assert!(pages.take(&page(100..200)).unwrap().ends_with("pageNumber=3"));
        assert_eq!(pages.take(&page(200..250)), None);
        assert_eq!(pages.objects.len(), 250);
    }

    #[test]
    fn without_a_count_a_page_that_is_not_full_is_the_last() {
        let mut pages = Pages::of("/p", Paging::Numbered);
        assert!(pages.take(&json!({ "entities": entities(0..100) })).is_some());
        assert_eq!(pages.take(&json!({ "entities": entities(100..101) })), None);
        assert_eq!(Pages::of("/p", Paging::Numbered).take(&json!({})), None);
    }

    #[test]
    fn a_list_that_takes_no_number_is_asked_for_none() {
        let mut pages = Pages::of("/p", Paging::Named);
        assert_eq!(pages.first(), "/p");
        // A list that counts pages although it accepts no number.
        let counted = json!({ "entities": entities(0..25), "pageCount": 2 });
        assert_eq!(pages.take(&counted).as_deref(), Some("/p?pageNumber=2"));
        let mut pages = Pages::of("/p", Paging::Sized);
        assert_eq!(pages.first(), "/p?pageSize=100");
        let page = json!({ "entities": entities(0..100),
                           "nextUri": "https://api.mypurecloud.com/api/v2/p?after=x" });
        assert_eq!(pages.take(&page).as_deref(), Some("/api/v2/p?after=x"));
        let foreign = json!({ "entities": entities(100..101), "nextUri": "https://e.com/x" });
        assert_eq!(pages.take(&foreign), None);
    }

    #[test]
    fn a_list_with_cursors_is_read_to_its_end() {
        let mut pages = Pages::of("/p", Paging::Cursor);
        assert_eq!(pages.first(), "/p?limit=100");
        let page = json!({ "entities": entities(0..100), "cursors": { "after": "a&b=" } });
        assert_eq!(pages.take(&page).as_deref(), Some("/p?limit=100&cursor=a%26b%3D"));
        let last = json!({ "entities": entities(100..101), "cursors": { "before": "x" } });
        assert_eq!(pages.take(&last), None);
        assert_eq!(pages.objects.len(), 101);
    }

    #[test]
    fn a_cursor_is_followed_and_a_list_without_pages_ends() {
        let mut pages = Pages::of("/p", Paging::Numbered);
        let first = json!({ "entities": entities(0..3), "nextUri": "/api/v2/p?after=x" });
        assert_eq!(pages.take(&first).as_deref(), Some("/api/v2/p?after=x"));
        assert_eq!(pages.take(&json!({ "entities": entities(3..5) })), None);
        let mut pages = Pages::of("/p", Paging::Numbered);
        let whole = json!({ "entities": entities(0..150) });
        assert!(pages.take(&whole).is_some());
        assert_eq!(pages.take(&whole), None);
        assert_eq!(pages.objects.len(), 150);
    }
}
