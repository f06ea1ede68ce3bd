//! The configuration that `docs/configuration.md` shows is one that the program takes.

use std::process::Command;

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md"));

#[test]
fn the_example_of_the_page_holds() {
    let shown = PAGE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let shown: Vec<&str> = shown.filter(|text| text.contains("\"integrations\"")).collect();
    assert_eq!(shown.len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bridge.json");
    std::fs::write(&file, shown[0]).unwrap();
    let mut check = Command::new(env!("CARGO_BIN_EXE_bridge"));
    let output = check.args(["config", "check"]).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
