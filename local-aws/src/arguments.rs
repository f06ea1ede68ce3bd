//! What the program is started with.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Runs the template of this folder on an AWS emulator, behind an HTTP listener on 127.0.0.1.
#[derive(Debug, Parser)]
#[command(name = "local-aws", version)]
pub struct Arguments {
    /// The configuration to store, as for `bridge serve`; without it no integration is configured.
    #[arg(long)]
    pub config: Option<PathBuf>,
    /// The port of the HTTP listener; 0 takes a free one.
    #[arg(long, default_value_t = 8788)]
    pub port: u16,
    /// The port of the emulator; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    pub emulator_port: u16,
    /// The address of the emulator. Containers cannot reach the default.
    #[arg(long, default_value = "127.0.0.1")]
    pub emulator_host: IpAddr,
    /// How the functions are compiled.
    #[arg(long, default_value = "debug")]
    pub build_mode: BuildMode,
    /// The name of the stack.
    #[arg(long, default_value = "bridge")]
    pub stack: String,
    /// A file that says, once everything is up, where it is.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// A file for the emulator's own log; without it the log is gone at the end.
    #[arg(long)]
    pub emulator_log: Option<PathBuf>,
    /// The folder of the template and the tools.
    #[arg(long, default_value = ".")]
    pub directory: PathBuf,
    /// Do not compile: deploy what the last build left.
    #[arg(long)]
    pub skip_build: bool,
}

/// How the functions are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BuildMode {
    /// Quickly.
    Debug,
    /// As for AWS.
    Release,
}

impl BuildMode {
    /// What SAM calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}
