//! Publishes the addresses of a run: prints them for people, writes them as JSON for programs.

use std::path::Path;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::arguments::Arguments;
use crate::deployment::Deployment;
use crate::emulator::Emulator;

#[derive(Debug)]
pub struct State {
    front: String,
    document: Value,
}

impl State {
    pub fn of(
        listener: &TcpListener,
        emulator: &Emulator,
        deployment: &Deployment,
        arguments: &Arguments,
    ) -> anyhow::Result<Self> {
        let front = format!("http://{}", listener.local_addr()?);
        let document = json!({
            "front": front,
            "emulator": emulator.endpoint(),
            "stack": arguments.stack,
            "outputs": deployment.outputs(),
        });
        Ok(Self { front, document })
    }

    /// Writes the file completely or not at all, and then prints that everything is up.
    pub fn publish(&self, file: Option<&Path>) -> anyhow::Result<()> {
        if let Some(file) = file {
            let unwritable = || format!("{} cannot be written", file.display());
            let half = file.with_extension("part");
            std::fs::write(&half, format!("{:#}\n", self.document)).with_context(unwritable)?;
            std::fs::rename(&half, file).with_context(unwritable)?;
        }
        println!("listening on {}", self.front);
        Ok(())
    }
}
