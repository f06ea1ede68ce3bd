//! Policies of a role, and whether they permit an access.

use anyhow::{Context, bail};
use serde_json::Value;

use super::access::{Access, Keys};
use super::pattern::fits;

/// The only condition that is understood: every partition key of the call fits one of the patterns.
const LEADING_KEYS: (&str, &str) = ("ForAllValues:StringLike", "dynamodb:LeadingKeys");
/// The parts of a statement that are understood.
const PARTS: [&str; 5] = ["Sid", "Effect", "Action", "Resource", "Condition"];

/// All statements of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy(Vec<Statement>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Statement {
    actions: Vec<String>,
    resources: Vec<String>,
    condition: Condition,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    None,
    LeadingKeys(Vec<String>),
    /// One that is not understood: the statement permits nothing.
    Unknown,
}

impl Policy {
    /// Adds the statements of a document. A statement that does not permit, or permits what it does
    /// not name, is an error: it could not be judged.
    pub fn add(&mut self, document: &Value) -> anyhow::Result<()> {
        for statement in list(&document["Statement"]) {
            let statement =
                Statement::read(statement).with_context(|| format!("the statement {statement}"))?;
            self.0.push(statement);
        }
        Ok(())
    }

    pub fn permits(&self, access: &Access) -> bool {
        self.0.iter().any(|statement| statement.permits(access))
    }
}

impl Statement {
    fn read(statement: &Value) -> anyhow::Result<Self> {
        let parts = statement.as_object().context("it is no object")?;
        if let Some(other) = parts.keys().find(|part| !PARTS.contains(&part.as_str())) {
            bail!("{other} is not understood");
        }
        if statement["Effect"] != "Allow" {
            bail!("only Allow is understood");
        }
        Ok(Self {
            actions: texts(&statement["Action"])?,
            resources: texts(&statement["Resource"])?,
            condition: Condition::read(&statement["Condition"])?,
        })
    }

    fn permits(&self, access: &Access) -> bool {
        let action = access.action.to_lowercase();
        self.actions.iter().any(|pattern| fits(&pattern.to_lowercase(), &action))
            && self.resources.iter().any(|pattern| fits(pattern, &access.resource))
            && self.condition.holds(&access.keys)
    }
}

impl Condition {
    fn read(condition: &Value) -> anyhow::Result<Self> {
        if condition.is_null() {
            return Ok(Self::None);
        }
        let (operator, key) = LEADING_KEYS;
        let keys = &condition[operator][key];
        if *condition != serde_json::json!({ operator: { key: keys } }) || keys.is_null() {
            return Ok(Self::Unknown);
        }
        Ok(Self::LeadingKeys(texts(keys)?))
    }

    fn holds(&self, keys: &Keys) -> bool {
        match (self, keys) {
            (Self::None, _) => true,
            (Self::LeadingKeys(patterns), Keys::Named(keys)) => {
                keys.iter().all(|key| patterns.iter().any(|pattern| fits(pattern, key)))
            }
            // Without a key in the call, AWS says that all keys fit; no call of a function needs
            // that.
            (Self::LeadingKeys(_), Keys::Unknown) | (Self::Unknown, _) => false,
        }
    }
}

/// A list, or the single value in place of a list.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

fn texts(value: &Value) -> anyhow::Result<Vec<String>> {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let texts = list(value).iter().map(text).collect::<Option<_>>();
    texts.with_context(|| format!("{value} is neither a text nor a list of texts"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Policy;
    use crate::roles::access::{Access, Keys};

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/bridge-Table-1";

    fn policy(statements: Value) -> Policy {
        let mut policy = Policy::default();
        policy.add(&json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
        policy
    }

    fn read(keys: &[&str]) -> Access {
        let keys = Keys::Named(keys.iter().map(|key| (*key).to_owned()).collect());
        Access { action: "dynamodb:GetItem".to_owned(), resource: TABLE.to_owned(), keys }
    }

    /// The statement by which a sender reads single items, with these patterns of keys.
    fn items(keys: &[&str]) -> Value {
        json!({ "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE,
                "Condition": { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } } })
    }

    #[test]
    fn the_layout_of_the_table_is_refused_to_a_role_that_names_it_nowhere() {
        let former = policy(json!([items(&["conv#*", "token#genesys#*", "token#lynn#*"])]));
        assert!(!former.permits(&read(&["layout"])));
        assert!(former.permits(&read(&["conv#support#ana"])));
        let now = policy(json!([items(&["conv#*", "layout*", "token#genesys#*"])]));
        assert!(now.permits(&read(&["layout"])));
    }

    #[test]
    fn every_key_of_a_call_is_compared_within_one_statement() {
        let one = policy(json!([items(&["conv#*", "budget#*"])]));
        assert!(one.permits(&read(&["conv#1", "budget#2"])));
        assert!(!one.permits(&read(&["conv#1", "token#2"])));
        let two = policy(json!([items(&["conv#*"]), items(&["budget#*"])]));
        assert!(!two.permits(&read(&["conv#1", "budget#2"])));
    }

    #[test]
    fn keys_that_are_unknown_fit_no_condition() {
        let unknown = Access { keys: Keys::Unknown, ..read(&[]) };
        assert!(!policy(json!([items(&["*"])])).permits(&unknown));
        let free = json!([{ "Effect": "Allow", "Action": "dynamodb:*", "Resource": "*" }]);
        assert!(policy(free).permits(&unknown));
    }

    #[test]
    fn another_action_resource_or_condition_is_refused() {
        let mine = policy(json!(items(&["*"])));
        let write = Access { action: "dynamodb:UpdateItem".to_owned(), ..read(&["conv#1"]) };
        assert!(!mine.permits(&write));
        let index = Access { resource: format!("{TABLE}/index/by_due"), ..read(&["conv#1"]) };
        assert!(!mine.permits(&index));
        let mut other = items(&["*"]);
        other["Condition"]["Bool"] = json!({ "aws:SecureTransport": "true" });
        assert!(!policy(other).permits(&read(&["conv#1"])));
        let empty = json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
                            "Condition": { "ForAllValues:StringLike": {} } });
        assert!(!policy(empty).permits(&read(&["conv#1"])));
    }

    #[test]
    fn a_statement_that_cannot_be_judged_is_an_error() {
        for statement in [
            json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }),
            json!({ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }),
            json!({ "Effect": "Allow", "Action": "*" }),
            json!({ "Effect": "Allow", "Action": "*", "Resource": { "Ref": "Table" } }),
        ] {
            assert!(Policy::default().add(&json!({ "Statement": [statement] })).is_err());
        }
    }
}
