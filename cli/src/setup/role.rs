//! `bridge setup --minimum-role`: the role that the administrator's OAuth client needs.

use anyhow::anyhow;
use genesys_admin::organization::{Kind, Organization, administrator_role};

use super::arguments::Given;
use super::asker::Asker;
use super::log_in;
use crate::administrator::Environment;
use crate::failure;
use crate::output;

/// The name of the role without --label.
const NAME: &str = "lynn-bridge-administrator";
/// Tells the role from another one with its name.
const MARK: &str =
    "Made by bridge setup --minimum-role: what the administrator of the bridge needs.";

/// Prints the role, or makes it.
pub async fn run(mut given: Given, environment: Environment) -> anyhow::Result<()> {
    let name = given.label.clone().unwrap_or_else(|| NAME.to_owned());
    let role = administrator_role(&name, MARK, &given.parts());
    if !given.create_role {
        output::line(format_args!("{role:#}"));
        return Ok(());
    }
    let mut asker = Asker::new(environment);
    given.ask_for_domain(&mut asker, None)?;
    let administrator = asker.administrator()?;
    asker.end()?;
    let (Some(hosts), Some(administrator)) = (given.hosts.complete(), administrator) else {
        return Err(anyhow!("an answer is missing; run this again"));
    };
    let organization = log_in(&hosts, administrator).await?;
    make(&organization, &name, role).await
}

async fn make(
    organization: &Organization,
    name: &str,
    role: serde_json::Value,
) -> anyhow::Result<()> {
    let roles = organization.all(Kind::Role).await?;
    let done = match roles.iter().find(|known| known.is_named(name)) {
        None => {
            organization.post(Kind::Role.path(), role).await?;
            "created"
        }
        Some(known) if known.text("/description") == MARK => {
            organization.put(&Kind::Role.one(known.id()), role).await?;
            "changed"
        }
        Some(_) => {
            return Err(failure::misconfigured(anyhow!(
                "nothing was changed: there is a role {name} that bridge setup did not create; choose another name with --label"
            )));
        }
    };
    output::line(format_args!("role {name}: {done}"));
    output::line(
        "Now give it to the administrator's OAuth client: Admin > Integrations > OAuth > the client > Roles.",
    );
    Ok(())
}
