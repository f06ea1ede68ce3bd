//! The recent list of a conversation: the records and message mappings of its latest events, in the
//! item of the conversation itself. So recording a delivered event is one plain write, where three
//! items would need a transaction.
//!
//! Rule: [`RecentStore`] keeps every promise of the store inside it. Its callers see the items
//! under their own keys, wherever they are stored. An item that an earlier version stored by itself
//! stays where it is, and no list is written while a process of an earlier version may read the
//! table.

mod entry;
mod layout;
mod list;
mod plan;
mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shared::ports::{
    Change, Clock, Expected, Item, ItemKey, PortError, Store, Write, check_writes,
};
use shared::time::Timestamp;

use self::entry::short;
pub use self::layout::LAYOUT;
use self::layout::Layout;
use self::list::{RecentList, of_page, strip};
use self::plan::{MOST_BYTES, concerns, conflict, is_conversation, is_state, plan};
use self::rows::Rows;
use crate::stored::one;

/// How often a write without a condition on the conversation is tried while others write it.
const MOST_TRIES: usize = 5;

/// A store that keeps recent lists in another store.
pub struct RecentStore {
    inner: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// The items of conversations as they were read or written last.
    rows: Rows,
    layout: Layout,
    /// See [`plan::MOST_BYTES`].
    most: usize,
}

