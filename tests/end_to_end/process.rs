//! The program as a child process: started, watched, killed.
//!
//! Rule: the process ends with its test, even if the test fails.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::listening::listening;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_bridge");
/// The variable that names the program of another version, for `tools/make-fixture`.
const OTHER: &str = "BRIDGE_PROGRAM";

/// The longest time until the program is ready, or has ended.
const PATIENCE: Duration = Duration::from_secs(30);

/// Mounts the file system in a file. Like those of servers, it becomes read-only when its disk
/// fails.
const MOUNT: &str = r#"mount -o loop,errors=remount-ro "$1" "$2""#;

/// The program to test, or the one of another version whose traces are to be kept.
pub fn program() -> String {
    variable(OTHER).unwrap_or_else(|| PROGRAM.to_owned())
}

#[expect(clippy::disallowed_methods, reason = "the tests stand outside the bridge")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

pub struct Process {
    /// `None` for a program that runs elsewhere.
    child: Option<Child>,
    ready: Option<oneshot::Receiver<String>>,
    log: PathBuf,
}

impl Process {
    /// Runs the program; its standard error is appended to the file `log`.
    pub fn spawn(arguments: &[&str], log: &Path, environment: &[(String, String)]) -> Self {
        let mut command = Command::new(program());
        command.args(arguments).env_remove("RUST_LOG").envs(environment.iter().cloned());
        Self::run(command, log)
    }

