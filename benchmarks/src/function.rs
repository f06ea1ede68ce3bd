//! The measured programs and their deployed sizes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// A program that serves Lambda's runtime API.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name in the tables.
    pub name: String,
    pub command: Vec<String>,
    /// Variables that it needs in addition to those of the bridge.
    pub variables: Vec<(&'static str, String)>,
    /// The deployed file.
    pub deployed: PathBuf,
}

impl Program {
    /// A function of the bridge, built by `sam build`. `resource` is its name in the template.
    pub fn of_the_bridge(build: &Path, name: &str, resource: &str) -> Result<Self> {
        let deployed = build.join(resource).join("bootstrap");
        ensure!(
            deployed.is_file(),
            "{} is not there: make functions builds it",
            deployed.display()
        );
        let command = vec![absolute(&deployed)?];
        Ok(Self { name: name.to_owned(), command, variables: Vec::new(), deployed })
    }

    /// The function in Node, bundled with its dependencies.
    pub fn in_node(installed: &Path) -> Result<Self> {
        let folder = installed.join("node");
        let deployed = folder.join("bundle/index.js");
        let node = which("node")?;
        let command = vec![node, absolute(&folder.join("runtime.js"))?, absolute(&deployed)?];
        let name = "the same in Node 20".to_owned();
        // At every start the SDK warns about the Node version that next year's releases require.
        let variables = vec![("NODE_NO_WARNINGS", "1".to_owned())];
        Ok(Self { name, command, variables, deployed })
    }

    /// The function in Python. boto3 is part of Lambda's own runtime, so it is not deployed.
    pub fn in_python(installed: &Path) -> Result<Self> {
        let folder = installed.join("python/function");
        // Do not resolve the link: a virtual environment is found by the path of its interpreter.
        let python = std::path::absolute(installed.join("python/bin/python"))?;
        let python = python.to_string_lossy().into_owned();
        let arguments = ["-m", "awslambdaric", "handler.handle"].map(str::to_owned);
        let command = [python].into_iter().chain(arguments).collect();
        let variables = vec![("PYTHONPATH", absolute(&folder)?)];
        let name = "the same in Python 3.11".to_owned();
        Ok(Self { name, command, variables, deployed: folder.join("handler.py") })
    }

    /// The size of the deployed file, in bytes.
    pub fn size(&self) -> Result<u64> {
        Ok(std::fs::metadata(&self.deployed)?.len())
    }

    /// Its size when zipped by Python's zipfile, which `sam deploy` uses too.
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
