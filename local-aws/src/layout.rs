//! Says in the new table that no earlier version uses it, so that the functions write recent lists
//! at once and not from an hour after their start.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use serde_json::json;

use crate::emulator::Emulator;

pub async fn tell(emulator: &Emulator, outputs: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let table = outputs.get("TableName").context("the template has no output TableName")?;
    let item = json!({
        "pk": { "S": "layout" }, "sk": { "S": "recent" },
        "body": { "S": json!({ "since": 0 }).to_string() }, "version": { "N": "1" },
    });
    let request = emulator
        .client()
        .post(emulator.endpoint())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", "DynamoDB_20120810.PutItem")
        .header("authorization", crate::emulator::authorization("dynamodb"))
        .body(json!({ "TableName": table, "Item": item }).to_string());
    let answer = request.send().await.context("store the layout of the table")?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("store the layout of the table: {status} {text}");
    }
    Ok(())
}
