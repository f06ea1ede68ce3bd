//! The arguments of a set-up, and what they result in.

use std::path::PathBuf;

use anyhow::anyhow;
use genesys_admin::organization::{Administrator, Domain, Hosts, Part};
use genesys_admin::{Branch, EventBridge, USUAL_MEDIA, Wanted};
use serde_json::Value;
use shared::config::BaseUrl;
use shared::ids::IntegrationName;

use super::lynn;
use super::target::{self, Target};
use crate::failure;

/// The headings of the help, below what every set-up needs.
const GENESYS: &str = "Genesys Cloud";
const EVENTS: &str = "Events of agents and ends";
const INSTEAD: &str = "Instead of a set-up";

/// The arguments of a set-up, with everything that it needs.
pub struct ApplyArguments {
    pub hosts: Hosts,
    pub name: IntegrationName,
    pub administrator: Administrator,
    pub given: Given,
}

/// The arguments as they are typed: what is missing may be asked for.
#[derive(Debug, clap::Args)]
pub struct Given {
    #[command(flatten)]
    pub hosts: HostArguments,
    /// The integration's name: the last part of its URLs.
    #[arg(long, value_parser = integration_name)]
    pub name: Option<IntegrationName>,
    #[command(flatten)]
    pub target: target::Arguments,
    /// The name of the objects in Genesys Cloud; without it, lynn-NAME.
    #[arg(long, help_heading = GENESYS)]
    pub label: Option<String>,
    /// The address that Genesys Cloud posts to: https://{your host}/genesys/{name}. For a stack it
    /// is read from the stack.
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// The queue in which customers wait; with --queue-by, those that no other queue gets.
    #[arg(long)]
    pub queue: Option<String>,
    /// Transfers a conversation to another queue by an attribute that Lynn sends:
    /// ATTRIBUTE:VALUE=QUEUE if the attribute has this value, in upper or lower case;
    /// ATTRIBUTE=QUEUE if it has any value but false. Takes several, and may be given several
    /// times; the first that fits decides, and if none fits, --queue.
    #[arg(long, value_name = "ATTRIBUTE=QUEUE", num_args = 1.., conflicts_with = "use_flow", help_heading = GENESYS)]
    queue_by: Vec<Branch>,
    /// Creates the queues if there are none with their names.
    #[arg(long)]
    pub create_queue: bool,
    /// Routes to an existing flow with the label's name that setup did not create, and does not
    /// change it.
    #[arg(long, help_heading = GENESYS)]
    use_flow: bool,
    /// How long an ended conversation can be resumed: 0 to 72; without it the organisation's
    /// threading timeline stays.
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(0..=72), help_heading = GENESYS)]
    window: Option<u64>,
    /// Changes the threading timeline, which holds for every Open Messaging integration of the
    /// organisation.
    #[arg(long, help_heading = GENESYS)]
    pub change_threading_timeline: bool,
    /// Replaces secrets that the configuration does not contain.
    #[arg(long, help_heading = GENESYS)]
    pub renew_secrets: bool,
    /// The external source by whose ids Genesys Cloud recognises contacts; it is created if there
    /// is none with its name.
    #[arg(long, value_name = "NAME", help_heading = GENESYS)]
    identity_source: Option<String>,
    /// A media type that is allowed, such as image/*; may be given several times.
    #[arg(long, value_name = "TYPE", default_values = USUAL_MEDIA, help_heading = GENESYS)]
    media: Vec<String>,
    #[command(flatten)]
    pub lynn: lynn::Arguments,
    /// The AWS account that gets events over EventBridge, twelve digits.
    #[arg(long, value_name = "ACCOUNT", requires = "event_region", value_parser = account, help_heading = EVENTS)]
    event_account: Option<String>,
    /// The AWS region of that account's event bus.
    #[arg(long, value_name = "REGION", requires = "event_account", help_heading = EVENTS)]
    event_region: Option<String>,
    /// The end of the event source's name; without it, lynn-NAME.
    #[arg(long, value_name = "SUFFIX", requires = "event_account", help_heading = EVENTS)]
    event_suffix: Option<String>,
    /// Lets workflows of Genesys Cloud post events to the bridge, without AWS. May be used together
    /// with EventBridge.
    #[arg(long, help_heading = EVENTS)]
    events_by_workflow: bool,
    /// Skips the confirmation. A change that needs its own confirmation is still skipped, unless
    /// its option is given.
    #[arg(long)]
    pub yes: bool,
    /// Shows the plan and changes nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Removes what setup created, in reverse order, and keeps everything else.
    #[arg(long)]
    pub remove: bool,
    /// Prints the role that the administrator's OAuth client needs, as JSON for the API, and
    /// changes nothing. It allows the parts that the other options ask for: events, and the
    /// external source.
    #[arg(long, conflicts_with_all = ["remove", "export_terraform"], help_heading = INSTEAD)]
    pub minimum_role: bool,
    /// With --minimum-role: creates the role in Genesys Cloud, or gives it these permissions again.
    #[arg(long, requires = "minimum_role", help_heading = INSTEAD)]
    pub create_role: bool,
    /// Writes what setup created into a folder, for Genesys' own Terraform provider and without a
    /// secret. Takes the arguments of the set-up, and changes nothing.
    #[arg(long, value_name = "FOLDER", conflicts_with = "remove", help_heading = INSTEAD)]
    pub export_terraform: Option<PathBuf>,
}

