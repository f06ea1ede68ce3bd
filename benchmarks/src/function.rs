//! The programs that are measured, and how large they are as they are deployed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A program that speaks to Lambda.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it is called in the tables.
    pub name: String,
    /// The command that starts it.
    pub command: Vec<String>,
    /// What it needs besides the variables of the bridge.
    pub variables: Vec<(&'static str, String)>,
    /// What is deployed of it.
    pub deployed: PathBuf,
}

impl Program {
    /// A function of the bridge as `sam build` made it; `resource` is its name in the template.
    pub fn of_the_bridge(build: &Path, name: &str, resource: &str) -> Result<Self> {
        let deployed = build.join(resource).join("bootstrap");
        ensure!(deployed.is_file(), "{} is not there: make release builds it", deployed.display());
        let command = vec![absolute(&deployed)?];
        Ok(Self { name: name.to_owned(), command, variables: Vec::new(), deployed })
    }

    /// The function in Node, with its dependencies in one bundle.
    pub fn in_node(installed: &Path) -> Result<Self> {
        let folder = installed.join("node");
        let deployed = folder.join("bundle/index.js");
        let node = which("node")?;
        let command = vec![node, absolute(&folder.join("runtime.js"))?, absolute(&deployed)?];
        let name = "the same in Node 20".to_owned();
        // The SDK announces at every start which Node its next year's versions want.
        let variables = vec![("NODE_NO_WARNINGS", "1".to_owned())];
        Ok(Self { name, command, variables, deployed })
    }

    /// The function in Python; boto3 is part of Lambda's own runtime and not deployed.
    pub fn in_python(installed: &Path) -> Result<Self> {
        let folder = installed.join("python/function");
        // Not resolved further: a virtual environment is known by the path of its interpreter.
        let python = std::path::absolute(installed.join("python/bin/python"))?;
        let python = python.to_string_lossy().into_owned();
        let arguments = ["-m", "awslambdaric", "handler.handle"].map(str::to_owned);
        let command = [python].into_iter().chain(arguments).collect();
        let variables = vec![("PYTHONPATH", absolute(&folder)?)];
        let name = "the same in Python 3.11".to_owned();
        Ok(Self { name, command, variables, deployed: folder.join("handler.py") })
    }

    /// The size of what is deployed, in bytes.
    pub fn size(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.deployed)?.len())
    }

    /// Its size zipped by Python's own zipfile, which `sam deploy` uses too.
    pub fn zipped(&self) -> Result<u64> {
        let archive = std::env::temp_dir().join(format!("benchmarks-{}.zip", std::process::id()));
        let mut zip = Command::new("python3");
        let zip = zip.args(["-m", "zipfile", "-c"]).arg(&archive).arg(&self.deployed);
        let status = zip.status().context("python3 is needed to zip")?;
        ensure!(status.success(), "{} could not be zipped", self.deployed.display());
        let size = std::fs::metadata(&archive)?.len();
        std::fs::remove_file(&archive)?;
        Ok(size)
    }
}

fn absolute(path: &Path) -> Result<String> {
    let path = path.canonicalize().with_context(|| format!("{}", path.display()))?;
    Ok(path.to_string_lossy().into_owned())
}

fn which(program: &str) -> Result<String> {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output()?;
    ensure!(found.status.success(), "{program} is not installed");
    absolute(Path::new(String::from_utf8(found.stdout)?.trim()))
}