impl RecentStore {
    /// For a table that no process of an earlier version uses. `clock` decides which entries have
    /// expired.
    pub fn new(inner: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, rows: Rows::default(), layout: Layout::known(), most: MOST_BYTES }
    }

    /// The same with bodies of about this many bytes: for another store than DynamoDB, or for a
    /// test that turns many pages.
    #[must_use]
    pub fn with_bodies_of(self, bytes: usize) -> Self {
        Self { most: bytes, ..self }
    }

    /// For a table that processes of an earlier version may still use: lists are read at once, and
    /// written from an hour after the start of the first process of this version.
    pub fn beside_older(inner: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, rows: Rows::default(), layout: Layout::default(), most: MOST_BYTES }
    }

    /// The item of a conversation with its list, as known or as read now.
    async fn row(&self, partition: &str) -> Result<Option<Arc<Item>>, PortError> {
        if let Some(row) = self.rows.take(partition) {
            return Ok(Some(row));
        }
        let key = ItemKey::new(partition, ItemKey::STATE);
        Ok(one(&*self.inner, key).await?.map(Arc::new))
    }

    /// Looks for items on the pages that may hold them.
    async fn turn_back(
        &self,
        missing: Vec<(usize, ItemKey)>,
        keys: &[ItemKey],
        items: &mut [Option<Item>],
    ) -> Result<(), PortError> {
        if missing.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let (places, pages): (Vec<usize>, Vec<ItemKey>) = missing.into_iter().unzip();
        for (place, page) in places.into_iter().zip(self.inner.load(&pages).await?) {
            let (Some(page), Some(short)) = (page, short(&keys[place].sort)) else { continue };
            let mut entries = of_page(&page.body, now);
            if let Some(entry) = entries.find(|entry| entry.is_about(&short)) {
                items[place] = items[place].take().or_else(|| entry.item(&short));
            }
        }
        Ok(())
    }

    /// When the items in the list of a conversation expire, by sort key.
    pub async fn expiries(&self, partition: &str) -> Result<Vec<(String, Timestamp)>, PortError> {
        let listed = self.listed(partition).await?.into_iter();
        Ok(listed.map(|(sort, _, end)| (sort, end)).collect())
    }

    /// Everything in the list of a conversation and on its pages: sort key, item, end.
    async fn listed(&self, partition: &str) -> Result<Vec<(String, Item, Timestamp)>, PortError> {
        if !is_conversation(partition) {
            return Ok(Vec::new());
        }
        let (key, now) = (ItemKey::new(partition, ItemKey::STATE), self.clock.now());
        let Some(row) = one(&*self.inner, key).await? else { return Ok(Vec::new()) };
        let list = RecentList::read(&row.body, now);
        let pages: Vec<_> = list.pages().map(|page| ItemKey::new(partition, page)).collect();
        let pages = if pages.is_empty() { Vec::new() } else { self.inner.load(&pages).await? };
        let older: Vec<_> =
            pages.iter().flatten().flat_map(|page| of_page(&page.body, now)).collect();
        let entries = older.iter().chain(list.entries()).filter(|entry| !entry.is_apart());
        // Entries stand in the order of their commits, and their ends have whole seconds. So the
        // order within a second is told by milliseconds.
        let (mut items, mut last) = (Vec::new(), Timestamp::from_milliseconds(0));
        for entry in entries {
            let next = last + Duration::from_millis(1);
            last = if next.seconds() == entry.end().seconds() { next } else { entry.end() };
            let stored = entry.items().into_iter();
            items.extend(stored.map(|(sort, item)| (sort, item, last)));
        }
        Ok(items)
    }

    /// Refuses to write an item as new that left the list with a page. The caller may have read an
    /// older list, when the item was not there yet.
    async fn check_absent(
        &self,
        partition: &str,
        writes: &[&Write],
        list: &RecentList<'_>,
    ) -> Result<(), PortError> {
        if list.pages().next().is_none() {
            return Ok(());
        }
        let (mut new, mut keys, mut pages) = (Vec::new(), Vec::new(), Vec::new());
        for write in writes.iter().filter(|write| write.expected == Expected::Absent) {
            let Some(short) = short(&write.key.sort) else { continue };
            if list.may_be_apart(&short) {
                keys.push(write.key.clone());
            }
            pages.extend(list.pages_of(&short).map(|page| ItemKey::new(partition, page)));
            new.push(short);
        }
        pages.sort_unstable();
        pages.dedup();
        let items = keys.len();
        keys.append(&mut pages);
        if keys.is_empty() {
            return Ok(());
        }
        let found = self.inner.load(&keys).await?;
        let (items, pages) = found.split_at(items.min(found.len()));
        let now = self.clock.now();
        let mut entries = pages.iter().flatten().flat_map(|page| of_page(&page.body, now));
        let on_a_page = entries.any(|entry| new.iter().any(|short| entry.is_about(short)));
        if on_a_page || items.iter().any(Option::is_some) { Err(conflict()) } else { Ok(()) }
    }

    async fn try_write(&self, writes: &[Write]) -> Result<(), PortError> {
        let mut partitions: Vec<&str> = writes
            .iter()
            .filter(|write| concerns(write))
            .map(|write| &*write.key.partition)
            .collect();
        partitions.sort_unstable();
        partitions.dedup();
        let mut planned: Vec<Write> =
            writes.iter().filter(|write| !concerns(write)).cloned().collect();
        let mut after = Vec::new();
        for partition in partitions {
            let row = self.row(partition).await?;
            let own = |write: &&Write| concerns(write) && write.key.partition == partition;
            let own: Vec<&Write> = writes.iter().filter(own).collect();
            let now = self.clock.now();
            let known = row.as_deref().map(|row| (row, RecentList::read(&row.body, now)));
            if let Some((_, list)) = &known {
                self.check_absent(partition, &own, list).await?;
            }
            let may_add = self.layout.is_known_to_all(&*self.inner, &*self.clock).await;
            let most = may_add.then_some(self.most);
            let own = plan(partition, &own, known, most)?;
            after.extend(row.and_then(|row| next(partition, &own, &row)));
            planned.extend(own);
        }
        self.inner.write(&planned).await?;
        for (partition, row) in after {
            self.rows.put(partition, Arc::new(row));
        }
        Ok(())
    }
}

/// The state in the body of a conversation's item, for one who reads a table directly.
#[must_use]
pub fn without_list(body: &str) -> String {
    list::stripped(body)
}

/// Removes the lists from the items of conversations.
fn strip_states<'a>(items: impl Iterator<Item = (&'a ItemKey, &'a mut Item)>) {
    items.filter(|(key, _)| is_state(key)).for_each(|(_, item)| strip(&mut item.body));
}

