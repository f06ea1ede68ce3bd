//! A process and all that it starts, ended together.
//!
//! Rule: the group is killed when its value is dropped; and should this program itself be killed, the process that it
//! started gets the same signal, where the machine can do that.

use std::path::Path;
use std::process::{Output, Stdio};

use anyhow::Context;
use tokio::process::{Child, Command};

/// Passes this program's death on to its child; part of Debian's and most others' base system, on Linux only.
const PASS_DEATH_ON: &str = "/usr/bin/setpriv";

/// A running process group.
#[derive(Debug)]
pub struct Group {
    child: Child,
    leader: u32,
}

/// A program to be started as a group of its own, so that Ctrl-C in a terminal reaches only this program, which then
/// ends the group in order.
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
    /// Starts it.
    pub fn start(mut command: Command) -> anyhow::Result<Self> {
        let child = command.spawn().context("a program could not be started")?;
        let leader = child.id().context("a program ended at once")?;
        Ok(Self { child, leader })
    }

    /// Waits for its end, and gives what it printed.
    pub async fn output(mut self) -> anyhow::Result<Output> {
        let (stdout, stderr) =
            tokio::join!(read(self.child.stdout.take()), read(self.child.stderr.take()));
        let status = self.child.wait().await?;
        Ok(Output { status, stdout: stdout?, stderr: stderr? })
    }

    /// Waits for its end.
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
    /// A signal to a group takes a system call that only `unsafe` code reaches, so the shell sends it.
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
