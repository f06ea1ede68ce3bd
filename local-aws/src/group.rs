//! Runs a process with all its children, and ends them together.
//!
//! Rule: the group is killed when its value is dropped. If this program itself is killed, the
//! process that it started is killed too, if the machine has `setpriv`.

use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::Context;
use tokio::process::{Child, Command};

/// Passes the death of this program on to its child. Part of the base system of Debian and most
/// others, on Linux only.
const PASS_DEATH_ON: &str = "/usr/bin/setpriv";

#[derive(Debug)]
pub struct Group {
    child: Child,
    leader: u32,
}

/// A program that starts as its own process group. Ctrl-C in a terminal then reaches only this
/// program, which ends the group in order.
pub fn command(program: &Path) -> Command {
    let mut command = if Path::new(PASS_DEATH_ON).is_file() {
        let mut command = Command::new(PASS_DEATH_ON);
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.stdin(Stdio::null()).process_group(0);
    command
}

impl Group {
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let child = command.spawn().context("a program could not be started")?;
        let leader = child.id().context("a program ended at once")?;
        Ok(Self { child, leader })
    }

    /// Waits for its end and returns its output.
    pub async fn output(mut self) -> anyhow::Result<Output> {
        let (stdout, stderr) =
            tokio::join!(read(self.child.stdout.take()), read(self.child.stderr.take()));
        let status = self.child.wait().await?;
        Ok(Output { status, stdout: stdout?, stderr: stderr? })
    }

    pub async fn wait(&mut self) -> anyhow::Result<std::process::ExitStatus> {
        Ok(self.child.wait().await?)
    }
}

async fn read(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    if let Some(mut stream) = stream {
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut read).await?;
    }
    Ok(read)
}

impl Drop for Group {
    /// Only `unsafe` code can call the kernel to signal a group, so the shell sends the signal.
    fn drop(&mut self) {
        let kill = format!("kill -KILL -{}", self.leader);
        let _ = std::process::Command::new("/bin/sh")
            .args(["-c", &kill])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}