/// The conversation's item after these writes.
fn next(partition: &str, writes: &[Write], row: &Item) -> Option<(String, Item)> {
    let write = writes.iter().find(|write| is_state(&write.key))?;
    let (Change::Put { body, .. } | Change::Rewrite { body }) = &write.change else { return None };
    Some((partition.to_owned(), Item { body: body.clone(), version: row.version + 1 }))
}

#[async_trait]
impl Store for RecentStore {
    async fn load(&self, keys: &[ItemKey]) -> Result<Vec<Option<Item>>, PortError> {
        let mut wanted = keys.to_vec();
        for key in keys {
            let state = ItemKey::new(&*key.partition, ItemKey::STATE);
            if is_conversation(&key.partition)
                && short(&key.sort).is_some()
                && !wanted.contains(&state)
            {
                wanted.push(state);
            }
        }
        let mut items = self.inner.load(&wanted).await?;
        let now = self.clock.now();
        let mut missing = Vec::new();
        for state in (0..wanted.len()).filter(|place| is_state(&wanted[*place])) {
            let Some(row) = items[state].clone() else { continue };
            let list = RecentList::read(&row.body, now);
            for (place, key) in keys.iter().enumerate() {
                let own = (key.partition == wanted[state].partition).then(|| short(&key.sort));
                let Some(short) = own.flatten() else { continue };
                match list.find(&short) {
                    Some(entry) if !entry.is_apart() => items[place] = entry.item(&short),
                    None if items[place].is_none() => missing.extend(
                        list.pages_of(&short)
                            .map(|page| (place, ItemKey::new(&*key.partition, page))),
                    ),
                    _ => {}
                }
            }
            self.rows.put(wanted[state].partition.clone(), Arc::new(row));
        }
        items.truncate(keys.len());
        let found = keys.iter().zip(&mut items);
        strip_states(found.filter_map(|(key, item)| Some((key, item.as_mut()?))));
        self.turn_back(missing, keys, &mut items).await?;
        Ok(items)
    }

    fn recall(&self, key: &ItemKey, newer_than: Option<u64>) -> Option<Item> {
        let row = self.rows.get(&key.partition).filter(|_| is_state(key))?;
        if Some(row.version) <= newer_than {
            return None;
        }
        Some(Item { body: without_list(&row.body), version: row.version })
    }

    async fn write(&self, writes: &[Write]) -> Result<(), PortError> {
        check_writes(writes)?;
        if !writes.iter().any(concerns) {
            return self.inner.write(writes).await;
        }
        // The caller's own condition on the conversation decides. Without one, another write of the
        // conversation is no conflict.
        let is_bound = |write: &Write| is_state(&write.key) && write.expected != Expected::Anything;
        let tries = if writes.iter().any(is_bound) { 1 } else { MOST_TRIES };
        for _ in 1..tries {
            match self.try_write(writes).await {
                Err(PortError::Conflict { .. }) => {}
                result => return result,
            }
        }
        self.try_write(writes).await
    }

    async fn list(
        &self,
        partition: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let mut found = self.inner.list(partition, prefix, after, limit).await?;
        if limit == 0 {
            return Ok(found);
        }
        strip_states(found.iter_mut().map(|(key, item)| (&*key, item)));
        let mut all: BTreeMap<ItemKey, Item> = found.into_iter().collect();
        for (sort, item, _) in self.listed(partition).await? {
            if sort.starts_with(prefix) && after.is_none_or(|after| &*sort > after) {
                all.entry(ItemKey::new(partition, sort)).or_insert(item);
            }
        }
        Ok(all.into_iter().take(limit).collect())
    }

    async fn find(&self, value: &str) -> Result<Vec<(ItemKey, Item)>, PortError> {
        let mut found = self.inner.find(value).await?;
        strip_states(found.iter_mut().map(|(key, item)| (&*key, item)));
        Ok(found)
    }

    async fn due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ItemKey, Timestamp)>, PortError> {
        self.inner.due(until, limit).await
    }
}
