//! The accesses that a call to AWS needs a permission for.

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::tool::REGION;

/// The account of the emulator.
const ACCOUNT: &str = "000000000000";
/// The attribute that is the table's partition key.
const PARTITION_KEY: &str = "pk";
/// Stands for the six characters that Secrets Manager appends to every name.
const SUFFIX: &str = "-AbCdEf";

/// One permission that a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// As policies name it.
    pub action: String,
    pub resource: String,
    pub keys: Keys,
}

/// The partition keys of the items of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    Named(Vec<String>),
    /// Those of a query, or of a call to another service.
    Unknown,
}

/// All accesses of a call; none if the call is not understood.
pub fn of(method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Option<Vec<Access>> {
    let Some(target) = headers.get("x-amz-target") else { return object(method, path) };
    let (service, action) = target.to_str().ok()?.split_once('.')?;
    let body: Value = serde_json::from_slice(body).ok()?;
    match service {
        "DynamoDB_20120810" => items(action, &body),
        "AmazonSQS" => queue(action, &body),
        "secretsmanager" => secret(action, &body),
        _ => None,
    }
}

fn access(service: &str, action: &str, resource: String, keys: Keys) -> Access {
    Access { action: format!("{service}:{action}"), resource, keys }
}

fn items(action: &str, body: &Value) -> Option<Vec<Access>> {
    match action {
        "GetItem" | "UpdateItem" | "DeleteItem" => Some(vec![item(action, body, "Key")?]),
        "PutItem" => Some(vec![item(action, body, "Item")?]),
        "BatchGetItem" => body["RequestItems"].as_object()?.iter().map(batch).collect(),
        "TransactGetItems" | "TransactWriteItems" => {
            body["TransactItems"].as_array()?.iter().map(part).collect()
        }
        "Query" => {
            let table = table(&body["TableName"])?;
            let resource = match &body["IndexName"] {
                Value::Null => table,
                index => format!("{table}/index/{}", index.as_str()?),
            };
            Some(vec![access("dynamodb", action, resource, Keys::Unknown)])
        }
        _ => None,
    }
}

/// A call on one item, which has the key in this field.
fn item(action: &str, body: &Value, field: &str) -> Option<Access> {
    let keys = Keys::Named(vec![key(&body[field])?]);
    Some(access("dynamodb", action, table(&body["TableName"])?, keys))
}

/// The keys that a call reads from one table.
fn batch((name, asked): (&String, &Value)) -> Option<Access> {
    let keys = asked["Keys"].as_array()?.iter().map(key).collect::<Option<_>>()?;
    let table = table(&Value::String(name.clone()))?;
    Some(access("dynamodb", "BatchGetItem", table, Keys::Named(keys)))
}

/// One part of a transaction, which needs the permission of the call that it stands for.
fn part(part: &Value) -> Option<Access> {
    let (kind, body) = part.as_object()?.iter().next()?;
    match kind.as_str() {
        "Get" | "Update" | "Delete" => item(&format!("{kind}Item"), body, "Key"),
        "Put" => item("PutItem", body, "Item"),
        "ConditionCheck" => item("ConditionCheckItem", body, "Key"),
        _ => None,
    }
}

fn key(attributes: &Value) -> Option<String> {
    attributes[PARTITION_KEY]["S"].as_str().map(ToOwned::to_owned)
}

fn table(name: &Value) -> Option<String> {
    Some(format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{}", name.as_str()?))
}

fn queue(action: &str, body: &Value) -> Option<Vec<Access>> {
    let name = body["QueueUrl"].as_str()?.rsplit('/').next()?;
    let resource = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}");
    // A batch needs the permission of the single call.
    let action = action.strip_suffix("Batch").unwrap_or(action);
    Some(vec![access("sqs", action, resource, Keys::Unknown)])
}

/// AWS judges a secret by its name and six characters, or by its name alone if it does not exist.
/// Both must be permitted, as either may be the case.
fn secret(action: &str, body: &Value) -> Option<Vec<Access>> {
    let name = body["SecretId"].as_str().filter(|id| !id.starts_with("arn:"))?;
    let of = |end: &str| {
        let resource = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}{end}");
        access("secretsmanager", action, resource, Keys::Unknown)
    };
    Some(vec![of(SUFFIX), of("")])
}

