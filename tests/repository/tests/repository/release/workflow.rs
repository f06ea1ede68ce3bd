//! The workflow that publishes a release.

use serde_json::{Value, json};

use crate::files::text;

fn workflow() -> Value {
    serde_saphyr::from_str(&text(".github/workflows/release.yml")).expect("YAML")
}

fn steps(job: &Value) -> &[Value] {
    job["steps"].as_array().expect("steps")
}

fn commands(job: &Value) -> Vec<&str> {
    steps(job).iter().filter_map(|step| step["run"].as_str()).collect()
}

#[test]
fn a_release_is_built_and_tried_for_each_processor_before_it_is_published() {
    let workflow = workflow();
    assert_eq!(workflow["on"], json!({ "push": { "tags": ["v*"] } }));
    let build = &workflow["jobs"]["build"];
    let processors = build["strategy"]["matrix"]["include"].as_array().expect("a matrix");
    let processors: Vec<&Value> = processors.iter().map(|row| &row["arch"]).collect();
    assert_eq!(processors, ["x86_64", "arm64"]);
    let expected = [
        "make release ARCH=\"$ARCH\"",
        "make release ARCH=\"$ARCH\" STATIC=yes",
        "tools/try-release dist",
    ];
    assert!(commands(build).ends_with(&expected), "{:?}", commands(build));
    assert_eq!(workflow["jobs"]["publish"]["needs"], "build");
}

/// A job that runs the code of dependencies may not write to the repository.
#[test]
fn only_the_job_that_builds_nothing_may_publish_and_sign() {
    let workflow = workflow();
    assert_eq!(workflow["permissions"], json!({}));
    assert_eq!(workflow["jobs"]["build"]["permissions"], json!({ "contents": "read" }));
    let publish = &workflow["jobs"]["publish"];
    let expected = json!({ "contents": "write", "id-token": "write", "attestations": "write" });
    assert_eq!(publish["permissions"], expected);
    for command in commands(publish) {
        assert!(!command.contains("cargo") && !command.contains("make "), "{command}");
    }
    let signed = steps(publish).iter().find(|step| {
        step["uses"]
            .as_str()
            .is_some_and(|uses| uses.starts_with("actions/attest-build-provenance@"))
    });
    assert_eq!(signed.expect("a signature")["with"]["subject-checksums"], "dist/SHA256SUMS");
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    for file in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = text(file);
        let used: Vec<&str> =
            text.lines().filter_map(|line| Some(line.split_once("uses: ")?.1)).collect();
        assert!(used.len() > 1, "{file}");
        for action in used {
            let commit = action.split(['@', ' ']).nth(1).expect("a commit");
            let is_commit = commit.len() == 40 && commit.bytes().all(|it| it.is_ascii_hexdigit());
            assert!(is_commit && action.contains(" # v"), "{file}: {action}");
        }
    }
}
