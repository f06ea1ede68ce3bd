//! Commands without an address or a key use the running `bridge local`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use tempfile::TempDir;

use super::running::Local;
use crate::command::run;

type Variables = Vec<(String, String)>;

fn body(folder: &TempDir) -> String {
    let body = folder.path().join("body.json");
    std::fs::write(&body, "{}").expect("it is ours");
    body.to_str().expect("UTF-8").to_owned()
}

#[tokio::test]
async fn send_sign_doctor_and_setup_use_the_only_one_that_runs() {
    let folder = TempDir::new().expect("a folder");
    let local = Local::start(&[]);
    let found = local.runtime();
    let files = PathBuf::from(&found[0].1).join("lynn-genesys-bridge");
    let file = std::fs::read_dir(&files).expect("a folder").next().expect("a file").expect("one");
    assert_eq!(file.metadata().expect("a file").permissions().mode() & 0o777, 0o600);

    let sent = run(&["send", "lynn", "--contact", "ana"], &found).await;
    assert!(sent.output.contains("202"), "{sent:?}");
    let said = format!("Uses the running bridge local: page {}", local.page);
    assert!(sent.said.contains(&said), "{sent:?}");
    let sent = run(&["send", "genesys", "--contact", "ana"], &found).await;
    assert!(sent.output.contains("200"), "{sent:?}");

    let body = body(&folder);
    let signed = run(&["sign", "genesys", "--body", &body], &found).await;
    let given = ["sign", "genesys", "--secret", "local-webhook-secret", "--body", &body];
    let given = run(&given, &found).await;
    assert_eq!(signed.output, given.output);
    assert!(signed.said.contains("Uses") && given.said.is_empty(), "{signed:?} {given:?}");
    let signed =
        run(&["sign", "lynn", "--id", "m-1", "--timestamp", "7", "--body", &body], &found).await;
    assert!(signed.output.contains("webhook-signature: v1,"), "{signed:?}");

    // An administrator of another organisation in the environment changes nothing.
    let mut other: Variables = found.clone();
    other.push(("GENESYS_ADMIN_CLIENT_ID".to_owned(), "another".to_owned()));
    other.push(("GENESYS_ADMIN_CLIENT_SECRET".to_owned(), "another".to_owned()));
    other.push(("BRIDGE_SETUP_FASTER".to_owned(), "20".to_owned()));
    let made = ["setup", "--name", "second", "--queue", "Second", "--create-queue", "--yes"];
    let made = run(&made, &other).await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let examined = run(&["doctor", "--integration", "support"], &other).await;
    let failed: Vec<&str> =
        examined.output.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(failed.is_empty() && examined.output.contains("OK"), "{examined:?}");
    let unsaid = run(&["send", "lynn"], &found).await.bad(2);
    assert!(unsaid.contains("give --integration"), "{unsaid}");
    let sent = run(&["send", "lynn", "--integration", "second"], &found).await;
    assert!(sent.output.contains("202"), "{sent:?}");
    let rotated = [
        "setup",
        "rotate",
        "--name",
        "second",
        "--reread-wait",
        "0",
        "--retry-wait",
        "0",
        "--cache-wait",
        "0",
    ];
    let rotated = run(&rotated, &other).await;
    assert_eq!(rotated.code, Some(0), "{rotated:?}");
}

#[tokio::test]
async fn what_is_given_wins_over_the_one_that_runs() {
    let local = Local::start(&[]);
    let found = local.runtime();
    let elsewhere = ["send", "lynn", "--url", "http://127.0.0.1:9/lynn/support", "--key", "k"];
    let failed = run(&elsewhere, &found).await.bad(1);
    assert!(failed.contains("127.0.0.1:9") && !failed.contains("Uses"), "{failed}");
    // Of another bridge, the running one knows nothing.
    let failed = run(&elsewhere[..4], &found).await.bad(2);
    assert!(failed.contains("give --key or --secret"), "{failed}");
    let failed = run(&["send", "lynn", "--key", "another-key"], &found).await.bad(1);
    assert!(failed.contains("Uses"), "{failed}");
    for command in ["send genesys", "sign genesys", "doctor"] {
        let words: Vec<&str> = command.split(' ').chain(["--config", "/no/file"]).collect();
        let failed = run(&words, &found).await;
        assert!(!failed.said.contains("Uses"), "{failed:?}");
        assert_ne!(failed.code, Some(0), "{failed:?}");
    }
}

#[tokio::test]
async fn none_or_several_are_said_with_the_next_step() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().to_str().expect("UTF-8").to_owned();
    let runtime: Variables = vec![("XDG_RUNTIME_DIR".to_owned(), path.clone())];
    let commands = [
        vec!["send", "lynn"],
        vec!["send", "genesys"],
        vec!["sign", "genesys"],
        vec!["sign", "lynn", "--id", "m-1"],
        vec!["doctor"],
        vec!["setup", "--name", "s", "--queue", "S"],
        vec!["setup", "rotate", "--name", "s"],
    ];
    for command in &commands {
        let none = run(command, &runtime).await.bad(2);
        assert!(none.contains("start `bridge local` in another terminal"), "{none}");
    }
    let first = Local::start_with(&[], &[("XDG_RUNTIME_DIR", &path)]);
    let second = Local::start_with(&[], &[("XDG_RUNTIME_DIR", &path)]);
    for command in &commands {
        let several = run(command, &runtime).await.bad(2);
        for word in ["several bridge local run", "--config", &first.page, &second.page] {
            assert!(several.contains(word), "{several}");
        }
    }
    assert_eq!(first.program.end(), Some(0));
    let sent = run(&["send", "lynn"], &runtime).await;
    assert!(sent.said.contains(&second.page) && sent.output.contains("202"), "{sent:?}");
    // The file of a killed one is recognised.
    drop(second);
    let none = run(&commands[0], &runtime).await.bad(2);
    assert!(none.contains("start `bridge local`"), "{none}");
}

#[tokio::test]
async fn the_file_of_a_running_one_is_not_replaced() {
    let folder = TempDir::new().expect("a folder");
    let config = folder.path().join("bridge.json");
    let file = config.to_str().expect("UTF-8");
    let local = Local::start(&["--config-out", file]);
    let before = std::fs::read_to_string(&config).expect("a file");
    let again = ["local", "--listen", "127.0.0.1:0", "--config-out", file];
    let refused = run(&again, &local.runtime()).await.bad(2);
    for word in [file, &local.page, "stop it, or give another name"] {
        assert!(refused.contains(word), "{refused}");
    }
    assert_eq!(std::fs::read_to_string(&config).expect("a file"), before);
    // After a kill its file may be replaced.
    let runtime = local.kill();
    let path = runtime.path().to_str().expect("UTF-8");
    let next = Local::start_with(&["--config-out", file], &[("XDG_RUNTIME_DIR", path)]);
    assert_ne!(std::fs::read_to_string(&config).expect("a file"), before);
    drop(next);
}
