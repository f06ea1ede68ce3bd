//! Builds the template and deploys the stack with SAM, as for AWS.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use crate::arguments::Arguments;
use crate::emulator::Emulator;
use crate::files::Folder;
use crate::front::Routes;
use crate::outputs;
use crate::tool::{Tools, output};

/// The build folder, beside that of a plain `sam build`, so that the two builds do not overwrite
/// each other.
const BUILD: &str = ".aws-sam/local-aws";
/// The template that the build writes.
const BUILT: &str = ".aws-sam/local-aws/template.yaml";

/// The parameters deploy everything that the template can contain. The emulator creates an event
/// bus of this name although no partner offers the source, and events that match the bus's rule
/// reach the function. Limits of the emulator: events must be put on the bus with `PutEvents` under
/// a source that does not begin with `aws.`, because it drops events of `PutPartnerEvents`. When
/// the function fails at an event of a rule, the event is neither retried nor put into a
/// dead-letter queue.
const PARAMETERS: [&str; 4] = [
    "GenesysEventSource=aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000000/local",
    "MediaRelay=yes",
    "ReconcileAfterMinutes=60",
    "ThrottleAlarms=yes",
];

#[derive(Debug)]
pub struct Deployment {
    outputs: BTreeMap<String, String>,
    routes: Routes,
}

impl Deployment {
    pub async fn make(
        tools: &Tools,
        emulator: &Emulator,
        folder: &Folder,
        arguments: &Arguments,
        collector: Option<&str>,
    ) -> anyhow::Result<Self> {
        if !arguments.skip_build && arguments.template.is_none() {
            build(tools, arguments).await?;
        }
        let built = built(tools, arguments)?;
        let template = std::fs::read_to_string(&built)
            .with_context(|| format!("{} cannot be read", built.display()))?;
        let routes = Routes::read(&template).context("the routes of the template")?;
        deploy(tools, emulator, folder, arguments, &built, collector).await?;
        let outputs = outputs::read(emulator, &arguments.stack).await?;
        Ok(Self { outputs, routes })
    }

    pub fn outputs(&self) -> &BTreeMap<String, String> {
        &self.outputs
    }

    pub fn routes(&self) -> &Routes {
        &self.routes
    }

    /// The name of a function on the emulator, by its name in the template.
    pub fn function(&self, logical: &str) -> anyhow::Result<&str> {
        let Some(name) = self.outputs.get(logical) else {
            bail!("the template has no output {logical} with the function's name");
        };
        Ok(name)
    }
}

/// The template that is deployed.
fn built(tools: &Tools, arguments: &Arguments) -> anyhow::Result<PathBuf> {
    let (template, hint) = match &arguments.template {
        Some(given) => (given.clone(), "name another --template"),
        None => (tools.directory().join(BUILT), "start it without --skip-build"),
    };
    template.canonicalize().with_context(|| format!("no template {}: {hint}", template.display()))
}

async fn build(tools: &Tools, arguments: &Arguments) -> anyhow::Result<()> {
    eprintln!("local-aws: sam build ({})", arguments.build_mode.name());
    let mut command = tools.program("sam");
    command
        .args(["build", "--build-dir", BUILD])
        .env("SAM_BUILD_MODE", arguments.build_mode.name());
    command.env("AWS_DEFAULT_REGION", crate::tool::REGION).env("SAM_CLI_TELEMETRY", "0");
    output(command, "sam build").await.map(drop)
}

async fn deploy(
    tools: &Tools,
    emulator: &Emulator,
    folder: &Folder,
    arguments: &Arguments,
    template: &Path,
    collector: Option<&str>,
) -> anyhow::Result<()> {
    eprintln!("local-aws: sam deploy");
    let mut command = tools.against(emulator.endpoint(), "sam");
    // Use an empty settings file: the user's settings for AWS, such as a profile, are not meant for
    // the emulator.
    let settings = folder.join("samconfig.toml");
    std::fs::write(&settings, "version = 0.1\n")?;
    command.args(["deploy", "--stack-name", &arguments.stack, "--resolve-s3"]);
    command.args(["--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]);
    command.arg("--parameter-overrides").args(PARAMETERS);
    command.args(collector.map(|url| format!("OtlpEndpoint={url}")));
    command.arg("--config-file").arg(settings).arg("--template-file").arg(template);
    output(command, "sam deploy").await.map(drop)
}