impl Given {
    /// Completes the arguments from the running `bridge local`, if one runs and they name no place
    /// for the configuration. Given values stay.
    pub fn take_running(&mut self) -> anyhow::Result<()> {
        let Some(running) = self.target.or_running()? else { return Ok(()) };
        if let Some(genesys) = &running.genesys {
            let base = || BaseUrl::parse_base(genesys).map_err(|problem| anyhow!(problem));
            let HostArguments { domain, api_base_url, login_base_url } = &mut self.hosts;
            *domain = Some(domain.take().map_or_else(|| SIMULATED.parse(), Ok)?);
            *api_base_url = Some(api_base_url.take().map_or_else(base, Ok)?);
            *login_base_url = Some(login_base_url.take().map_or_else(base, Ok)?);
        }
        if let Some(name) = &self.name {
            let webhook_url = format!("{}/genesys/{name}", running.bridge);
            self.webhook_url.get_or_insert(webhook_url);
        }
        if let Some(url) = &running.lynn {
            self.lynn.or_webhook_url(url);
        }
        Ok(())
    }

    /// The parts of a set-up that are asked for and that need permissions of their own.
    pub fn parts(&self) -> Vec<Part> {
        let asked = [
            (self.event_account.is_some() || self.events_by_workflow, Part::Events),
            (self.events_by_workflow, Part::Workflows),
            (self.identity_source.is_some(), Part::Identity),
        ];
        asked.into_iter().filter_map(|(asked, part)| asked.then_some(part)).collect()
    }
}

/// The domain of a simulated Genesys Cloud, which only looks like one.
const SIMULATED: &str = "mypurecloud.com";

pub fn integration_name(text: &str) -> anyhow::Result<IntegrationName> {
    if IntegrationName::is_valid(text) {
        return Ok(IntegrationName::new(text));
    }
    Err(anyhow!("a name has 1 to 64 of A-Z a-z 0-9 - _"))
}

fn account(text: &str) -> anyhow::Result<String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err(anyhow!("an AWS account has twelve digits"))
}

/// The arguments that name a region and its hosts.
#[derive(Clone, Debug, clap::Args)]
pub struct HostArguments {
    /// The region's domain, such as mypurecloud.com or euc2.pure.cloud; needed unless the running
    /// `bridge local` is used.
    #[arg(long, value_name = "DOMAIN")]
    pub domain: Option<Domain>,
    /// Used instead of the host api.DOMAIN.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse_base, help_heading = GENESYS)]
    pub api_base_url: Option<BaseUrl>,
    /// Used instead of the host login.DOMAIN.
    #[arg(long, value_name = "URL", value_parser = BaseUrl::parse_base, help_heading = GENESYS)]
    pub login_base_url: Option<BaseUrl>,
}

impl HostArguments {
    /// The hosts; `None` without a domain.
    pub fn complete(&self) -> Option<Hosts> {
        let Self { domain, api_base_url, login_base_url } = self.clone();
        Some(Hosts { domain: domain?, api_base_url, login_base_url })
    }
}

