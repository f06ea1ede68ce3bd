//! A measured process: starts it with Lambda's environment, observes it through `/proc`, and ends
//! it when dropped.

use std::fs::File;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::function::Program;
use crate::machine::{kilobytes, line};
use crate::runtime_api::RuntimeApi;

/// The destination of the process's standard output.
#[derive(Debug)]
pub enum Log {
    Dropped,
    Kept(File),
}

/// A running process that is ready for events.
#[derive(Debug)]
pub struct Process {
    pub lambda: RuntimeApi,
    /// From before the start to the first request for an event.
    pub start: Duration,
    child: Child,
}

impl Process {
    /// Starts a program and waits until it is ready.
    pub fn start(program: &Program, fake: SocketAddr, log: Log) -> Result<Self> {
        let lambda = RuntimeApi::serve()?;
        let mut command = Command::new(&program.command[0]);
        command.args(&program.command[1..]).env_clear().envs(environment(lambda.address, fake));
        command.envs(crate::fake::variables(fake)).envs(program.variables.iter().cloned());
        command.stdin(Stdio::null()).stdout(match log {
            Log::Dropped => Stdio::null(),
            Log::Kept(file) => file.into(),
        });
        let began = Instant::now();
        let child = command.spawn().with_context(|| format!("start {}", program.name))?;
        // From here on, dropping `process` ends the child.
        let mut process = Self { lambda, child, start: Duration::ZERO };
        let ready = process.lambda.ready().with_context(|| program.name.clone())?;
        process.start = ready.duration_since(began);
        Ok(process)
    }

    /// Processor time, user and system, of all its living threads.
    pub fn processor_time(&self) -> Result<Duration> {
        let mut time = Duration::ZERO;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let on_processor = text.split(' ').next().context("schedstat")?;
            time += Duration::from_nanos(on_processor.parse()?);
        }
        Ok(time)
    }

    /// The peak of its memory, in bytes.
    pub fn peak_memory(&self) -> Result<u64> {
        let text = line(&format!("/proc/{}/status", self.child.id()), "VmHWM").context("VmHWM")?;
        Ok(kilobytes(&text).context("VmHWM")? * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn environment(lambda: SocketAddr, fake: SocketAddr) -> Vec<(&'static str, String)> {
    let set = |name, value: &str| (name, value.to_owned());
    vec![
        set("AWS_LAMBDA_RUNTIME_API", &lambda.to_string()),
        set("AWS_ENDPOINT_URL", &format!("http://{fake}")),
        set("AWS_LAMBDA_FUNCTION_NAME", "measured"),
        set("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        set("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        set("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        set("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/measured"),
        set("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/22/[$LATEST]0123456789abcdef"),
        set("AWS_REGION", "us-east-1"),
        set("AWS_DEFAULT_REGION", "us-east-1"),
        set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        set("AWS_SESSION_TOKEN", "token"),
        set("LANG", "en_US.UTF-8"),
        set("PATH", "/usr/local/bin:/usr/bin:/bin"),
        set("TZ", ":UTC"),
        set("_HANDLER", "bootstrap"),
    ]
}
