//! Runs the program at a terminal, and answers its questions as they come: by `script` of
//! util-linux, which gives it a terminal of its own.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::Ended;
use crate::harness::SOON;
use crate::process::PROGRAM;

/// The reaction to a text that is shown.
enum Then {
    Type(String),
    Do(Box<dyn FnOnce() + Send>),
}

/// Runs the program; for each question, the text that it shows and the answer.
pub async fn dialogue(
    arguments: &[&str],
    environment: &[(String, String)],
    answers: &[(&str, &str)],
) -> Ended {
    let own = |(question, answer): &(&str, &str)| {
        ((*question).to_owned(), Then::Type((*answer).to_owned()))
    };
    at_a_terminal(arguments, environment, answers.iter().map(own).collect()).await
}

/// Runs the program, and does something as soon as it shows a text.
pub async fn when_shown(
    arguments: &[&str],
    environment: &[(String, String)],
    text: &str,
    then: impl FnOnce() + Send + 'static,
) -> Ended {
    at_a_terminal(arguments, environment, vec![(text.to_owned(), Then::Do(Box::new(then)))]).await
}

async fn at_a_terminal(
    arguments: &[&str],
    environment: &[(String, String)],
    reactions: Vec<(String, Then)>,
) -> Ended {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let words = [PROGRAM].into_iter().chain(arguments.iter().copied());
    let line = words.map(quoted).collect::<Vec<_>>().join(" ");
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--flush", "--command", &line, "/dev/null"]);
    for name in ["GENESYS_ADMIN_CLIENT_ID", "GENESYS_ADMIN_CLIENT_SECRET", "NO_COLOR", "RUST_LOG"] {
        command.env_remove(name);
    }
    command.env("TERM", "xterm").envs(environment.iter().cloned());
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    tokio::task::spawn_blocking(move || talk(command, reactions)).await.expect("no panic")
}

fn talk(mut command: Command, reactions: Vec<(String, Then)>) -> Ended {
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
    let mut left = reactions.into_iter();
    let mut next = left.next();
    let deadline = Instant::now() + 2 * SOON;
    loop {
        let shown = |(text, _): &(String, Then)| {
            let place = whole.get(seen..).and_then(|rest| rest.find(text.as_str()))?;
            Some(seen + place + text.len())
        };
        if let Some(end) = next.as_ref().and_then(shown) {
            seen = end;
            match next.take() {
                Some((_, Then::Type(answer))) => writeln!(input, "{answer}").expect("it listens"),
                Some((_, Then::Do(then))) => then(),
                None => {}
            }
            next = left.next();
            continue;
        }
        match parts.recv_timeout(Duration::from_millis(200)) {
            Ok(part) => whole.push_str(&part),
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                let awaited = next.as_ref().map(|(text, _)| text);
                assert!(Instant::now() < deadline, "no {awaited:?} in:\n{whole}");
            }
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
        }
    }
    let missing = next.map(|(text, _)| text);
    assert_eq!(missing, None, "this was not shown; the screen:\n{whole}");
    let code = child.wait().expect("it ends").code();
    Ended { code, output: whole.replace('\r', ""), said: String::new() }
}
