//! The floors of the code: a crate uses only crates of lower floors.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::files::{all, path, text};

/// The crates of the product, each with the floors that it may use, from the lowest up.
pub const FLOORS: [(&str, &[&str]); 17] = [
    ("shared", &[]),
    ("crates/conversation", &["shared"]),
    ("crates/convert", &["shared"]),
    ("crates/templates", &["shared"]),
    ("crates/delivery", &["shared", "conversation"]),
    ("crates/clients", &["shared"]),
    ("crates/media", &["shared", "conversation", "delivery", "clients"]),
    ("crates/aws", &["shared", "delivery", "clients", "media"]),
    ("crates/sqlite", &["shared", "delivery", "media"]),
    ("crates/genesys-admin", &["shared", "clients"]),
    (
        "functions/lynn-inbound",
        &["shared", "conversation", "templates", "delivery", "media", "aws"],
    ),
    ("functions/genesys-webhook", &["shared", "conversation", "delivery", "aws"]),
    ("functions/genesys-events", &["shared", "delivery", "aws"]),
    ("functions/conversation-scheduler", &["shared", "delivery", "aws"]),
    ("functions/genesys-sender", SENDER),
    ("functions/lynn-sender", LYNN_SENDER),
    ("cli", CLI),
];
const SENDER: &[&str] =
    &["shared", "conversation", "convert", "delivery", "clients", "media", "aws"];
const LYNN_SENDER: &[&str] =
    &["shared", "conversation", "convert", "templates", "delivery", "clients", "media", "aws"];
const CLI: &[&str] = &[
    "shared",
    "conversation",
    "templates",
    "delivery",
    "clients",
    "media",
    "aws",
    "sqlite",
    "genesys-admin",
    "lynn-inbound",
    "genesys-webhook",
    "genesys-sender",
    "lynn-sender",
    "conversation-scheduler",
    "simulators",
];
/// The lowest floors must not use these crates, so that they stay pure.
const PURE: [&str; 5] =
    ["shared", "crates/conversation", "crates/convert", "crates/templates", "crates/delivery"];
const OUTSIDE: [&str; 3] = ["tokio", "reqwest", "hyper"];
/// The crate that may use the AWS SDK and the Lambda runtime.
const KNOWS_AWS: &str = "crates/aws";
/// The crates of the AWS SDK, as code names them; its clients continue the first.
const AWS_SDK: [&str; 4] = ["aws_sdk_", "aws_config", "aws_smithy_", "aws_sigv4"];
/// The crates that only the program `bridge` links, by the feature `operator` of `crates/aws`.
const OPERATOR_ONLY: [&str; 4] =
    ["aws-sdk-cloudformation", "aws-sdk-cloudwatch", "aws-sdk-eventbridge", "aws-sdk-lambda"];
/// The features of `aws-config` by which an engineer is logged in.
const OF_LOGIN: [&str; 2] = ["credentials-process", "sso"];

/// The names that a crate depends on outside its tests, on any target.
pub fn dependencies(folder: &str) -> BTreeSet<String> {
    dependencies_of(&text(&format!("{folder}/Cargo.toml")))
}

