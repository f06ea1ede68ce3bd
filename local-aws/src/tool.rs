//! Finds and runs the external programs, first those of the checkout's own folder, then those of
//! the machine.
//!
//! Rule: no tool sees the user's AWS account, whatever the user's environment says.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::group::{Group, command};

/// The folders of `tools/install`. The Python of the first one has cargo-lambda's linker.
const FOLDERS: [&str; 3] = [".tools/cargo-lambda/bin", ".tools/sam/bin", ".tools/ministack/bin"];
/// The programs that the checkout's own folder or the machine must have.
const NEEDED: [&str; 4] = ["sam", "cargo-lambda", "ministack", "cargo"];
pub const REGION: &str = "us-east-1";

#[derive(Debug)]
pub struct Tools {
    directory: PathBuf,
    path: OsString,
}

impl Tools {
    /// Finds all programs, or returns an error that says what to do.
    pub fn find(directory: &Path) -> anyhow::Result<Self> {
        let directory = directory
            .canonicalize()
            .with_context(|| format!("there is no folder {}", directory.display()))?;
        if !directory.join("template.yaml").is_file() {
            bail!(
                "no template.yaml in {}: start it in the folder of the checkout",
                directory.display()
            );
        }
        let path = search_path(&directory)?;
        for name in NEEDED {
            if lookup(&path, name).is_none() {
                bail!("the program {name} is not installed: run tools/install");
            }
        }
        Ok(Self { directory, path })
    }

    /// The folder of the template.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command for one of the programs, in the folder of the template.
    pub fn program(&self, name: &str) -> tokio::process::Command {
        let program = lookup(&self.path, name).unwrap_or_else(|| name.into());
        let mut command = command(&program);
        command.current_dir(&self.directory).env("PATH", &self.path);
        command
    }

    /// As [`Self::program`], for calls to the emulator, with credentials that are worthless
    /// elsewhere.
    pub fn against(&self, endpoint: &str, name: &str) -> tokio::process::Command {
        let mut command = self.program(name);
        for variable in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"] {
            command.env_remove(variable);
        }
        command
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("SAM_CLI_TELEMETRY", "0");
        command
    }
}

/// Runs a program to its end and returns its output. If it fails, the output becomes the error.
pub async fn output(mut command: tokio::process::Command, doing: &str) -> anyhow::Result<String> {
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let output = Group::start(command).with_context(|| doing.to_owned())?.output().await?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        bail!("{doing}: {}\n{}", output.status, String::from_utf8_lossy(&said).trim_end());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[expect(clippy::disallowed_methods, reason = "the search path of this very program")]
fn search_path(directory: &Path) -> anyhow::Result<OsString> {
    let own = FOLDERS.iter().map(|folder| directory.join(folder));
    let machine = std::env::var("PATH").unwrap_or_default();
    let machine = std::env::split_paths(&machine).collect::<Vec<_>>();
    std::env::join_paths(own.chain(machine)).context("a folder's name holds a colon")
}

fn lookup(path: &OsString, name: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
