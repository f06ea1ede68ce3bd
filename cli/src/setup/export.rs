//! `bridge setup --export-terraform`: writes what setup made as Terraform.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use genesys_admin::{Decision, Resource, SetupRun};

use super::arguments::ApplyArguments;
use super::open;
use crate::failure;
use crate::output;

impl ApplyArguments {
    /// Reads the organisation, and writes the files into a folder. Changes nothing else.
    pub async fn export(&self, folder: &Path) -> anyhow::Result<()> {
        let target = self.given.target.open().await?;
        let path = self.given.target.record(&self.name);
        let configured = target.read(&self.name).await?;
        let mut wanted = self.wanted(&target, configured.as_ref())?;
        let (organization, mut record) =
            open(&self.hosts, self.administrator.clone(), path).await?;
        wanted.assign_queues(&mut record).map_err(failure::misconfigured)?;
        let run = SetupRun::begin(&organization, &wanted, record, configured).await?;
        refuse_unfinished(&run)?;
        let terraform = run.terraform();
        let first = folder.join("genesys.tf");
        if first.exists() {
            return Err(failure::misconfigured(anyhow!(
                "{} exists, and is left as it is: give another folder, or move it away",
                first.display()
            )));
        }
        for (name, text) in &terraform.files {
            let file = folder.join(name);
            let parent = file.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&file, text))
                .with_context(|| format!("write {}", file.display()))?;
            output::line(format_args!("written: {}", file.display()));
        }
        for what in terraform.left_out {
            output::line(format_args!(
                "not in it: {what}; Genesys' provider has no resource for that, and it stays as setup made it"
            ));
        }
        Ok(())
    }
}

/// Only what is as the arguments say can be described by them.
fn refuse_unfinished(run: &SetupRun<'_>) -> anyhow::Result<()> {
    let differing = Resource::ALL.into_iter().filter_map(|resource| {
        let differs = match run.decide(resource, &[]) {
            Decision::Exists(_) | Decision::Unwanted => return None,
            // The timeline has no resource, and the secret is not written.
            Decision::NeedsYes(..) => return None,
            Decision::Create(_) => "is missing".to_owned(),
            Decision::Change(what) | Decision::Blocked(what) => what,
        };
        Some(format!("the {}: {differs}", resource.word()))
    });
    let differing: Vec<String> = differing.collect();
    if differing.is_empty() {
        return Ok(());
    }
    Err(failure::misconfigured(anyhow!(
        "nothing was written: the organisation is not as these arguments say ({}). Give the arguments of the set-up, or run it first without --export-terraform",
        differing.join("; ")
    )))
}
