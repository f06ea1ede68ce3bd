//! The checks of Genesys Cloud: with the integration's own OAuth clients, and with the
//! administrator's client.

mod channel;
mod clients;
mod events;
mod identity;
mod obstacle;
mod permissions;
mod posts;
mod profile;
mod region;
mod routing;
mod timeline;

use genesys_admin::organization::{Administrator, Organization};
use genesys_admin::{Observed, Ownership, Resource};
use secrecy::SecretString;
use shared::config::SendConfig;
use shared::error::chain;

pub use self::channel::{Ours, assess_secret, assess_url};
pub use self::clients::Client;
pub use self::events::{Way, assess as assess_events};
pub use self::obstacle::Addresses;

use self::channel::Channel;
use self::clients::hosts;
use self::events::Tellers;
use super::running::SAY_WHERE;
use super::{Check, Finding, Observation, Outcome, Unavailable, Web, clocks};
use crate::administrator;
use crate::failure;

/// The objects that were read from Genesys Cloud and that other checks need.
pub struct GenesysView {
    /// The OAuth clients that logged in.
    pub clients: Vec<Client>,
    /// The objects of the integration.
    observed: Observation<Observed>,
    /// The objects that report agents and ends.
    pub tellers: Observation<Tellers>,
}

pub struct GenesysChecks<'a> {
    pub web: &'a Web,
    pub config: &'a SendConfig,
    /// The administrator's client, or the names of the variables that are not set.
    pub administrator: Result<&'a Administrator, &'a str>,
    /// How events are set up to arrive.
    pub way: Way,
    /// Whether a test message is sent.
    pub sends: bool,
}

impl GenesysChecks<'_> {
    /// Reads everything, and judges all that does not depend on the bridge's address: that is known
    /// after the webhook was probed.
    pub async fn run(&self) -> (GenesysView, Vec<Finding>) {
        let mut findings = vec![region::check(self.config).await];
        let (clients, seen) = clients::check(self.web, self.config).await;
        findings.extend(seen);
        let organization = self.organization(&mut findings).await;
        let administrator = organization.as_ref().ok();
        let permissions =
            permissions::check(self.config, &clients, administrator, self.sends).await;
        findings.extend(permissions);
        let (observed, tellers) = match &organization {
            Ok(organization) => {
                let id = self.config.genesys.integration_id.as_str();
                let observed = Observed::in_use(organization, id).await;
                (Ok(observed), events::tellers(organization, &self.way).await)
            }
            Err(unavailable) => (Err(unavailable.clone()), Err(unavailable.clone())),
        };
        let view = GenesysView { clients, observed, tellers };
        findings.extend(self.assess(&organization, &view).await);
        (view, findings)
    }

    /// The organisation as the administrator sees it.
    async fn organization(&self, findings: &mut Vec<Finding>) -> Observation<Organization> {
        let check = Check::GenesysAdministrator;
        let administrator = self.administrator.map_err(|missing| {
            let reason = "not checked: no administrator's OAuth client was given";
            let unavailable = Unavailable::new(reason, format!("set {missing}"));
            findings.push(unavailable.finding(check));
            unavailable
        })?;
        let hosts = hosts(self.config)
            .map_err(|error| Unavailable::new(failure::words(&error), "correct genesys.domain"))?;
        let (vendor, clock) = (self.web.vendor.clone(), self.web.clock.clone());
        match Organization::log_in(vendor, clock, hosts, administrator.clone(), administrator::tell)
            .await
        {
            Ok(organization) => {
                findings.push(check.ok("logs in"));
                Ok(organization)
            }
            Err(error) => {
                let action = administrator::advice(&error);
                findings.push(check.warn(chain(&error), action));
                Err(Unavailable::after(check))
            }
        }
    }

    /// Judges the integration, what is attached to it, and the threading timeline.
    async fn assess(
        &self,
        organization: &Observation<Organization>,
        view: &GenesysView,
    ) -> Vec<Finding> {
        let config = &self.config.genesys;
        let flow = view.attached(Resource::Flow);
        let queues = routing::queues(organization, &flow).await;
        let setting = view.attached(Resource::MessagingSetting);
        let timeline = view.seen(Resource::Timeline).map(|(observed, _)| observed.open_minutes());
        let identity =
            identity::check(organization, &view.integration(), config.conversation_per).await;
        let findings = [
            channel::assess_integration(config.integration_id.as_str(), &view.integration()),
            profile::assess_content(&view.attached(Resource::SupportedContent)),
            profile::assess_setting(&setting),
            profile::assess_typing(&setting),
            routing::assess_flow(&flow),
            routing::assess_queues(&queues),
            timeline::assess(&timeline, config.threading_timeline_minutes, config.conversation_per),
        ];
        findings.into_iter().chain(identity).collect()
    }
}

impl GenesysView {
    fn seen(&self, resource: Resource) -> Observation<(&Observed, &Ownership)> {
        let observed = self.observed.as_ref().map_err(Clone::clone)?;
        Ok((observed, observed.seen(resource)?))
    }

    /// The integration; `None` if there is none with its id.
    pub fn integration(&self) -> Channel<'_> {
        self.seen(Resource::Integration).map(|(_, found)| found.object())
    }

    /// The address that the integration posts to, if the administrator can read it.
    pub fn webhook_url(&self) -> Option<&str> {
        self.integration().ok().flatten().and_then(channel::webhook_url)
    }

    /// The secret that the integration signs with, if Genesys Cloud shows it.
    pub fn secret(&self) -> Option<SecretString> {
        self.integration().ok().flatten()?.shown_secret().map(SecretString::from)
    }

    /// The objects that are attached to the integration.
    fn attached(&self, resource: Resource) -> Observation<&Ownership> {
        if self.integration()?.is_none() {
            return Err(Unavailable::after(Check::GenesysIntegration));
        }
        self.seen(resource).map(|(_, found)| found)
    }
}
