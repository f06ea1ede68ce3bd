//! From a notification of Genesys' to a message for Lynn.
//!
//! Rule: content is converted if the capability table says so; every other kind is named in `unsupported`.

use super::attachment;
use super::capabilities::{Direction, support};
use super::card::card;
use super::date_picker::date_picker;
use super::fallback;
use super::quick_reply::quick_reply;
use super::template::template;
use crate::genesys::outbound::{Content, OriginatingEntity, OutboundNotification};
use crate::lynn::outbound::{AuthorKind, DatePicker, OutboundMessage, Template};

/// The message of a `Text` or `Structured` notification.
pub fn message(notification: &OutboundNotification) -> OutboundMessage {
    let author = match notification.originating_entity {
        Some(OriginatingEntity::Bot) => AuthorKind::Bot,
        _ => AuthorKind::Agent,
    };
    let mut rich = Rich::default();
    for content in &notification.content {
        rich.add(content);
    }
    let text = question(notification.text.as_deref(), &rich.titles);
    let mut message = OutboundMessage {
        author,
        text,
        fallback_text: String::new(),
        attachments: rich.attachments,
        quick_replies: rich.quick_replies,
        cards: rich.cards,
        date_picker: rich.date_pickers.first().cloned(),
        template: rich.templates.first().cloned(),
        unsupported: rich.unsupported,
    };
    message.fallback_text =
        fallback::text(&message, &rich.date_pickers, &rich.templates).unwrap_or_default();
    message
}

/// Whether there is anything for the customer besides what is named as unsupported.
pub fn is_deliverable(message: &OutboundMessage) -> bool {
    message.text.as_deref().is_some_and(|text| !text.trim().is_empty())
        || !message.attachments.is_empty()
        || !message.quick_replies.is_empty()
        || !message.cards.is_empty()
        || message.date_picker.is_some()
        || message.template.is_some()
}

/// The text with the questions that stand beside it, each once.
fn question(text: Option<&str>, titles: &[String]) -> Option<String> {
    let mut lines: Vec<&str> = text.into_iter().collect();
    for title in titles {
        if !lines.contains(&title.as_str()) {
            lines.push(title);
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Everything of a message but its text.
#[derive(Default)]
struct Rich {
    /// The questions of quick replies of the second version.
    titles: Vec<String>,
    attachments: Vec<crate::lynn::outbound::OutboundAttachment>,
    quick_replies: Vec<crate::lynn::outbound::QuickReply>,
    cards: Vec<crate::lynn::outbound::Card>,
    date_pickers: Vec<DatePicker>,
    templates: Vec<Template>,
    unsupported: Vec<String>,
}

impl Rich {
    fn add(&mut self, content: &Content) {
        if !support(Direction::Outbound, content.kind_name()).is_carried() {
            self.add_unsupported(content.kind_name());
            return;
        }
        match content {
            Content::Attachment(file) => match attachment::outbound(file) {
                Some(file) => self.attachments.push(file),
                None => self.add_unsupported(content.kind_name()),
            },
            Content::QuickReply(option) => self.quick_replies.extend(quick_reply(option)),
            Content::QuickReplyV2(group) => {
                self.titles.extend(group.title.clone());
                self.quick_replies.extend(group.actions.iter().filter_map(quick_reply));
            }
            Content::Card(one) => self.cards.push(card(one)),
            Content::Carousel(several) => self.cards.extend(several.cards.iter().map(card)),
            Content::DatePicker(picker) => self.date_pickers.push(date_picker(picker)),
            Content::Notification(filled) => self.templates.push(template(filled)),
            // A known kind whose body did not fit.
            Content::Unknown(name) => self.add_unsupported(name),
        }
    }

    fn add_unsupported(&mut self, name: &str) {
        if !self.unsupported.iter().any(|known| known == name) {
            self.unsupported.push(name.to_owned());
        }
    }
}
