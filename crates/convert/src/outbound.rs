//! Converts a notification of Genesys to a message for Lynn.
//!
//! Rule: content is converted if the capability table says so; every other kind is named in
//! `unsupported`.

use shared::genesys::outbound::{Content, OriginatingEntity, OutboundNotification};
use shared::lynn::outbound::{
    AuthorKind, DatePicker, Location, OutboundAttachment, OutboundMediaType, OutboundMessage,
    Template,
};
use shared::ports::Direction;

use super::attachment;
use super::capabilities::support;
use super::card::card;
use super::date_picker::{date_picker, location};
use super::fallback;
use super::form::form;
use super::link::Unsupported;
use super::list_picker::list_picker;
use super::quick_reply::quick_reply;
use super::rich_link::rich_link;
use super::template::template;

/// Converts a `Text` or `Structured` notification.
pub fn message(notification: &OutboundNotification) -> OutboundMessage {
    let author = match notification.originating_entity {
        Some(OriginatingEntity::Bot) => AuthorKind::Bot,
        _ => AuthorKind::Agent,
    };
    let mut rich = Rich::default();
    for content in &notification.content {
        rich.add(content);
    }
    let text = question(notification.text.as_deref(), &rich.lines);
    let mut message = OutboundMessage {
        author,
        agent: None,
        text,
        fallback_text: String::new(),
        attachments: rich.attachments,
        quick_replies: rich.quick_replies,
        cards: rich.cards,
        date_picker: rich.date_pickers.first().cloned(),
        template: rich.templates.first().cloned(),
        unsupported: rich.unsupported.0,
    };
    message.fallback_text =
        fallback::text(&message, &rich.date_pickers, &rich.templates).unwrap_or_default();
    message
}

/// Whether the message contains anything for the customer besides unsupported content.
pub fn is_deliverable(message: &OutboundMessage) -> bool {
    message.text.as_deref().is_some_and(|text| !text.trim().is_empty())
        || !message.attachments.is_empty()
        || !message.quick_replies.is_empty()
        || !message.cards.is_empty()
        || message.date_picker.is_some()
        || message.template.is_some()
}

/// The text, followed by the other lines, each once.
fn question(text: Option<&str>, beside: &[String]) -> Option<String> {
    let mut lines: Vec<&str> = text.into_iter().collect();
    for line in beside {
        if !lines.contains(&line.as_str()) {
            lines.push(line);
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// All content of a message except its text.
#[derive(Default)]
struct Rich {
    /// Lines to add to the text: questions, further texts, and content without a form of its own.
    lines: Vec<String>,
    attachments: Vec<OutboundAttachment>,
    quick_replies: Vec<shared::lynn::outbound::QuickReply>,
    cards: Vec<shared::lynn::outbound::Card>,
    date_pickers: Vec<DatePicker>,
    templates: Vec<Template>,
    unsupported: Unsupported,
}

impl Rich {
    fn add(&mut self, content: &Content) {
        let (kind, unsupported) = (content.kind_name(), &mut self.unsupported);
        if !support(Direction::Outbound, kind).is_carried() {
            unsupported.add(kind);
            return;
        }
        match content {
            Content::Text(text) => self.lines.push(text.clone()),
            Content::Attachment(file) => match attachment::outbound(file) {
                Some(file) => self.attachments.push(file),
                None => unsupported.add(kind),
            },
            Content::QuickReply(option) => {
                self.quick_replies.extend(quick_reply(option, unsupported));
            }
            Content::QuickReplyV2(group) => {
                self.lines.extend(group.title.clone());
                let options = group.actions.iter();
                self.quick_replies
                    .extend(options.filter_map(|option| quick_reply(option, unsupported)));
            }
            Content::Card(one) => self.cards.extend(card(one, unsupported)),
            Content::Carousel(several) => {
                self.cards.extend(several.cards.iter().filter_map(|one| card(one, unsupported)));
            }
            Content::DatePicker(picker) => {
                self.date_pickers.push(date_picker(picker, unsupported));
            }
            Content::Notification(filled) => self.templates.push(template(filled, unsupported)),
            Content::Location(place) => {
                let place = location(place, unsupported);
                self.place(&place);
            }
            Content::RichLink(link) => {
                let (lines, attachments) = rich_link(link, kind, unsupported);
                self.lines.extend(lines);
                self.attachments.extend(attachments);
            }
            Content::ListPicker(picker) => {
                let (lines, options) = list_picker(picker, unsupported);
                self.lines.extend(lines);
                self.quick_replies.extend(options);
            }
            Content::Form(questions) => {
                let lines = form(questions, unsupported);
                if lines.is_empty() {
                    unsupported.add(kind);
                }
                self.lines.extend(lines);
            }
            Content::NotificationResponse(answer) => {
                self.lines.extend(answer.text.clone().or_else(|| answer.status.clone()));
            }
            // The kind is known, but its body did not parse.
            Content::Unknown(name) => unsupported.add(name),
        }
    }

    /// A place becomes a named link to its map. Without a URL, its name and position become a line.
    fn place(&mut self, place: &Location) {
        let words = fallback::place(place);
        match &place.url {
            Some(url) => self.attachments.push(OutboundAttachment {
                id: None,
                media_type: OutboundMediaType::Link,
                mime: "text/html".to_owned(),
                url: url.clone(),
                filename: None,
                caption: words,
                size_bytes: None,
            }),
            None => self.lines.extend(words),
        }
    }
}
