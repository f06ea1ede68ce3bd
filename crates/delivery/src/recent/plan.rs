//! Decides how writes to one conversation are stored.
//!
//! Rule: whatever stores an item that a list may hold also writes the conversation's item, on
//! condition of its version. So one who adds to the list knows that the item is not stored yet.

use shared::ports::{Change, Expected, Item, ItemKey, PortError, Write};

use super::entry::{Entry, short};
use super::list::{RecentList, stripped};

/// The most bytes of a conversation's body. With its keys and other attributes, the item then has
/// less than 2 KB, and DynamoDB counts two write units for it.
pub(super) const MOST_BYTES: usize = 1750;
/// A long conversation has many pages. For each time that their directory has grown by this much,
/// the body may be longer, so that the pages do not become smaller and more.
const DIRECTORY_BYTES: usize = 400;
/// How much longer: another write unit.
const LONGER: usize = 1000;

/// Whether the writes concern what a list may hold, or the item that holds it.
pub(super) fn concerns(write: &Write) -> bool {
    is_state(&write.key)
        || (is_conversation(&write.key.partition) && short(&write.key.sort).is_some())
}

pub(super) fn is_conversation(partition: &str) -> bool {
    partition.starts_with("conv#")
}

pub(super) fn is_state(key: &ItemKey) -> bool {
    key.sort == ItemKey::STATE && is_conversation(&key.partition)
}

/// The writes to make instead of `writes`, all of which concern the conversation in `partition`,
/// whose item is `known`, with its list. The body gets about `most` bytes; without it, a
/// conversation without a list gets none.
pub(super) fn plan(
    partition: &str,
    writes: &[&Write],
    known: Option<(&Item, RecentList<'_>)>,
    most: Option<usize>,
) -> Result<Vec<Write>, PortError> {
    let all = || writes.iter().map(|write| (*write).clone()).collect();
    let state = writes.iter().find(|write| is_state(&write.key));
    let Some((row, mut list)) = known else { return Ok(all()) };
    let of_state = match state {
        Some(Write { change: Change::Delete, .. }) => return Ok(all()),
        Some(state) => {
            let is_met = match state.expected {
                Expected::Anything => true,
                Expected::Absent => false,
                Expected::Version(version) => version == row.version,
            };
            if !is_met {
                return Err(conflict());
            }
            Some(&state.change)
        }
        None => None,
    };
    let items: Vec<&Write> = writes.iter().copied().filter(|write| !is_state(&write.key)).collect();
    // A list shows that another process has begun to write lists.
    if most.is_none() && list.is_empty() {
        return Ok(all());
    }
    let mut planned = place(&items, &mut list)?;
    let state = match of_state {
        Some(Change::Put { body, .. }) => body.clone(),
        _ => stripped(&row.body),
    };
    let directory = list.directory_bytes();
    let most = most.unwrap_or(MOST_BYTES) + directory / DIRECTORY_BYTES * LONGER;
    if let Some(page) = list.turn(most.saturating_sub(directory + state.len())) {
        let key = ItemKey::new(partition, page.sort);
        planned.push(Write::anyway(key, page.body, Some(page.until)));
    }
    let body = list.put_into(&state);
    let change = match of_state {
        Some(Change::Put { expires_at, index, due, .. }) => {
            Change::Put { body, expires_at: *expires_at, index: index.clone(), due: *due }
        }
        _ => Change::Rewrite { body },
    };
    let key = ItemKey::new(partition, ItemKey::STATE);
    planned.insert(0, Write { key, expected: Expected::Version(row.version), change });
    Ok(planned)
}

/// Adds the items to the list, if an entry can say what they say. Otherwise returns the writes that
/// store each by itself.
fn place(items: &[&Write], list: &mut RecentList<'_>) -> Result<Vec<Write>, PortError> {
    let known = |write: &&Write| short(&write.key.sort).is_some_and(|it| list.find(&it).is_some());
    let is_new = !items.iter().any(known);
    if is_new && let Some(entry) = Entry::of(items) {
        list.add(entry);
        return Ok(Vec::new());
    }
    let mut planned = Vec::new();
    for write in items {
        planned.extend(apart(write, items, list)?);
    }
    Ok(planned)
}

/// The writes that store an item by itself.
fn apart(
    write: &Write,
    all: &[&Write],
    list: &mut RecentList<'_>,
) -> Result<Vec<Write>, PortError> {
    let Some(own) = short(&write.key.sort) else { return Ok(vec![write.clone()]) };
    let mut planned = Vec::new();
    let mut expected = write.expected;
    match list.find(&own) {
        Some(entry) if !entry.is_apart() => {
            if !matches!(write.expected, Expected::Anything | Expected::Version(1)) {
                return Err(conflict());
            }
            let Some(entry) = list.remove(&own) else { return Err(conflict()) };
            // The entry may hold a second item, which must not be lost with it.
            for (sort, item) in entry.items() {
                let key = ItemKey::new(&write.key.partition, sort);
                let until = entry.end();
                if all.iter().all(|write| write.key != key) {
                    if let Some(short) = short(&key.sort) {
                        list.add(Entry::apart(&short, Some(until)));
                    }
                    planned.push(Write::anyway(key, item.body, Some(until)));
                }
            }
            if matches!(write.change, Change::Delete) {
                return Ok(planned);
            }
            expected = Expected::Anything;
        }
        Some(_) => drop(list.remove(&own)),
        // The caller read the item on a page.
        None if write.expected == Expected::Version(1) && list.pages_of(&own).next().is_some() => {
            expected = Expected::Anything;
        }
        None => {}
    }
    if let Change::Put { expires_at, .. } = &write.change {
        list.add(Entry::apart(&own, *expires_at));
    }
    planned.push(Write { expected, ..write.clone() });
    Ok(planned)
}

pub(super) fn conflict() -> PortError {
    PortError::Conflict { operation: "write items" }
}
