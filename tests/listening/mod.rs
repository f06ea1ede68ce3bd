//! Reads from the output of a started `bridge serve` the address on which it listens, for tests and
//! programs that start it.

use std::io::{BufRead as _, BufReader};
use std::process::ChildStdout;

use tokio::sync::oneshot;

/// Returns the address once the program has printed it, or an error when the program ends first.
/// The thread reads the output to its end, since a full pipe would block the program.
pub fn listening(output: ChildStdout) -> oneshot::Receiver<String> {
    let (sender, address) = oneshot::channel();
    std::thread::spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix("listening on ")
                && let Some(sender) = sender.take()
            {
                // The receiver may be gone; ignore it.
                let _ = sender.send(url.to_owned());
            }
        }
    });
    address
}
