//! The plain text of a whole message, for channels that show only text.
//!
//! Rule: all options of a message are numbered in one sequence, so that a number is a clear answer.
//! Nothing appears twice.

use shared::lynn::outbound::{
    AvailableTime, Card, CardAction, CardActionKind, DatePicker, Location, OutboundAttachment,
    OutboundMessage, Template, TemplateButton,
};
use shared::time::Timestamp;

/// The text of all content; `None` when there is none. A message with only a text gives that text.
pub(super) fn text(
    message: &OutboundMessage,
    date_pickers: &[DatePicker],
    templates: &[Template],
) -> Option<String> {
    let mut page = Page::default();
    // The text is often a template's body; then it must appear between the header and the footer.
    let is_body = templates.iter().any(|template| template.body == message.text);
    page.line(message.text.as_deref().filter(|_| !is_body));
    for template in templates {
        page.template(template);
    }
    for option in &message.quick_replies {
        page.option(&option.text);
    }
    for card in &message.cards {
        page.card(card);
    }
    for picker in date_pickers {
        page.date_picker(picker);
    }
    for attachment in &message.attachments {
        page.attachment(attachment);
    }
    if !message.unsupported.is_empty() {
        page.push(&format!("[Cannot be shown here: {}]", message.unsupported.join(", ")));
    }
    Some(page.text).filter(|text| !text.is_empty())
}

#[derive(Default)]
struct Page {
    text: String,
    /// The number of options so far.
    options: usize,
    /// Whether an empty line must precede the next line.
    gap: bool,
}

impl Page {
    fn push(&mut self, line: &str) {
        if !self.text.is_empty() {
            self.text.push_str(if self.gap { "\n\n" } else { "\n" });
        }
        self.gap = false;
        self.text.push_str(line);
    }

    /// Adds a line, unless it is blank or equals the whole text so far.
    fn line(&mut self, line: Option<&str>) {
        if let Some(line) = line.filter(|line| !line.trim().is_empty() && *line != self.text) {
            self.push(line);
        }
    }

    /// Adds a numbered option.
    fn option(&mut self, label: &str) {
        self.options += 1;
        let number = self.options;
        self.push(&format!("{number}. {label}"));
    }

    fn link(&mut self, label: Option<&str>, url: &str) {
        match label.filter(|label| !label.trim().is_empty() && *label != url) {
            Some(label) => self.push(&format!("{label}: {url}")),
            None => self.push(url),
        }
    }

    fn card(&mut self, card: &Card) {
        // An empty line separates cards.
        self.gap = true;
        for line in [&card.title, &card.description, &card.image_url, &card.video_url] {
            self.line(line.as_deref());
        }
        for action in &card.actions {
            self.action(action);
        }
        // The card's default action usually repeats a button.
        let target =
            |action: &CardAction| (action.kind, action.url.clone(), action.payload.clone());
        if let Some(action) = &card.default_action
            && !card.actions.iter().any(|button| target(button) == target(action))
        {
            self.action(action);
        }
    }

    fn action(&mut self, action: &CardAction) {
        match (action.kind, &action.url, &action.text) {
            (CardActionKind::Link, Some(url), text) => self.link(text.as_deref(), url),
            (_, _, Some(text)) => self.option(text),
            _ => {}
        }
    }

    fn date_picker(&mut self, picker: &DatePicker) {
        for line in invitation(picker) {
            self.line(Some(&line));
        }
        for option in &picker.available_times {
            self.option(&time(option));
        }
    }

    fn template(&mut self, template: &Template) {
        if let Some(header) = &template.header {
            self.line(header.text.as_deref());
            if let Some(media) = &header.media {
                self.attachment(media);
            }
        }
        self.line(template.body.as_deref());
        self.line(template.footer.as_deref());
        for button in &template.buttons {
            self.button(button);
        }
    }

    fn button(&mut self, button: &TemplateButton) {
        match (button.url.as_ref().or(button.phone_number.as_ref()), &button.text) {
            (Some(target), text) => self.link(text.as_deref(), target),
            (None, Some(text)) => self.option(text),
            (None, None) => {}
        }
    }

    fn attachment(&mut self, attachment: &OutboundAttachment) {
        let label = attachment.caption.as_deref().or(attachment.filename.as_deref());
        self.link(label, &attachment.url);
    }
}

/// The lines of a date picker, without its times: title, picture, place, first and last date.
pub(super) fn invitation(picker: &DatePicker) -> Vec<String> {
    let location = picker.location.as_ref().map(|location| {
        let parts = [place(location), location.url.clone()];
        parts.into_iter().flatten().collect::<Vec<String>>().join(", ")
    });
    let range = match (&picker.date_minimum, &picker.date_maximum) {
        (Some(from), Some(to)) => Some(format!("{} to {}", readable(from), readable(to))),
        (Some(from), None) => Some(format!("from {}", readable(from))),
        (None, Some(to)) => Some(format!("until {}", readable(to))),
        (None, None) => None,
    };
    let head = [picker.title.clone(), picker.subtitle.clone(), picker.image_url.clone()];
    let lines = head.into_iter().chain([location, range]).flatten();
    lines.filter(|line| !line.trim().is_empty()).collect()
}

/// A time of a date picker, with its duration.
pub(super) fn time(time: &AvailableTime) -> String {
    let start = readable(&time.date_time);
    match time.duration_seconds.map(duration) {
        Some(duration) => format!("{start} {duration}"),
        None => start,
    }
}

/// The name, address and position of a place; `None` when it has none of them.
pub(super) fn place(place: &Location) -> Option<String> {
    let position = match (place.latitude, place.longitude) {
        (Some(latitude), Some(longitude)) => Some(format!("{latitude}, {longitude}")),
        _ => None,
    };
    let parts = [&place.name, &place.address, &position];
    let parts: Vec<&str> = parts.into_iter().filter_map(Option::as_deref).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Formats an instant to the minute; returns any other text unchanged.
fn readable(time: &str) -> String {
    let Some(instant) = Timestamp::parse(time) else { return time.to_owned() };
    let text = instant.to_text();
    text.get(..16)
        .map_or_else(|| time.to_owned(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

/// Formats whole minutes as minutes, any other duration as seconds.
fn duration(seconds: u64) -> String {
    if seconds.is_multiple_of(60) {
        format!("({} min)", seconds / 60)
    } else {
        format!("({seconds} s)")
    }
}
