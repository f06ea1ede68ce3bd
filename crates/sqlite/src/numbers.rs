//! The numbers of items that were read lately: with its number, the writer finds an item without
//! the index of keys.
//!
//! Rule: this is only a guess. A write checks the key and the version of the item that it finds.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Mutex;

use shared::lock::lock;
use shared::ports::ItemKey;

/// The most items. Few are read and not yet written.
const MOST: usize = 4096;

#[derive(Default)]
pub(crate) struct Numbers {
    hasher: RandomState,
    by_hash: Mutex<HashMap<u64, i64>>,
}

impl Numbers {
    pub(crate) fn put(&self, key: &ItemKey, number: i64) {
        let hash = self.hasher.hash_one(key);
        let mut numbers = lock(&self.by_hash);
        if numbers.len() >= MOST {
            numbers.clear();
        }
        numbers.insert(hash, number);
    }

    pub(crate) fn get(&self, key: &ItemKey) -> Option<i64> {
        lock(&self.by_hash).get(&self.hasher.hash_one(key)).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rusqlite::Connection;
    use shared::ports::{Change, Expected, Write};
    use shared::time::Timestamp;

    use super::*;
    use crate::apply::Statements;
    use crate::schema;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_000);

    fn key(sort: &str) -> ItemKey {
        ItemKey::new("here", sort)
    }

    fn put(sort: &str, version: u64, body: &str) -> Write {
        let change =
            Change::Put { body: body.to_owned(), expires_at: None, index: None, due: None };
        Write { key: key(sort), expected: Expected::Version(version), change }
    }

    fn bodies(connection: &Connection) -> Vec<(String, i64)> {
        let mut items = connection.prepare("SELECT body, version FROM items ORDER BY sk").unwrap();
        let found = items.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        found.map(Result::unwrap).collect()
    }

    #[test]
    fn a_number_finds_its_item_and_a_wrong_one_changes_nothing_else() {
        let connection = Connection::open_in_memory().unwrap();
        schema::upgrade(&connection, 0).unwrap();
        for (number, sort) in [(7, "a"), (8, "b")] {
            let item =
                "INSERT INTO items (id, pk, sk, body, version) VALUES (?1, 'here', ?2, 'old', 1)";
            connection.execute(item, rusqlite::params![number, sort]).unwrap();
        }
        let numbers = Arc::new(Numbers::default());
        let mut statements = Statements::prepare(&connection, Arc::clone(&numbers)).unwrap();
        let item = |body: &str, version| (body.to_owned(), version);
        numbers.put(&key("a"), 7);
        assert!(statements.write(&[put("a", 1, "new")], NOW).unwrap());
        assert_eq!(bodies(&connection), [item("new", 2), item("old", 1)]);
        assert!(!statements.write(&[put("a", 1, "late")], NOW).unwrap());
        for wrong in [8, 99] {
            numbers.put(&key("a"), wrong);
            let version = u64::try_from(bodies(&connection)[0].1).unwrap();
            assert!(statements.write(&[put("a", version, "newer")], NOW).unwrap());
            assert_eq!(bodies(&connection)[1], item("old", 1));
        }
        assert_eq!(bodies(&connection)[0], item("newer", 4));
    }

    #[test]
    fn numbers_are_bounded_and_each_is_its_own() {
        let numbers = Numbers::default();
        for number in 0..10_000 {
            numbers.put(&key(&number.to_string()), number);
            assert_eq!(numbers.get(&key(&number.to_string())), Some(number));
            assert!(lock(&numbers.by_hash).len() <= MOST);
        }
        assert_eq!(numbers.get(&key("unknown")), None);
    }
}
