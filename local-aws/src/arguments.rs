//! The command line arguments. The comments here are the text of `--help`.

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
    /// The build profile of the functions.
    #[arg(long, default_value = "debug")]
    pub build_mode: BuildMode,
    /// The name of the stack.
    #[arg(long, default_value = "bridge")]
    pub stack: String,
    /// A file that receives the addresses and the stack's outputs once everything is up.
    #[arg(long)]
    pub state: Option<PathBuf>,
    /// A file for the emulator's own log; without it the log is deleted at the end.
    #[arg(long)]
    pub emulator_log: Option<PathBuf>,
    /// The folder of the template and the tools.
    #[arg(long, default_value = ".")]
    pub directory: PathBuf,
    /// A file that receives each span of the functions' traces as a line of JSON.
    #[arg(long)]
    pub traces: Option<PathBuf>,
    /// Do not compile: deploy the result of the last build.
    #[arg(long)]
    pub skip_build: bool,
    /// A template whose functions are built already, such as that of a release.
    #[arg(long)]
    pub template: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BuildMode {
    /// Compiles quickly.
    Debug,
    /// Compiles as for AWS.
    Release,
}

impl BuildMode {
    /// The name in SAM.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}
