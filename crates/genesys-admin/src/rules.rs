//! Maps each resource to its rules.

use crate::table::*;
use crate::{Resource, Wanted};

impl Resource {
    pub(crate) fn rules(self) -> Box<dyn Rules> {
        match self {
            Self::SupportedContent => Box::new(supported_content::SupportedContent),
            Self::MessagingSetting => Box::new(messaging_setting::MessagingSetting),
            Self::ExternalSource => Box::new(external_source::ExternalSource),
            Self::Queue => Box::new(queue::Queue),
            Self::BranchQueue(slot) => Box::new(queue::BranchQueue(slot)),
            Self::Flow => Box::new(flow::Flow),
            Self::Integration => Box::new(integration::Integration),
            Self::Routing => Box::new(routing::Routing),
            Self::Identity => Box::new(identity::Identity),
            Self::Role => Box::new(role::Role),
            Self::Grant => Box::new(grant::Grant),
            Self::Client => Box::new(client::Client),
            Self::Timeline => Box::new(timeline::Timeline),
            Self::EventSource => Box::new(event_source::EventSource),
            Self::EventsCredential => Box::new(events_credential::EventsCredential),
            Self::EventsIntegration => Box::new(events_integration::EventsIntegration),
            Self::EventsAction => Box::new(events_action::EventsAction),
            Self::Workflow(topic) => Box::new(workflow::Workflow(topic)),
            Self::Trigger(topic) => Box::new(trigger::Trigger(topic)),
        }
    }

    pub fn name(self, wanted: &Wanted) -> String {
        self.rules().name(wanted)
    }
}
