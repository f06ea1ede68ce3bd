//! Cards for Lynn.

use crate::genesys::outbound::{Card as GenesysCard, CardAction as GenesysAction, CardActionType};
use crate::lynn::outbound::{Card, CardAction, CardActionKind};

/// A card.
pub(super) fn card(card: &GenesysCard) -> Card {
    Card {
        title: card.title.clone(),
        description: card.description.clone(),
        image_url: card.image.clone(),
        video_url: card.video.clone(),
        actions: card.actions.iter().map(action).collect(),
        default_action: card.default_action.as_ref().map(action),
    }
}

/// A button. One of an unknown type is a link if it has a URL, else a postback.
fn action(action: &GenesysAction) -> CardAction {
    let kind = match (&action.kind, &action.url) {
        (CardActionType::Link, _) | (CardActionType::Unknown(_), Some(_)) => CardActionKind::Link,
        (CardActionType::Postback | CardActionType::Unknown(_), _) => CardActionKind::Postback,
    };
    let known = action.text.as_ref().or(action.payload.as_ref());
    let payload = match kind {
        CardActionKind::Postback => action.payload.as_ref().or(known),
        CardActionKind::Link => action.payload.as_ref(),
    };
    CardAction { kind, text: known.cloned(), payload: payload.cloned(), url: action.url.clone() }
}