    /// Runs the program in a shell with umask 000, which removes no permissions.
    pub fn spawn_unmasked(arguments: &[&str], log: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", "umask 000; exec \"$0\" \"$@\"", PROGRAM]).args(arguments);
        Self::run(command, log)
    }

    /// Runs the program with a limit on the size of each file that it writes, in blocks of 512
    /// bytes: like a full disk.
    pub fn spawn_limited(arguments: &[&str], log: &Path, blocks: u32) -> Self {
        let mut command = Command::new("sh");
        // The signal would kill the program; without the signal the write fails.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, PROGRAM]).args(arguments);
        Self::run(command, log)
    }

    /// Runs the program with a limit of open files.
    pub fn spawn_with_files(arguments: &[&str], log: &Path, files: u32) -> Self {
        let mut command = Command::new("sh");
        let script = format!("ulimit -n {files}; exec \"$0\" \"$@\"");
        command.args(["-c", &script, PROGRAM]).args(arguments);
        Self::run(command, log)
    }

    /// Runs the program with a separate disk of 4 MB at `directory`, which disappears with the
    /// program; on request it is full from the start.
    pub fn spawn_on_small_disk(
        arguments: &[&str],
        log: &Path,
        directory: &Path,
        full: bool,
    ) -> Self {
        let mut command = Command::new("unshare");
        let fill = if full { r#"head -c 9m /dev/zero >"$1/fill" 2>/dev/null;"# } else { "" };
        let script = format!(
            r#"mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" && {fill} shift && exec "$0" "$@""#
        );
        command.args(["--map-root-user", "--mount", "sh", "-c", &script, PROGRAM]);
        command.arg(directory).args(arguments);
        Self::run(command, log)
    }

    /// Whether this user may mount a separate disk.
    pub fn may_have_a_disk(directory: &Path) -> bool {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs"]);
        command.arg(directory).output().is_ok_and(|output| output.status.success())
    }

    /// Runs the program with the ext4 file system in the file `image` at `directory`; it is
    /// unmounted when the program ends.
    pub fn spawn_on_image(arguments: &[&str], log: &Path, directory: &Path, image: &Path) -> Self {
        let mut command = Command::new("unshare");
        let script = format!(r#"{MOUNT} && shift 2 && exec "$0" "$@""#);
        command.args(["--mount", "sh", "-c", &script, PROGRAM]);
        command.arg(image).arg(directory).args(arguments);
        Self::run(command, log)
    }

    /// Creates such a file system, and returns whether this user may mount it and make it fail.
    pub fn may_mount_an_image(directory: &Path, image: &Path) -> bool {
        let file = File::create(image).and_then(|file| file.set_len(16 << 20));
        let made = Command::new("mkfs.ext4").arg("-q").arg(image).output();
        let switch =
            r#"test -w "/sys/fs/ext4/$(basename "$(findmnt -no SOURCE "$2")")/trigger_fs_error""#;
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &format!("{MOUNT} && {switch}"), "sh"]);
        let mounted = command.arg(image).arg(directory).output();
        let well = |output: std::io::Result<std::process::Output>| {
            output.is_ok_and(|output| output.status.success())
        };
        let possible = file.is_ok() && well(made) && well(mounted);
        if !possible {
            // The file may not exist; ignore errors.
            let _ = std::fs::remove_file(image);
        }
        possible
    }

    /// The name of the device mounted at a path, as the program sees it.
    pub fn device_of(&mut self, path: &Path) -> String {
        let mounts = format!("/proc/{}/mounts", self.child().id());
        let mounts = std::fs::read_to_string(mounts).expect("it runs");
        let is_there = |line: &&str| line.split(' ').nth(1).map(Path::new) == Some(path);
        let line = mounts.lines().find(is_there).expect("it is mounted");
        let device = line.split(' ').next().unwrap_or_default();
        device.trim_start_matches("/dev/").to_owned()
    }

    /// The program's view of a path, as a path that the test can open.
    pub fn seen_by_it(&mut self, path: &Path) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.child().id()));
        root.join(path.strip_prefix("/").expect("an absolute path"))
    }

    fn run(mut command: Command, log: &Path) -> Self {
        let mut child = command
            // A backtrace must not show secrets even if the user asks for one.
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(append(log))
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("its output is piped");
        Self { child: Some(child), ready: Some(listening(output)), log: log.to_owned() }
    }

    /// A program that runs elsewhere, which the test neither starts nor ends; its log is this file.
    pub fn elsewhere(log: &Path) -> Self {
        Self { child: None, ready: None, log: log.to_owned() }
    }

    fn child(&mut self) -> &mut Child {
        self.child.as_mut().expect("this test is about the program on one machine")
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.as_ref().expect("this test is about the program on one machine").id()
    }

    /// Waits until the program listens, and returns its address.
    pub async fn address(&mut self) -> String {
        let ready = self.ready.take().expect("asked once");
        match timeout(PATIENCE, ready).await {
            Ok(Ok(url)) => url,
            _ => panic!("the program did not become ready:\n{}", self.log()),
        }
    }

    /// `kill -9`: the program cannot finish anything.
    pub fn kill(&mut self) {
        // The program may have ended already; ignore errors.
        let _ = self.child().kill();
        let _ = self.child().wait();
    }

    /// The peak of its memory until now, in bytes.
    pub fn peak_memory(&self) -> usize {
        let child = self.child.as_ref().expect("this test is about the program on one machine");
        let path = format!("/proc/{}/status", child.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
        let kibibytes: usize = line.trim().trim_end_matches(" kB").parse().expect("a number");
        kibibytes * 1024
    }

    /// Its open files by path, and its connections.
    pub fn open_files(&self) -> Vec<PathBuf> {
        let child = self.child.as_ref().expect("this test is about the program on one machine");
        let open = std::fs::read_dir(format!("/proc/{}/fd", child.id())).expect("it runs");
        // Some files close while the loop runs; skip them.
        open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok()).collect()
    }

    /// Sends SIGTERM; does not wait.
    pub fn terminate(&mut self) {
        let status = Command::new("kill")
            .args(["-TERM", &self.child().id().to_string()])
            .status()
            .expect("kill runs");
        assert!(status.success(), "the program had ended already");
    }

    /// Waits until the program ends.
    pub async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child().try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.log());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// The standard error of the program and its predecessors; of a deployed stack, the output of
    /// its functions.
    pub fn log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let said = |line: &&str| self.child.is_some() || !line.starts_with("local-aws: ");
        log.lines().filter(said).map(|line| format!("{line}\n")).collect()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

/// A command that prints what it serves, and then runs until Ctrl-C.
pub struct Interactive {
    child: Child,
    /// Everything that it printed before it served.
    pub printed: Vec<String>,
}

impl Interactive {
    /// Starts it and waits until it serves.
    pub fn start(command: &mut Command) -> Self {
        command.env_remove("RUST_LOG").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut printed = Vec::new();
        for line in lines.by_ref() {
            printed.push(line.expect("UTF-8"));
            if printed.last().is_some_and(|line| line.contains("Ctrl-C")) {
                break;
            }
        }
        // Reads the rest of the output; otherwise the program would find a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, printed }
    }

    /// Ends the program, and returns its exit code.
    pub fn end(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Interactive {
    fn drop(&mut self) {
        // The program may have ended already; ignore errors.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn append(log: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(log).expect("a log file")
}