impl ApplyArguments {
    /// The wanted state of the organisation.
    pub fn wanted(&self, target: &Target, configured: Option<&Value>) -> anyhow::Result<Wanted> {
        let label = self.given.label.clone().unwrap_or_else(|| format!("lynn-{}", self.name));
        let events = self.given.event_account.clone().zip(self.given.event_region.clone());
        let suffix =
            self.given.event_suffix.clone().unwrap_or_else(|| format!("lynn-{}", self.name));
        let told = target.webhook_url(&self.name)?;
        let webhook_url = self.given.webhook_url.clone().or(told).unwrap_or_default();
        if !self.given.remove {
            check_webhook_url(&webhook_url, &self.name).map_err(failure::misconfigured)?;
            self.check_names().map_err(failure::misconfigured)?;
        }
        Ok(Wanted {
            name: self.name.clone(),
            label,
            webhook_url,
            queue: self.given.queue.clone().unwrap_or_default(),
            branches: self.given.queue_by.clone(),
            branch_queues: Vec::new(),
            create_queue: self.given.create_queue,
            use_flow: self.given.use_flow,
            window_minutes: self.given.window.map(|hours| hours * 60),
            media_types: self.given.media.clone(),
            disconnects: self.given.lynn.disconnects(configured),
            events: events.map(|(account, region)| EventBridge { account, region, suffix }),
            posted_events: self.given.events_by_workflow,
            identity_source: self.given.identity_source.clone(),
            is_removal: self.given.remove,
        })
    }

    /// Refuses a branch that could never decide, and a source without a name.
    fn check_names(&self) -> anyhow::Result<()> {
        for (place, branch) in self.given.queue_by.iter().enumerate() {
            let mut earlier = self.given.queue_by.iter().take(place);
            if let Some(first) = earlier.find(|earlier| earlier.has_condition_of(branch)) {
                return Err(anyhow!(
                    "--queue-by: if {branch}, the flow already transfers to {}, so it never transfers to {}; give one of them",
                    first.queue,
                    branch.queue
                ));
            }
        }
        if self.given.identity_source.as_deref().is_some_and(|name| name.trim().is_empty()) {
            return Err(anyhow!("--identity-source: give the name of an external source"));
        }
        Ok(())
    }
}

/// Genesys Cloud posts to a public https URL on port 443; a loopback host is for tests on one
/// machine.
pub fn check_webhook_url(text: &str, integration: &IntegrationName) -> anyhow::Result<()> {
    let wrong = |problem: &str| {
        let good = format!("https://{{your host}}/genesys/{integration}");
        anyhow!("--webhook-url {text:?}: {problem}; Genesys Cloud must post to {good}")
    };
    let url = BaseUrl::parse(text).map_err(wrong)?;
    let url: http::Uri = url.as_str().parse().map_err(|_| wrong("this is not a URL"))?;
    if url.scheme_str() == Some("https") && url.port_u16().is_some_and(|port| port != 443) {
        return Err(wrong("Genesys Cloud calls https on port 443 only"));
    }
    // The part before the end belongs to a proxy or a stage.
    let ends_well = url.path().ends_with(&format!("/genesys/{integration}"));
    if !ends_well || url.query().is_some() {
        return Err(wrong("the bridge would not answer there"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_url_is_https_on_port_443_or_on_this_machine() {
        let check = |url: &str| check_webhook_url(url, &IntegrationName::new("s"));
        for good in [
            "https://b.example.com/genesys/s",
            "https://b.example.com:443/stage/genesys/s",
            "http://127.0.0.1:8787/genesys/s",
        ] {
            assert!(check(good).is_ok(), "{good}");
        }
        for (bad, why) in [
            ("", "absolute URL"),
            ("http://b.example.com/genesys/s", "https://"),
            ("https://b.example.com:8443/genesys/s", "port 443 only"),
            ("https://b.example.com", "would not answer there"),
            ("https://b.example.com/genesys/s/", "would not answer there"),
            ("https://b.example.com/genesys/sales", "would not answer there"),
            ("https://b.example.com/lynn/s", "would not answer there"),
        ] {
            let error = check(bad).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains("/genesys/s"), "{bad}: {error}");
        }
    }
}
