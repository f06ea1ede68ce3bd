//! A fake DynamoDB table: stores the bridge's writes for later reads, and counts the units of each
//! call.
//!
//! Rule: units as AWS documents them. A strongly consistent read costs 1 for each 4 KB of an item,
//! and 1 for a missing item. A write costs 1 for each 1 KB of the larger of the old and the new
//! item, and twice that in a transaction. An index entry is a write of its own.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::usage::Usage;

/// Attributes that a write may set, each with the placeholders of its name and value in the call.
const OPTIONAL: [(&str, &str, &str); 4] = [
    ("expires_at", "#expires", ":expires"),
    ("index_value", "#index", ":index"),
    ("due_shard", "#shard", ":shard"),
    ("due_at", "#due", ":due"),
];
/// The attribute of each index. A change of the attribute moves the index entry.
const INDEXES: [&str; 2] = ["index_value", "due_at"];

/// The items by key.
#[derive(Debug)]
pub struct Table {
    items: BTreeMap<String, Value>,
}

impl Default for Table {
    /// A table that no earlier version of the bridge uses.
    fn default() -> Self {
        let layout = json!({
            "pk": { "S": "layout" }, "sk": { "S": "recent" },
            "body": { "S": json!({ "since": 0 }).to_string() }, "version": { "N": "1" },
        });
        Self { items: BTreeMap::from([(name(&layout), layout)]) }
    }
}

impl Table {
    pub fn answer(&mut self, operation: &str, body: &Value, usage: &mut Usage) -> Value {
        match operation {
            "GetItem" => match self.read(&body["Key"], usage) {
                Some(item) => json!({ "Item": item }),
                None => json!({}),
            },
            "BatchGetItem" => self.read_several(body, usage),
            "UpdateItem" => {
                usage.write_units += self.update(body);
                json!({})
            }
            "TransactWriteItems" => {
                for write in body["TransactItems"].as_array().into_iter().flatten() {
                    usage.write_units += 2 * self.update(&write["Update"]);
                }
                json!({})
            }
            _ => json!({}),
        }
    }

    fn read_several(&self, body: &Value, usage: &mut Usage) -> Value {
        let mut responses = Map::new();
        for (table, wanted) in body["RequestItems"].as_object().into_iter().flatten() {
            let keys = wanted["Keys"].as_array().into_iter().flatten();
            let found: Vec<Value> = keys.filter_map(|key| self.read(key, usage)).collect();
            responses.insert(table.clone(), json!(found));
        }
        json!({ "Responses": responses, "UnprocessedKeys": {} })
    }

    fn read(&self, key: &Value, usage: &mut Usage) -> Option<Value> {
        let item = self.items.get(&name(key));
        usage.read_units += item.map_or(0, size).div_ceil(4096).max(1);
        item.cloned()
    }

    /// Handles the forms of update that the bridge makes: one sets or removes all attributes, one
    /// sets the body only. Returns the units outside a transaction.
    fn update(&mut self, update: &Value) -> u64 {
        let (key, values) = (&update["Key"], &update["ExpressionAttributeValues"]);
        let old = self.items.get(&name(key)).cloned();
        let version =
            old.as_ref().and_then(|item| item["version"]["N"].as_str()?.parse::<u64>().ok());
        let mut new = json!({
            "pk": key["pk"], "sk": key["sk"], "body": values[":body"],
            "version": { "N": (version.unwrap_or(0) + 1).to_string() },
        });
        let expression = update["UpdateExpression"].as_str().unwrap_or_default();
        for (attribute, name, value) in OPTIONAL {
            if !values[value].is_null() {
                new[attribute] = values[value].clone();
            } else if let Some(kept) = old.as_ref().and_then(|old| old.get(attribute))
                && !expression.contains(name)
            {
                new[attribute] = kept.clone();
            }
        }
        let larger = old.as_ref().map_or(0, size).max(size(&new));
        let units = larger.div_ceil(1024).max(1) + index_units(old.as_ref(), &new);
        self.items.insert(name(key), new);
        units
    }
}

/// A keys-only index is written once when its value appears or disappears, and twice when the value
/// changes.
fn index_units(old: Option<&Value>, new: &Value) -> u64 {
    let units = |index: &&str| {
        let before = old.map_or(&Value::Null, |item| &item[*index]);
        let after = &new[*index];
        if before == after { 0 } else { u64::from(!before.is_null()) + u64::from(!after.is_null()) }
    };
    INDEXES.iter().map(units).sum()
}

fn name(key: &Value) -> String {
    format!("{}\n{}", key["pk"]["S"], key["sk"]["S"])
}

/// Names and values in bytes. A number takes about one byte for two digits, and one more.
fn size(item: &Value) -> u64 {
    let attributes = item.as_object().into_iter().flatten();
    let bytes = attributes.map(|(name, value)| {
        let text = value["S"].as_str().map(str::len);
        let number = value["N"].as_str().map(|digits| digits.len().div_ceil(2) + 1);
        name.len() + text.or(number).unwrap_or(0)
    });
    u64::try_from(bytes.sum::<usize>()).unwrap_or(u64::MAX)
}
