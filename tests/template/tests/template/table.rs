//! The table: its keys, its indexes, its expiry, and its protection against loss.

use serde_json::{Value, json};

use crate::known::{assert_found, assert_none};
use crate::template::Template;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

fn key(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "KeyType": kind })
}

/// An index that contains only keys: it is written only when they change.
fn index(name: &str, keys: &[Value]) -> Value {
    let keys_only = json!({ "ProjectionType": "KEYS_ONLY" });
    json!({ "IndexName": name, "KeySchema": keys, "Projection": keys_only })
}

/// The differences between the table and the one that the store expects.
fn findings(template: &Template) -> Vec<String> {
    let table = template.properties("Table");
    let attribute =
        |(name, kind): (&str, &str)| json!({ "AttributeName": name, "AttributeType": kind });
    let attributes =
        [("pk", "S"), ("sk", "S"), ("index_value", "S"), ("due_shard", "S"), ("due_at", "N")];
    let by_due = [key("due_shard", "HASH"), key("due_at", "RANGE")];
    let indexes = [index("by_index", &[key("index_value", "HASH")]), index("by_due", &by_due)];
    let expected = [
        ("AttributeDefinitions", json!(attributes.map(attribute))),
        ("KeySchema", json!([key("pk", "HASH"), key("sk", "RANGE")])),
        ("GlobalSecondaryIndexes", json!(indexes)),
        ("TimeToLiveSpecification", json!({ "AttributeName": "expires_at", "Enabled": true })),
        ("BillingMode", json!("PAY_PER_REQUEST")),
    ];
    let differs = expected.into_iter().filter(|(property, value)| table[property] != *value);
    differs.map(|(property, _)| format!("{property} is {}", table[property])).collect()
}

#[test]
fn the_keys_and_the_indexes_are_those_of_the_store() {
    assert_none(&findings(&Template::read()));
}

#[test]
fn a_table_that_the_store_does_not_know_is_found() {
    let after = |path: &str, change: fn(&mut Value)| {
        findings(&Template::read().change("Table", &format!("/Properties{path}"), change))
    };
    let swap = |keys: &mut Value| keys.as_array_mut().unwrap().reverse();
    assert_found(&after("/KeySchema", swap), "KeySchema is");
    let forget = |indexes: &mut Value| indexes.as_array_mut().unwrap().truncate(1);
    assert_found(&after("/GlobalSecondaryIndexes", forget), "GlobalSecondaryIndexes is");
    let by_due = "/GlobalSecondaryIndexes/1";
    let widen = |kind: &mut Value| *kind = json!("ALL");
    let wide = after(&format!("{by_due}/Projection/ProjectionType"), widen);
    assert_found(&wide, "GlobalSecondaryIndexes is");
    let flatten = |keys: &mut Value| keys.as_array_mut().unwrap().truncate(1);
    assert_found(&after(&format!("{by_due}/KeySchema"), flatten), "GlobalSecondaryIndexes is");
    let text = |kind: &mut Value| *kind = json!("S");
    let mistyped = after("/AttributeDefinitions/4/AttributeType", text);
    assert_found(&mistyped, "AttributeDefinitions is");
    let keep = |enabled: &mut Value| *enabled = json!(false);
    let keeping = after("/TimeToLiveSpecification/Enabled", keep);
    assert_found(&keeping, "TimeToLiveSpecification is");
    let provision = |mode: &mut Value| *mode = json!("PROVISIONED");
    assert_found(&after("/BillingMode", provision), "BillingMode is");
}

#[test]
fn nothing_is_lost() {
    let template = Template::read();
    let table = template.resource("Table");
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&json!("RetainExceptOnCreate"), &json!("Retain"))
    );
    let recovery = &table["Properties"]["PointInTimeRecoverySpecification"];
    assert_eq!(*recovery, json!({ "PointInTimeRecoveryEnabled": true }));
}

#[test]
fn it_is_encrypted_with_the_given_key_or_that_of_aws() {
    let encryption = |template: &Template| template.properties("Table")["SSESpecification"].clone();
    assert_eq!(encryption(&Template::read()), json!({ "SSEEnabled": true, "SSEType": "KMS" }));
    let own = json!({ "SSEEnabled": true, "SSEType": "KMS", "KMSMasterKeyId": KEY });
    assert_eq!(encryption(&Template::with(&[("KmsKeyArn", KEY)])), own);
}
