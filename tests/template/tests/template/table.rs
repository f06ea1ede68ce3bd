//! The table: its keys, its index, what is forgotten, and that nothing is lost.

use serde_json::{Value, json};

use crate::template::Template;

const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/1";

fn key(name: &str, kind: &str) -> Value {
    json!({ "AttributeName": name, "KeyType": kind })
}

#[test]
fn the_keys_and_the_index_are_those_of_the_store() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["KeySchema"], json!([key("pk", "HASH"), key("sk", "RANGE")]));
    let index = json!([{
        "IndexName": "by_index",
        "KeySchema": [key("index_value", "HASH")],
        "Projection": { "ProjectionType": "KEYS_ONLY" },
    }]);
    assert_eq!(table["GlobalSecondaryIndexes"], index);
    let forgets = json!({ "AttributeName": "expires_at", "Enabled": true });
    assert_eq!(table["TimeToLiveSpecification"], forgets);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
}

#[test]
fn nothing_is_lost() {
    let template = Template::read();
    let table = template.resource("Table");
    assert_eq!(
        (&table["DeletionPolicy"], &table["UpdateReplacePolicy"]),
        (&json!("Retain"), &json!("Retain"))
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
