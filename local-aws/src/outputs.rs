//! Reads the outputs of a stack from CloudFormation's query interface.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use crate::emulator::Emulator;

/// The version of the query interface.
const VERSION: &str = "2010-05-15";

pub async fn read(emulator: &Emulator, stack: &str) -> anyhow::Result<BTreeMap<String, String>> {
    let query = format!("Action=DescribeStacks&Version={VERSION}&StackName={stack}");
    let request = emulator
        .client()
        .post(emulator.endpoint())
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", crate::emulator::authorization("cloudformation"))
        .body(query);
    let answer = request.send().await.context("ask for the stack's outputs")?;
    let (status, text) = (answer.status(), answer.text().await?);
    if !status.is_success() {
        bail!("the stack's outputs: {status} {text}");
    }
    let outputs = parse(&text);
    if outputs.is_empty() {
        bail!("the stack {stack} has no outputs");
    }
    Ok(outputs)
}

/// The answer is XML of one fixed shape: a key element and a value element for each output.
fn parse(text: &str) -> BTreeMap<String, String> {
    text.split("<OutputKey>").skip(1).filter_map(output).collect()
}

fn output(rest: &str) -> Option<(String, String)> {
    let (key, rest) = rest.split_once("</OutputKey>")?;
    let (_, rest) = rest.split_once("<OutputValue>")?;
    let (value, _) = rest.split_once("</OutputValue>")?;
    Some((unescape(key), unescape(value)))
}

fn unescape(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn outputs_are_read_by_name() {
        let text = "<Outputs><member><OutputKey>A</OutputKey><OutputValue>x&amp;lt;y</OutputValue></member>\
                    <member><OutputKey>B</OutputKey><Description>b</Description><OutputValue>2</OutputValue></member></Outputs>";
        let outputs = parse(text);
        assert_eq!(outputs["A"], "x&lt;y");
        assert_eq!(outputs["B"], "2");
        assert_eq!(outputs.len(), 2);
    }

    #[test]
    fn no_outputs_are_none() {
        assert!(parse("<Outputs/>").is_empty());
    }
}
