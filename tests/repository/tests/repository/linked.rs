//! Each function links only what it uses: a cold start reads the whole program.

use std::collections::BTreeSet;
use std::process::Command;

use crate::files::path;

/// Each function with the most crates that it may link, 5 % above what it links, and crates that it
/// has no use for.
const FUNCTIONS: [(&str, usize, &[&str]); 6] = [
    ("conversation-scheduler", 197, &["aws-sdk-secretsmanager", "lambda_http", "reqwest"]),
    ("genesys-events", 197, &["aws-sdk-secretsmanager", "lambda_http", "reqwest"]),
    ("genesys-sender", 225, &["lambda_http", "minijinja"]),
    ("genesys-webhook", 202, &["aws-sdk-dynamodb", "media", "minijinja", "reqwest"]),
    ("lynn-inbound", 206, &["convert", "htmlize", "reqwest", "tempfile"]),
    ("lynn-sender", 227, &["lambda_http"]),
];
/// Crates that no function needs: how an engineer is logged in, and the calls of the operator.
const OF_THE_OPERATOR: [&str; 6] = [
    "aws-config",
    "aws-sdk-cloudformation",
    "aws-sdk-cloudwatch",
    "aws-sdk-eventbridge",
    "aws-sdk-lambda",
    "aws-sdk-sts",
];

/// The crates that a function links when it is built by itself, each with its version.
fn linked(function: &str) -> BTreeSet<String> {
    let asked = ["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"];
    let mut cargo = Command::new(env!("CARGO"));
    let answer = cargo.current_dir(path(".")).args(asked).args(["--package", function]).output();
    let answer = answer.expect("cargo");
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let tree = String::from_utf8(answer.stdout).expect("text");
    let crates = tree.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    crates.filter(|it| !it.is_empty()).collect()
}

#[test]
fn each_function_links_only_what_it_uses() {
    for (function, most, useless) in FUNCTIONS {
        let linked = linked(function);
        assert!(linked.len() <= most, "{function} links {} crates, over {most}", linked.len());
        // Far below the bound, the bound no longer bounds anything.
        assert!(linked.len() * 100 >= most * 90, "{function}: lower its bound of {most}");
        for name in useless.iter().chain(&OF_THE_OPERATOR) {
            let found = linked.iter().any(|it| it.split(' ').next() == Some(*name));
            assert!(!found, "{function} links {name}");
        }
    }
}
