//! Completions, manual pages, and examples in every help.

use std::process::Command;

use crate::command::run;

#[tokio::test]
async fn each_shell_gets_its_completions() {
    for (shell, mark) in [
        ("bash", "complete -F _bridge"),
        ("zsh", "#compdef bridge"),
        ("fish", "complete -c bridge"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion"),
    ] {
        let script = run(&["completions", shell], &[]).await.good();
        assert!(script.contains(mark) && script.contains("dead-letters"), "{shell}: {script}");
    }
    let unknown = run(&["completions", "csh"], &[]).await.bad(2);
    assert!(unknown.contains("bash") && unknown.contains("zsh"), "{unknown}");
}

#[tokio::test]
async fn bash_completes_commands_and_options() {
    let script = run(&["completions", "bash"], &[]).await.good();
    let folder = tempfile::TempDir::new().expect("a folder");
    let file = folder.path().join("bridge.bash");
    std::fs::write(&file, script).expect("a file");
    let completed = |words: &str, last: usize| {
        let asks = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={last}; _bridge bridge \"${{COMP_WORDS[{last}]}}\" \"\"; echo \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let ended = Command::new("bash").args(["-c", &asks]).output().expect("bash");
        String::from_utf8(ended.stdout).expect("UTF-8").trim().to_owned()
    };
    assert_eq!(completed("bridge stat", 1), "status");
    assert_eq!(completed("bridge status --wat", 2), "--watch");
    assert_eq!(completed("bridge dead-letters redr", 2), "redrive");
}

#[tokio::test]
async fn a_manual_page_is_of_its_command() {
    let page = run(&["man"], &[]).await.good();
    assert!(page.contains(".TH bridge 1") && page.contains("dead\\-letters"), "{page}");
    let page = run(&["man", "dead-letters", "redrive"], &[]).await.good();
    assert!(page.contains(".TH bridge-dead-letters-redrive 1"), "{page}");
    assert!(page.contains("\\-\\-dry\\-run") && page.contains("Examples"), "{page}");
    let version = format!("\"bridge {} (commit ", env!("CARGO_PKG_VERSION"));
    assert!(page.contains(&version), "{page}");
    let unknown = run(&["man", "coffee"], &[]).await.bad(2);
    assert!(unknown.contains("coffee"), "{unknown}");
}

#[tokio::test]
async fn help_ends_with_examples() {
    for arguments in [&["--help"][..], &["status", "-h"], &["config", "push", "--help"]] {
        let help = run(arguments, &[]).await.good();
        let (_, examples) = help.split_once("Examples:\n  bridge").expect("examples");
        assert!(!examples.trim().is_empty(), "{help}");
    }
}
