//! Runs the program at a terminal, and answers its questions as they come: by `script` of
//! util-linux, which gives it a terminal of its own.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::Ended;
use crate::harness::SOON;
use crate::process::PROGRAM;

/// Runs the program; for each question, the text that it shows and the answer.
pub async fn dialogue(
    arguments: &[&str],
    environment: &[(String, String)],
    answers: &[(&str, &str)],
) -> Ended {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let words = [PROGRAM].into_iter().chain(arguments.iter().copied());
    let line = words.map(quoted).collect::<Vec<_>>().join(" ");
    let own = |(question, answer): &(&str, &str)| ((*question).to_owned(), (*answer).to_owned());
    let answers: Vec<(String, String)> = answers.iter().map(own).collect();
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]);
    for name in ["GENESYS_ADMIN_CLIENT_ID", "GENESYS_ADMIN_CLIENT_SECRET", "NO_COLOR", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(environment.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    tokio::task::spawn_blocking(move || talk(command, &answers)).await.expect("no panic")
}

fn talk(mut command: Command, answers: &[(String, String)]) -> Ended {
    let mut child = command.spawn().expect("script of util-linux");
    let mut input = child.stdin.take().expect("its input");
    let mut output = child.stdout.take().expect("its output");
    let (send, parts) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = output.read(&mut part) {
            let text = String::from_utf8_lossy(part.get(..length).unwrap_or_default()).into_owned();
            if send.send(text).is_err() {
                return;
            }
        }
    });
    let (mut whole, mut seen) = (String::new(), 0);
    let mut left = answers.iter();
    let mut next = left.next();
    let deadline = Instant::now() + 2 * SOON;
    loop {
        if let Some((question, answer)) = next
            && let Some(place) = whole.get(seen..).and_then(|rest| rest.find(question.as_str()))
        {
            seen += place + question.len();
            writeln!(input, "{answer}").expect("it listens");
            next = left.next();
            continue;
        }
        match parts.recv_timeout(Duration::from_millis(200)) {
            Ok(part) => whole.push_str(&part),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                assert!(Instant::now() < deadline, "no {next:?} in:\n{whole}");
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    assert_eq!(next, None, "this was not asked; the screen:\n{whole}");
    let code = child.wait().expect("it ends").code();
    Ended { code, output: whole.replace('\r', ""), said: String::new() }
}
