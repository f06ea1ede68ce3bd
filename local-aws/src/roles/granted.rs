//! Reads the functions of the stack with the policies of their roles from the emulator, which has
//! resolved the template.

use anyhow::{Context, bail};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::policy::Policy;
use crate::emulator::{Emulator, authorization};

/// The version of IAM's query interface.
const VERSION: &str = "2010-05-08";
const FUNCTIONS: &str = "/2015-03-31/functions/";

/// A function of the stack.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub role: String,
    variables: Map<String, Value>,
}

/// All functions of the emulator.
pub async fn functions(emulator: &Emulator) -> anyhow::Result<Vec<Function>> {
    let address = format!("{}{FUNCTIONS}", emulator.endpoint());
    let request = emulator.client().get(address).header("authorization", authorization("lambda"));
    let answer = request.send().await.context("list the functions")?.error_for_status()?;
    let answer: Value = answer.json().await?;
    let functions = answer["Functions"].as_array().context("the emulator lists no functions")?;
    functions.iter().map(function).collect()
}

fn function(told: &Value) -> anyhow::Result<Function> {
    let text = |field: &str| {
        told[field].as_str().with_context(|| format!("a function without {field}: {told}"))
    };
    let role = text("Role")?.rsplit('/').next().unwrap_or_default().to_owned();
    let variables = told["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    Ok(Function { name: text("FunctionName")?.to_owned(), role, variables })
}

impl Function {
    /// Makes the function call AWS at this address.
    pub async fn lead_to(&self, emulator: &Emulator, address: &str) -> anyhow::Result<()> {
        let mut variables = self.variables.clone();
        variables.insert("AWS_ENDPOINT_URL".to_owned(), json!(address));
        let url = format!("{}{FUNCTIONS}{}/configuration", emulator.endpoint(), self.name);
        let request = emulator
            .client()
            .put(url)
            .header("authorization", authorization("lambda"))
            .json(&json!({ "Environment": { "Variables": variables } }));
        let answer = request.send().await.and_then(reqwest::Response::error_for_status);
        answer.with_context(|| format!("set a variable of {}", self.name)).map(drop)
    }
}

/// The policies of a role as they are now.
pub async fn policy(emulator: &Emulator, role: &str) -> anyhow::Result<Policy> {
    let list = ask(emulator, &format!("Action=ListRolePolicies&RoleName={role}")).await?;
    let mut policy = Policy::default();
    for name in elements(&list, "member") {
        let question = format!("Action=GetRolePolicy&RoleName={role}&PolicyName={name}");
        let told = ask(emulator, &question).await?;
        let document = elements(&told, "PolicyDocument").next().context("no document")?;
        let document = percent_decode_str(document).decode_utf8()?;
        let document = serde_json::from_str(&document)?;
        policy.add(&document).with_context(|| format!("the policy {name} of {role}"))?;
    }
    let attached =
        ask(emulator, &format!("Action=ListAttachedRolePolicies&RoleName={role}")).await?;
    if elements(&attached, "PolicyArn").next().is_some() {
        bail!("{role} has policies that are not its own, which cannot be judged");
    }
    Ok(policy)
}

async fn ask(emulator: &Emulator, question: &str) -> anyhow::Result<String> {
    let request = emulator
        .client()
        .post(emulator.endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", authorization("iam"))
        .body(format!("{question}&Version={VERSION}"));
    let answer = request.send().await.with_context(|| question.to_owned())?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("{question}: {status} {text}");
    }
    Ok(text)
}

/// The texts of all elements of a name, which hold no other elements.
fn elements<'text>(text: &'text str, name: &str) -> impl Iterator<Item = &'text str> {
    let (begin, end) = (format!("<{name}>"), format!("</{name}>"));
    let parts: Vec<&str> = text.split(begin.as_str()).skip(1).collect();
    parts.into_iter().filter_map(move |part| Some(part.split_once(end.as_str())?.0))
}
