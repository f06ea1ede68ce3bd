//! Reads a secret from the terminal without showing it.
//!
//! Rule: the terminal shows nothing from before the prompt on, because a person or a program may
//! type as soon as the prompt is there.

use std::fs::File;
use std::io;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Asks, and reads one line.
pub fn ask(prompt: String) -> io::Result<String> {
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let _hidden = Hidden::begin(&terminal)?;
    rpassword::prompt_password(prompt)
}

/// While it lives, the terminal shows nothing that is typed.
struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(terminal: &'a File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Now, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // A terminal that is gone shows nothing either.
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