/// A call on an object of S3, at the path `/bucket/key`.
fn object(method: &Method, path: &str) -> Option<Vec<Access>> {
    let action = match *method {
        Method::GET | Method::HEAD => "GetObject",
        Method::PUT => "PutObject",
        Method::DELETE => "DeleteObject",
        _ => return None,
    };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (bucket, key) = path.strip_prefix('/')?.split_once('/')?;
    let resource = format!("arn:aws:s3:::{bucket}/{key}");
    (!key.is_empty()).then(|| vec![access("s3", action, resource, Keys::Unknown)])
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};
    use serde_json::{Value, json};

    use super::{Access, Keys};

    fn of(target: &str, body: &Value) -> Option<Vec<Access>> {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", target.parse().unwrap());
        super::of(&Method::POST, "/", &headers, body.to_string().as_bytes())
    }

    /// The accesses as text: the action, the end of the resource, the keys.
    fn said(target: &str, body: &Value) -> Vec<String> {
        let accesses = of(target, body).unwrap_or_default().into_iter();
        let text = |access: Access| {
            let keys = match access.keys {
                Keys::Named(keys) => keys.join("+"),
                Keys::Unknown => "?".to_owned(),
            };
            format!("{} {} {keys}", access.action, access.resource.rsplit(':').next().unwrap())
        };
        accesses.map(text).collect()
    }

    fn id(key: &str) -> Value {
        json!({ "pk": { "S": key }, "sk": { "S": "s" } })
    }

    #[test]
    fn a_call_on_items_names_the_table_and_every_key() {
        let one = json!({ "TableName": "t", "Key": id("a") });
        for action in ["GetItem", "UpdateItem", "DeleteItem"] {
            let target = format!("DynamoDB_20120810.{action}");
            assert_eq!(said(&target, &one), [format!("dynamodb:{action} table/t a")]);
        }
        let put = json!({ "TableName": "t", "Item": id("a") });
        assert_eq!(said("DynamoDB_20120810.PutItem", &put), ["dynamodb:PutItem table/t a"]);
        let batch = json!({ "RequestItems": { "t": { "Keys": [id("a"), id("b")] } } });
        let expected = ["dynamodb:BatchGetItem table/t a+b"];
        assert_eq!(said("DynamoDB_20120810.BatchGetItem", &batch), expected);
    }

    #[test]
    fn each_part_of_a_transaction_needs_its_own_permission() {
        let part = |key| json!({ "TableName": "t", "Key": id(key), "Item": id(key) });
        let body = json!({ "TransactItems": [
            { "Update": part("a") }, { "Put": part("b") }, { "Delete": part("c") },
            { "ConditionCheck": part("d") } ] });
        let expected = [
            "dynamodb:UpdateItem table/t a",
            "dynamodb:PutItem table/t b",
            "dynamodb:DeleteItem table/t c",
            "dynamodb:ConditionCheckItem table/t d",
        ];
        assert_eq!(said("DynamoDB_20120810.TransactWriteItems", &body), expected);
    }

    #[test]
    fn a_query_of_an_index_is_of_another_resource_than_the_table() {
        let of_index = json!({ "TableName": "t", "IndexName": "by_due" });
        let expected = ["dynamodb:Query table/t/index/by_due ?"];
        assert_eq!(said("DynamoDB_20120810.Query", &of_index), expected);
        let of_table = json!({ "TableName": "t" });
        assert_eq!(said("DynamoDB_20120810.Query", &of_table), ["dynamodb:Query table/t ?"]);
    }

    #[test]
    fn queues_secrets_and_objects_are_named_as_policies_name_them() {
        let body = json!({ "QueueUrl": "http://localhost:1/000000000000/in.fifo" });
        for action in ["SendMessage", "SendMessageBatch"] {
            assert_eq!(said(&format!("AmazonSQS.{action}"), &body), ["sqs:SendMessage in.fifo ?"]);
        }
        let body = json!({ "SecretId": "bridge/support/send" });
        let expected = ["send-AbCdEf", "send"];
        let expected =
            expected.map(|end| format!("secretsmanager:GetSecretValue bridge/support/{end} ?"));
        assert_eq!(said("secretsmanager.GetSecretValue", &body), expected);
        let copy = super::of(&Method::HEAD, "/bucket/media/a/b", &HeaderMap::new(), b"").unwrap();
        assert_eq!(copy[0].action, "s3:GetObject");
        assert_eq!(copy[0].resource, "arn:aws:s3:::bucket/media/a/b");
    }

    #[test]
    fn what_is_not_understood_has_no_accesses() {
        let none = Value::Null;
        assert_eq!(of("DynamoDB_20120810.Scan", &json!({ "TableName": "t" })), None);
        assert_eq!(of("DynamoDB_20120810.GetItem", &json!({ "TableName": "t" })), None);
        assert_eq!(of("AmazonSSM.GetParameter", &none), None);
        assert_eq!(super::of(&Method::GET, "/bucket", &HeaderMap::new(), b""), None);
        assert_eq!(super::of(&Method::POST, "/b/k", &HeaderMap::new(), b""), None);
        let without_key = json!({ "RequestItems": { "t": { "Keys": [id("a"), {}] } } });
        assert_eq!(of("DynamoDB_20120810.BatchGetItem", &without_key), None);
    }
}
