//! What goes wrong at the vendors.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use simulators::{Effect, Endpoint, Fault};

use super::super::playground::Playground;
use super::Done;

/// The seconds of `Retry-After`.
const LATER: u64 = 3;
/// A slow answer.
const SLOW: Duration = Duration::from_secs(4);

/// What goes wrong at Genesys Cloud: for its next call, or until it is repaired.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "camelCase")]
pub enum GenesysFault {
    Unavailable,
    RateLimited,
    Refused,
    Slow,
    /// It accepts a message, and its answer is lost.
    AnswerLost,
    TokenRevoked,
    Down,
    Repaired,
    /// It delivers its last webhook once more.
    WebhookTwice,
}

impl GenesysFault {
    pub fn set(self, playground: &Arc<Playground>) -> Done {
        let genesys = &playground.cast.vendors.genesys;
        let next = |effect| genesys.script(Fault { endpoint: Endpoint::Any, effect });
        let status = |code, retry_after| next(Effect::Status { code, retry_after });
        let words = match self {
            Self::Unavailable => {
                status(503, None);
                "Genesys Cloud answers its next call with 503."
            }
            Self::RateLimited => {
                status(429, Some(LATER));
                "Genesys Cloud answers its next call with 429, Retry-After 3."
            }
            Self::Refused => {
                status(400, None);
                "Genesys Cloud refuses its next call with 400."
            }
            Self::Slow => {
                next(Effect::Delay(SLOW));
                "Genesys Cloud takes 4 s for its next call."
            }
            Self::AnswerLost => {
                next(Effect::AcceptThenDrop);
                "Genesys Cloud accepts its next call, and the answer is lost."
            }
            Self::TokenRevoked => {
                genesys.revoke_tokens();
                "Genesys Cloud has revoked the bridge's token."
            }
            Self::Down => {
                genesys.set_down(true);
                "Genesys Cloud is down: it answers every call with 503."
            }
            Self::Repaired => {
                genesys.set_down(false);
                "Genesys Cloud is up."
            }
            Self::WebhookTwice => {
                let deliveries = genesys.deliveries();
                let Some(last) = deliveries.into_iter().rfind(|delivery| !delivery.id.is_empty())
                else {
                    return Done::refused("Genesys Cloud has not sent a webhook yet.");
                };
                let genesys = genesys.clone();
                playground.send_aside(async move { drop(genesys.redeliver(&last).await) });
                "Genesys Cloud delivers its last webhook once more."
            }
        };
        playground.note("fault", None, words);
        Done::accepted()
    }
}

/// What goes wrong at Lynn: for the next post, or until it is repaired.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LynnFault {
    Unavailable,
    Refused,
    Slow,
    AnswerLost,
    Down,
    Repaired,
    /// The customer's session is over for Lynn, until it is back.
    SessionOver {
        contact: String,
        over: bool,
    },
    /// Lynn refuses everything for this customer with 400, until it does not.
    Blocks {
        contact: String,
        blocked: bool,
    },
}

impl LynnFault {
    pub fn set(self, playground: &Playground) -> Done {
        let lynn = &playground.cast.vendors.lynn;
        let status = |code| {
            lynn.script(simulators::LynnFault::Status { code, retry_after: None });
        };
        let (contact, words) = match self {
            Self::Unavailable => {
                status(503);
                (None, "Lynn answers the next post with 503.")
            }
            Self::Refused => {
                status(400);
                (None, "Lynn refuses the next post with 400.")
            }
            Self::Slow => {
                lynn.script(simulators::LynnFault::Delay(SLOW));
                (None, "Lynn takes 4 s for the next post.")
            }
            Self::AnswerLost => {
                lynn.script(simulators::LynnFault::AcceptThenDrop);
                (None, "Lynn accepts the next post, and the answer is lost.")
            }
            Self::Down => {
                lynn.set_down(true);
                (None, "Lynn is down: it answers every post with 503.")
            }
            Self::Repaired => {
                lynn.set_down(false);
                (None, "Lynn is up.")
            }
            Self::SessionOver { contact, over } => {
                lynn.set_session_over(&contact, over);
                let words = if over { "The session is over." } else { "The session is back." };
                (Some(contact), words)
            }
            Self::Blocks { contact, blocked } => {
                if blocked {
                    lynn.refuse_with(&contact, 400);
                } else {
                    lynn.stop_refusing(&contact);
                }
                let words = if blocked {
                    "Lynn refuses all for this customer with 400."
                } else {
                    "Lynn accepts this customer again."
                };
                (Some(contact), words)
            }
        };
        playground.note("fault", contact.as_deref(), words);
        Done::accepted()
    }
}
