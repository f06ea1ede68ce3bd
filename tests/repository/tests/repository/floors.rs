//! The floors of the code: a crate uses only crates of lower floors, and no two modules of a crate
//! import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
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

/// The names under `[dependencies]` of a crate.
pub fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = text(&format!("{folder}/Cargo.toml"));
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    let names = section.lines().filter(|line| !line.trim_start().starts_with('#'));
    names.filter_map(|line| line.split(['.', '=', ' ']).next()).map(str::to_owned).collect()
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
        assert!(linked.contains_key("aws-sdk-dynamodb"), "{package} is on AWS: {linked:?}");
        let login =
            |feature: &&str| linked["aws-config"].split([' ', ',']).any(|it| it == *feature);
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

/// Collects the files of a folder that are part of the product.
fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_stem().is_some_and(|stem| stem != "tests")
        {
            found.push(path);
        }
    }
}

/// The top-level modules of a crate that each of its top-level modules imports.
fn imports(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let root = path(folder).join("src");
    let (mut files, mut imports) = (Vec::new(), BTreeMap::<_, BTreeSet<_>>::new());
    sources(&root, &mut files);
    for file in &files {
        let below = file.strip_prefix(&root).unwrap();
        let top = below.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if ["lib", "main"].contains(&top) {
            continue;
        }
        let text = std::fs::read_to_string(file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let own = imports.entry(top.to_owned()).or_default();
        own.extend(named_after(product, "crate::"));
        if below.iter().count() == 1 {
            own.extend(named_after(product, "super::"));
        }
    }
    let known: BTreeSet<String> = imports.keys().cloned().collect();
    for (module, used) in &mut imports {
        used.retain(|name| name != module && known.contains(name));
    }
    imports
}

/// The first segments of the paths with this prefix, also those within braces.
fn named_after(text: &str, start: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let mut names = Vec::new();
    for (place, _) in text.match_indices(start) {
        let rest = &text[place + start.len()..];
        match rest.strip_prefix('{') {
            None => names.push(word(rest)),
            Some(inside) => {
                let inside = inside.split("};").next().unwrap_or_default();
                names.extend(inside.split(',').map(|part| word(part.trim())));
            }
        }
    }
    names
}

/// The modules of an import cycle, if there is one.
fn cycle(imports: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'a>(
        imports: &'a BTreeMap<String, BTreeSet<String>>,
        module: &'a str,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(place) = way.iter().position(|step| *step == module) {
            return Some(way[place..].iter().map(ToString::to_string).collect());
        }
        if !done.insert(module) {
            return None;
        }
        way.push(module);
        let found = imports[module].iter().find_map(|next| walk(imports, next, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    imports.keys().find_map(|module| walk(imports, module, &mut Vec::new(), &mut done))
}

#[test]
fn no_two_modules_of_a_crate_import_each_other() {
    for (folder, _) in FLOORS {
        assert_eq!(cycle(&imports(folder)), None, "{folder}");
    }
}

#[test]
fn a_cycle_is_found() {
    let graph = |edges: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        edges.iter().map(|(from, to)| ((*from).to_owned(), names(to))).collect()
    };
    assert_eq!(cycle(&graph(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), None);
    let found = cycle(&graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])])).unwrap();
    assert_eq!(found, ["b", "c"]);
    assert_eq!(named_after("use crate::{a::b, c}; crate::d", "crate::"), ["a", "c", "d"]);
}
