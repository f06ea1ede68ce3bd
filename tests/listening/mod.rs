//! Where a started `bridge serve` listens, as it says itself: for the tests and the programs that start one.

use std::io::{BufRead as _, BufReader};
use std::process::ChildStdout;

use tokio::sync::oneshot;

/// Gives the address once the program has said it; an error when it ends before. What it prints is read to the end, since a full
/// pipe would stop it.
pub fn listening(output: ChildStdout) -> oneshot::Receiver<String> {
    let (sender, address) = oneshot::channel();
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("listening on ")
                && let Some(sender) = sender.take()
            {
                // Nobody need be waiting.
                let _ = sender.send(url.to_owned());
            }
        }
    });
    address
}
