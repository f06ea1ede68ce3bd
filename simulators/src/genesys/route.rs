//! Maps the paths of the API to their endpoints.

use super::admin;
use super::faults::Endpoint;
use crate::http::Call;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Login,
    TokensMe,
    Inbound { integration: String, endpoint: Endpoint },
    Conversation { id: String },
    MessageDetails { id: String },
    Agentless,
    Administration,
    Upload { job: String },
    Download { file: String },
    Nowhere,
}

impl Route {
    pub(super) fn of(call: &Call) -> Self {
        let inbound = |integration: &str, endpoint| Self::Inbound {
            integration: integration.to_owned(),
            endpoint,
        };
        match call.segments().as_slice() {
            ["oauth", "token"] => Self::Login,
            ["uploads", "flows", job] => Self::Upload { job: (*job).to_owned() },
            ["api", "v2", "downloads", file] => Self::Download { file: (*file).to_owned() },
            ["api", "v2", "tokens", "me"] => Self::TokensMe,
            [
                "api",
                "v2",
                "conversations",
                "messages",
                integration,
                "inbound",
                "open",
                rest @ ..,
            ] => match rest {
                ["message"] => inbound(integration, Endpoint::Message),
                ["event"] => inbound(integration, Endpoint::Event),
                ["receipt"] => inbound(integration, Endpoint::Receipt),
                ["structured", "response"] => inbound(integration, Endpoint::StructuredResponse),
                _ => Self::Nowhere,
            },
            ["api", "v2", "conversations", "messages", "agentless"] => Self::Agentless,
            ["api", "v2", "conversations", "messages", id] => {
                Self::Conversation { id: (*id).to_owned() }
            }
            ["api", "v2", "conversations", "messages", id, "details"] => {
                Self::MessageDetails { id: (*id).to_owned() }
            }
            path if admin::is_administration(path) => Self::Administration,
            _ => Self::Nowhere,
        }
    }

    /// The endpoint by which a fault names the route.
    pub(super) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Login => Endpoint::Login,
            Self::TokensMe => Endpoint::TokensMe,
            Self::Inbound { endpoint, .. } => *endpoint,
            Self::Conversation { .. } => Endpoint::Conversation,
            Self::MessageDetails { .. } => Endpoint::MessageDetails,
            Self::Agentless => Endpoint::Agentless,
            Self::Administration | Self::Upload { .. } => Endpoint::Administration,
            Self::Download { .. } | Self::Nowhere => Endpoint::Any,
        }
    }
}
