//! Cards for Lynn.
//!
//! Rule: a link that is not safe for a customer is omitted and named in `unsupported`. The rest of
//! the card is sent.

use shared::genesys::outbound::{Card as GenesysCard, CardAction as GenesysAction, CardActionType};
use shared::lynn::outbound::{Card, CardAction, CardActionKind};

use super::link::Unsupported;

/// The name in `unsupported` of a card or a button that cannot be sent.
const CARD: &str = "Card";

/// `None` when nothing of the card is left; then the card is named in `unsupported`.
pub(super) fn card(card: &GenesysCard, unsupported: &mut Unsupported) -> Option<Card> {
    let card = Card {
        title: card.title.clone(),
        description: card.description.clone(),
        image_url: unsupported.page(card.image.as_ref(), "Image"),
        video_url: unsupported.page(card.video.as_ref(), "Video"),
        actions: card.actions.iter().filter_map(|button| action(button, unsupported)).collect(),
        default_action: card.default_action.as_ref().and_then(|touch| action(touch, unsupported)),
    };
    let says_something = card.title.is_some()
        || card.description.is_some()
        || card.image_url.is_some()
        || card.video_url.is_some()
        || !card.actions.is_empty()
        || card.default_action.is_some();
    if !says_something {
        unsupported.add(CARD);
        return None;
    }
    Some(card)
}

/// Converts a button. A button of an unknown type is a link if it has a URL, otherwise a postback.
/// A link without a safe URL is omitted, and so is a postback without words.
fn action(action: &GenesysAction, unsupported: &mut Unsupported) -> Option<CardAction> {
    let kind = match (&action.kind, &action.url) {
        (CardActionType::Link, _) | (CardActionType::Unknown(_), Some(_)) => CardActionKind::Link,
        (CardActionType::Postback | CardActionType::Unknown(_), _) => CardActionKind::Postback,
    };
    let url = unsupported.button(action.url.as_ref(), CARD);
    let known = action.text.as_ref().or(action.payload.as_ref());
    let is_dead = match kind {
        CardActionKind::Link => url.is_none(),
        CardActionKind::Postback => known.is_none(),
    };
    if is_dead {
        unsupported.add(CARD);
        return None;
    }
    let payload = match kind {
        CardActionKind::Postback => action.payload.as_ref().or(known),
        CardActionKind::Link => action.payload.as_ref(),
    };
    Some(CardAction { kind, text: known.cloned(), payload: payload.cloned(), url })
}
