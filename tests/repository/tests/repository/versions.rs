//! The version of the bridge and the version of Rust are the same in all files.

use serde_json::Value;

use crate::files::{text, value};

/// The groups that Keep a Changelog defines.
const GROUPS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

fn version() -> String {
    value(&text("Cargo.toml"), "version").expect("a version")
}

/// The folders of the workspace's packages.
fn packages() -> Vec<String> {
    let manifest = text("Cargo.toml");
    let members = manifest.split("members = [").nth(1).expect("members");
    let members = members.split(']').next().expect("an end");
    members.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn the_oldest_rust_that_is_claimed_is_the_one_that_is_built() {
    let claimed = value(&text("Cargo.toml"), "rust-version").expect("an MSRV");
    let built = value(&text("rust-toolchain.toml"), "channel").expect("a toolchain");
    assert_eq!(claimed, built, "change rust-version and rust-toolchain.toml together");
    let packages = packages();
    assert!(packages.len() > 10, "{packages:?}");
    for package in packages {
        let manifest = text(&format!("{package}/Cargo.toml"));
        for inherited in ["rust-version", "version", "license"] {
            let line = format!("{inherited}.workspace = true");
            assert!(manifest.lines().any(|it| it == line), "{package} lacks {line}");
        }
    }
}

#[test]
fn the_contract_and_the_lock_files_have_the_version_of_the_program() {
    let contract: Value = serde_saphyr::from_str(&text("openapi.yaml")).expect("YAML");
    assert_eq!(contract["info"]["version"], version());
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        let entry = format!("name = \"shared\"\nversion = \"{}\"\n", version());
        assert!(text(lock).contains(&entry), "{lock} is out of date");
    }
}

/// The form is the one that the Serverless Application Repository takes.
#[test]
fn the_serverless_application_has_the_version_of_the_program() {
    let template = text("template.yaml");
    let metadata =
        template.split("  AWS::ServerlessRepo::Application:\n").nth(1).expect("metadata");
    let of = |key: &str| {
        let line = metadata.lines().find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        line.unwrap_or_else(|| panic!("no {key}")).to_owned()
    };
    assert_eq!(of("SemanticVersion"), version());
    assert_eq!(of("SpdxLicenseId"), "Apache-2.0");
    let is_plain = |word: &str| word.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    assert!(is_plain(&of("Name")) && is_plain(&of("Author")), "{} {}", of("Name"), of("Author"));
    assert!(of("Description").len() <= 256);
    for file in [of("LicenseUrl"), of("ReadmeUrl")] {
        assert!(crate::files::path(&file).exists(), "{file}");
    }
    let labels = of("Labels");
    let labels: Vec<&str> = labels.trim_matches(['[', ']']).split(", ").collect();
    assert!(labels.len() <= 10 && labels.iter().all(|label| is_plain(label)), "{labels:?}");
}

#[test]
fn the_changelog_begins_with_what_is_unreleased_and_describes_the_version() {
    let changelog = text("CHANGELOG.md");
    let headings: Vec<&str> =
        changelog.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings.first(), Some(&"[Unreleased]"), "{headings:?}");
    let released = format!("[{}] - ", version());
    assert!(headings.get(1).is_some_and(|it| it.starts_with(&released)), "{headings:?}");
    for heading in &headings {
        let name = heading.split(" - ").next().unwrap_or_default();
        assert!(changelog.contains(&format!("\n{name}: ../../")), "{name} has no link");
    }
    for heading in changelog.lines().filter_map(|line| line.strip_prefix("### ")) {
        assert!(GROUPS.contains(&heading), "{heading}");
    }
    assert!(text("SECURITY.md").contains(&format!("| {} | yes |", version())));
}

#[test]
fn the_licence_that_is_declared_is_there() {
    assert_eq!(value(&text("Cargo.toml"), "license").as_deref(), Some("Apache-2.0"));
    let licence = text("LICENSE");
    assert!(licence.contains("Version 2.0, January 2004"));
    assert!(licence.contains("END OF TERMS AND CONDITIONS"));
}
