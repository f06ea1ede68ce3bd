//! Quick replies for Lynn.
//!
//! Rule: an option has a text to show and a payload to return. If Genesys gives only one of them,
//! it is used for both.

use shared::genesys::outbound::QuickReply as GenesysQuickReply;
use shared::lynn::outbound::QuickReply;

use super::link::Unsupported;

/// `None` when the option has neither text nor payload; then it is named.
pub(super) fn quick_reply(
    option: &GenesysQuickReply,
    unsupported: &mut Unsupported,
) -> Option<QuickReply> {
    let Some(known) = option.text.as_ref().or(option.payload.as_ref()) else {
        unsupported.add("QuickReply");
        return None;
    };
    Some(QuickReply {
        text: known.clone(),
        payload: option.payload.as_ref().unwrap_or(known).clone(),
        image_url: unsupported.page(option.image.as_ref(), "Image"),
    })
}
