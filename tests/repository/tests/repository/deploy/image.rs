//! The image of `bridge serve`.

use crate::files::{text, value};

const FILE: &str = "deploy/oci/Containerfile";
const CONTEXT: &str = "deploy/oci/Containerfile.dockerignore";

#[test]
fn the_image_holds_the_program_and_no_shell() {
    let file = text(FILE);
    let (build, image) = file.rsplit_once("\nFROM ").expect("two stages");
    assert!(image.starts_with("scratch\n"), "{image}");
    assert!(image.contains("\nUSER 65532:65532\n"));
    assert!(!image.contains("\nRUN "), "a step there needs a shell");
    let rust = value(&text("Cargo.toml"), "rust-version").expect("a version");
    assert!(build.contains(&format!("/rust:{rust}-")), "the builder has another Rust");
}

/// A configuration in the checkout must not get into a layer.
#[test]
fn the_build_gets_the_sources_only() {
    let context = text(CONTEXT);
    let rules: Vec<&str> = context.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(rules.first(), Some(&"*"));
    let manifest = text("Cargo.toml");
    let members = manifest.split("members = [").nth(1).expect("members");
    let members = members.split(']').next().expect("an end").split('"').skip(1).step_by(2);
    for member in members {
        let folder = format!("!{}", member.split('/').next().expect("a folder"));
        assert!(rules.contains(&folder.as_str()), "{CONTEXT} lacks {folder}");
    }
    for rule in rules.iter().filter_map(|rule| rule.strip_prefix('!')) {
        assert!(crate::files::path(rule).exists(), "{rule}");
    }
}