fn dependencies_of(manifest: &str) -> BTreeSet<String> {
    let sections = manifest.split("\n[").filter_map(|section| section.split_once(']'));
    let names = sections.flat_map(|(header, lines)| {
        let is_target = header.starts_with("target.");
        let header = header.rsplit_once("dependencies");
        let header =
            header.filter(|(before, _)| before.is_empty() || is_target && before.ends_with('.'));
        match header {
            None => Vec::new(),
            Some((_, "")) => lines.lines().filter(|line| !line.starts_with('#')).collect(),
            Some((_, name)) => vec![name.trim_start_matches('.')],
        }
    });
    let names = names.filter_map(|line| line.split(['.', '=', ' ']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

pub fn ours() -> BTreeSet<&'static str> {
    let crates = FLOORS.iter().filter_map(|(folder, _)| folder.rsplit('/').next());
    crates.chain(["testing", "simulators", "simulation", "local-aws", "bridge"]).collect()
}

#[test]
fn a_crate_uses_only_what_stands_below_it() {
    let ours = ours();
    for (place, (folder, allowed)) in FLOORS.iter().enumerate() {
        let used = dependencies(folder);
        let not_below: Vec<_> = used
            .iter()
            .filter(|name| ours.contains(name.as_str()) && !allowed.contains(&name.as_str()))
            .collect();
        assert!(not_below.is_empty(), "{folder} uses {not_below:?}");
        let below: BTreeSet<&str> =
            FLOORS[..place].iter().filter_map(|(folder, _)| folder.rsplit('/').next()).collect();
        let upward: Vec<_> = allowed
            .iter()
            .filter(|name| **name != "simulators" && !below.contains(*name))
            .collect();
        assert!(upward.is_empty(), "{folder} may use {upward:?}, which is not below it");
    }
}

#[test]
fn every_crate_of_the_product_has_a_floor() {
    for folder in ["crates", "functions"] {
        for entry in std::fs::read_dir(path(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let crate_folder = format!("{folder}/{name}");
            let known = FLOORS.iter().any(|(folder, _)| *folder == crate_folder);
            assert!(known || name == "testing", "{crate_folder} has no floor");
        }
    }
}

#[test]
fn the_lowest_floors_have_no_runtime_and_only_the_adapter_knows_aws() {
    for (folder, _) in FLOORS {
        let used = dependencies(folder);
        let is_outside = |name: &&String| OUTSIDE.contains(&name.as_str());
        if PURE.contains(&folder) {
            assert_eq!(used.iter().find(is_outside), None, "{folder}");
        }
        let is_aws = |name: &&String| name.starts_with("aws-") || name.starts_with("lambda_");
        if folder != KNOWS_AWS {
            assert_eq!(used.iter().find(is_aws), None, "{folder}");
        }
        assert!(!used.contains("testing"), "{folder} holds doubles for tests");
    }
}

/// The template engine is linked only where templates are rendered.
#[test]
fn only_lynns_functions_and_the_program_render_templates() {
    for (folder, _) in FLOORS {
        let used = dependencies(folder);
        let renders = ["functions/lynn-inbound", "functions/lynn-sender", "cli"].contains(&folder);
        assert_eq!(used.contains("templates"), renders, "{folder}");
        assert_eq!(used.contains("minijinja"), folder == "crates/templates", "{folder}");
    }
}

/// Tests prepare the emulator and look at it with clients of their own.
#[test]
fn no_code_outside_the_adapter_names_the_aws_sdk() {
    let is_of_tests = |name: &str| name.starts_with("tests/") || name.contains("/tests/");
    let is_outside = |name: &&String| {
        name.ends_with(".rs") && !name.starts_with("crates/aws/") && !is_of_tests(name)
    };
    let files = all();
    let outside: Vec<_> = files.iter().filter(is_outside).collect();
    assert!(outside.len() > 100, "{outside:?}");
    for name in outside {
        assert_eq!(named_sdk(&text(name)), None, "{name}");
    }
}

/// A crate of the AWS SDK that this code names.
fn named_sdk(text: &str) -> Option<&'static str> {
    let is_begin = |place: usize| !text[..place].ends_with(|before: char| before.is_alphanumeric());
    AWS_SDK.into_iter().find(|name| text.match_indices(name).any(|(place, _)| is_begin(place)))
}

#[test]
fn the_aws_sdk_is_found_in_code() {
    assert_eq!(named_sdk("use aws_sdk_sqs::Client;"), Some("aws_sdk_"));
    assert_eq!(named_sdk("let config: &aws_config::SdkConfig"), Some("aws_config"));
    assert_eq!(named_sdk("use aws::operator::Stack; mod on_aws; local_aws::start()"), None);
}

/// The crates that a package links when it is built alone, each with its features.
fn linked(package: &str) -> BTreeMap<String, String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p} {f}", "--package", package])
        .current_dir(path(""))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    let lines = lines.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(name, rest)| (name.to_owned(), rest.to_owned())).collect()
}

#[test]
fn a_function_links_nothing_for_the_operator() {
    let of_operator = |package: &str| -> Vec<&str> {
        let linked = linked(package);
        assert!(linked.contains_key("aws-sdk-sqs"), "{package} is on AWS: {linked:?}");
        let login = |feature: &&str| {
            let features = linked.get("aws-config").map(String::as_str).unwrap_or_default();
            features.split([' ', ',']).any(|it| it == *feature)
        };
        let clients = OPERATOR_ONLY.into_iter().filter(|name| linked.contains_key(*name));
        clients.chain(OF_LOGIN.into_iter().filter(login)).collect()
    };
    let functions = FLOORS.iter().filter_map(|(folder, _)| folder.strip_prefix("functions/"));
    for function in functions {
        assert_eq!(of_operator(function), [""; 0], "{function}");
    }
    let all: Vec<&str> = OPERATOR_ONLY.into_iter().chain(OF_LOGIN).collect();
    assert_eq!(of_operator("bridge"), all);
}

#[test]
fn only_the_senders_convert() {
    for folder in ["crates/aws", "functions/conversation-scheduler", "functions/genesys-events"] {
        assert!(!dependencies(folder).contains("convert"), "{folder} links the parser of HTML");
    }
}

#[test]
fn every_section_of_dependencies_is_read() {
    let manifest = "
[package]
name = 'x'

[dependencies]
# one
shared.workspace = true
serde = { version = 1 }

[dependencies.clients]
workspace = true

[target.'cfg(unix)'.dependencies]
aws = 1

[target.x.dependencies.media]
path = '.'

[dev-dependencies]
testing.workspace = true
";
    let found: Vec<String> = dependencies_of(manifest).into_iter().collect();
    assert_eq!(found, ["aws", "clients", "media", "serde", "shared"]);
}

/// A program or a test has no outside, so the lint would only lengthen `pub` there.
#[test]
fn every_library_is_told_of_public_items_that_no_other_crate_can_reach() {
    for (folder, _) in FLOORS {
        let library = path(folder).join("src/lib.rs");
        if let Ok(text) = std::fs::read_to_string(library) {
            assert!(text.contains("warn(unreachable_pub)"), "{folder}");
        }
    }
}
