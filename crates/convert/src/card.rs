//! Cards for Lynn.
//!
//! Rule: what of a card leads nowhere that a customer may be sent is left out and named; the rest of the card goes on.

use shared::genesys::outbound::{Card as GenesysCard, CardAction as GenesysAction, CardActionType};
use shared::lynn::outbound::{Card, CardAction, CardActionKind};

use super::link::Unsupported;

/// What a button that cannot be given is called in `unsupported`.
const CARD: &str = "Card";

/// A card; `None` when nothing is left of it.
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
    says_something.then_some(card)
}

/// A button. One of an unknown type is a link if it has a URL, else a postback; a link that leads nowhere is no button.
fn action(action: &GenesysAction, unsupported: &mut Unsupported) -> Option<CardAction> {
    let kind = match (&action.kind, &action.url) {
        (CardActionType::Link, _) | (CardActionType::Unknown(_), Some(_)) => CardActionKind::Link,
        (CardActionType::Postback | CardActionType::Unknown(_), _) => CardActionKind::Postback,
    };
    let url = unsupported.button(action.url.as_ref(), CARD);
    if kind == CardActionKind::Link && url.is_none() {
        unsupported.add(CARD);
        return None;
    }
    let known = action.text.as_ref().or(action.payload.as_ref());
    let payload = match kind {
        CardActionKind::Postback => action.payload.as_ref().or(known),
        CardActionKind::Link => action.payload.as_ref(),
    };
    Some(CardAction { kind, text: known.cloned(), payload: payload.cloned(), url })
}
