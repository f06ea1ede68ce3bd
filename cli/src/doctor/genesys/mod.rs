//! The checks of Genesys Cloud: with the integration's own OAuth clients, and as an administrator sees the organisation.

mod channel;
mod clients;
mod events;
mod obstacle;
mod permissions;
mod posts;
mod profile;
mod region;
mod roles;
mod routing;
mod timeline;

use shared::config::SendConfig;
use shared::error::chain;

pub use self::channel::{Channel, Ours, judge_secret, judge_url};
pub use self::clients::Client;
pub use self::events::{Way, judge as judge_events};
pub use self::obstacle::Addresses;

use self::clients::hosts;
use self::events::Tellers;
use self::roles::Roles;
use super::blind::{Blind, Seen};
use super::check::Check;
use super::finding::Finding;
use super::web::Web;
use crate::failure;
use crate::organization::{Administrator, Kind, Organization};

/// What was seen of Genesys Cloud that other checks go on from.
pub struct Sight {
    /// The OAuth clients that logged in.
    pub clients: Vec<Client>,
    /// The integration.
    pub channel: Seen<Channel>,
    /// What tells of agents and ends.
    pub tellers: Seen<Tellers>,
}

/// How an integration is looked at.
pub struct Look<'a> {
    /// Asks.
    pub web: &'a Web,
    /// What is configured.
    pub config: &'a SendConfig,
    /// Who sees the organisation; the variables that are not set, when nobody was given.
    pub administrator: Result<&'a Administrator, &'a str>,
    /// How events are to come.
    pub way: Way,
    /// Whether a test message is to be sent.
    pub sends: bool,
}

impl Look<'_> {
    /// Looks at everything, and judges all but what depends on where the bridge is: that is known when the webhook was probed.
    pub async fn run(&self) -> (Sight, Vec<Finding>) {
        let mut findings = vec![region::look(self.config).await];
        let (clients, seen) = clients::look(self.web, self.config).await;
        findings.extend(seen);
        let organization = self.organization(&mut findings).await;
        let roles = organization.as_ref().ok().map(Roles::seen_by);
        let permissions =
            permissions::look(self.config, &clients, roles.as_ref(), self.sends).await;
        findings.extend(permissions);
        let channel = channel(&organization, self.config).await;
        self.attachments(&organization, &channel, &mut findings).await;
        findings.push(timeline::judge(
            &timeline(&organization).await,
            self.config.genesys.threading_timeline_minutes,
        ));
        let tellers = match &organization {
            Ok(organization) => events::tellers(organization, &self.way).await,
            Err(blind) => Err(blind.clone()),
        };
        (Sight { clients, channel, tellers }, findings)
    }

    /// The organisation as the administrator sees it.
    async fn organization(&self, findings: &mut Vec<Finding>) -> Seen<Organization> {
        let check = Check::GenesysAdministrator;
        let administrator = self.administrator.map_err(|missing| {
            let reason = "no administrator's OAuth client was given, so it was not looked at";
            let blind = Blind::new(reason, format!("set {missing}"));
            findings.push(blind.finding(check));
            blind
        })?;
        let hosts = hosts(self.config)
            .map_err(|error| Blind::new(failure::words(&error), "mend genesys.domain"))?;
        let (vendor, clock) = (self.web.vendor.clone(), self.web.clock.clone());
        match Organization::log_in(vendor, clock, hosts, administrator.clone()).await {
            Ok(organization) => {
                findings.push(Finding::ok(check, "logs in"));
                Ok(organization)
            }
            Err(error) => {
                let action = Administrator::advice(&error);
                findings.push(Finding::warn(check, chain(&error), action));
                Err(Blind::after(check))
            }
        }
    }

    /// The integration, and what is attached to it.
    async fn attachments(
        &self,
        organization: &Seen<Organization>,
        channel: &Seen<Channel>,
        findings: &mut Vec<Finding>,
    ) {
        let id = self.config.genesys.integration_id.as_str();
        findings.push(channel::judge_integration(id, channel));
        let there = match (organization, channel) {
            (Ok(organization), Ok(Channel(Some(integration)))) => Ok((organization, integration)),
            (Err(blind), _) | (_, Err(blind)) => Err(blind.clone()),
            (_, Ok(Channel(None))) => Err(Blind::after(Check::GenesysIntegration)),
        };
        let (content, setting, flow, queues) = match there {
            Ok((organization, integration)) => {
                let attached =
                    async |kind, key| profile::attached(organization, integration, kind, key).await;
                let flow = routing::flow(organization, integration).await;
                let queues = routing::queues(organization, &flow).await;
                (
                    attached(Kind::SupportedContent, "supportedContent").await,
                    attached(Kind::MessagingSetting, "messagingSetting").await,
                    flow,
                    queues,
                )
            }
            Err(blind) => (Err(blind.clone()), Err(blind.clone()), Err(blind.clone()), Err(blind)),
        };
        findings.extend([
            profile::judge_content(&content),
            profile::judge_setting(&setting),
            profile::judge_typing(&setting),
            routing::judge_flow(&flow),
            routing::judge_queues(&queues),
        ]);
    }
}

async fn channel(organization: &Seen<Organization>, config: &SendConfig) -> Seen<Channel> {
    let organization = organization.as_ref().map_err(Clone::clone)?;
    let id = config.genesys.integration_id.as_str();
    Ok(organization.object(Kind::OpenIntegration, id).await.map(Channel)?)
}

async fn timeline(organization: &Seen<Organization>) -> Seen<crate::organization::Timeline> {
    Ok(organization.as_ref().map_err(Clone::clone)?.timeline().await?)
}
