//! Options for Lynn.
//!
//! Rule: an option has words to show and a payload to send back; where Genesys gives one, it is both.

use shared::genesys::outbound::QuickReply as GenesysQuickReply;
use shared::lynn::outbound::QuickReply;

use super::link::Unsupported;

/// An option; `None` when it says nothing.
pub(super) fn quick_reply(
    option: &GenesysQuickReply,
    unsupported: &mut Unsupported,
) -> Option<QuickReply> {
    let known = option.text.as_ref().or(option.payload.as_ref())?;
    Some(QuickReply {
        text: known.clone(),
        payload: option.payload.as_ref().unwrap_or(known).clone(),
        image_url: unsupported.page(option.image.as_ref(), "Image"),
    })
}
