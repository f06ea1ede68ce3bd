//! Templates of canned responses for Lynn.
//!
//! Rule: a placeholder without a parameter is kept. A placeholder inside a parameter's text is not
//! replaced.

use shared::genesys::outbound::{
    Template as GenesysTemplate, TemplateButton as GenesysButton, TemplateParameter,
};
use shared::lynn::outbound::{Template, TemplateButton, TemplateHeader};

use super::attachment;
use super::link::Unsupported;

/// The name in `unsupported` of a button that cannot be sent.
const NOTIFICATION: &str = "Notification";

/// Fills in the placeholders of a template.
pub(super) fn template(template: &GenesysTemplate, unsupported: &mut Unsupported) -> Template {
    let header = &template.header;
    let header = TemplateHeader {
        text: header.text.as_deref().map(|text| fill(text, &header.parameters)),
        media: header.media.as_ref().and_then(|media| {
            let media = attachment::outbound(media);
            if media.is_none() {
                unsupported.add("Attachment");
            }
            media
        }),
    };
    let body = &template.body;
    // A provider's own template has no text, only parameters.
    let body = match &body.text {
        Some(text) => Some(fill(text, &body.parameters)),
        None => Some(parameters_only(&body.parameters)).filter(|text| !text.is_empty()),
    };
    Template {
        id: template.id.clone(),
        language: template.language.clone(),
        header: Some(header).filter(|header| header.text.is_some() || header.media.is_some()),
        body,
        footer: template.footer.text.clone(),
        buttons: template
            .buttons
            .iter()
            .filter_map(|button| self::button(button, unsupported))
            .collect(),
    }
}

/// The kinds of buttons that only open a page or start a call, in lower case without other signs.
const OPENERS: [&str; 4] = ["url", "link", "phonenumber", "call"];

/// `None` for a button that does nothing: it has no safe target, and no words to answer with.
fn button(button: &GenesysButton, unsupported: &mut Unsupported) -> Option<TemplateButton> {
    let url = unsupported.button(button.url.as_ref(), NOTIFICATION);
    let kind: String = button.kind.iter().flat_map(|kind| kind.chars()).collect();
    let kind = kind.replace(|sign: char| !sign.is_alphanumeric(), "").to_ascii_lowercase();
    let has_target = url.is_some() || button.phone_number.is_some();
    let is_opener = button.url.is_some() || OPENERS.contains(&kind.as_str());
    let answers = button.payload.is_some() || (!is_opener && button.text.is_some());
    if !has_target && !answers {
        unsupported.add(NOTIFICATION);
        return None;
    }
    Some(TemplateButton {
        kind: button.kind.clone(),
        text: button.text.clone(),
        payload: button.payload.clone(),
        url,
        phone_number: button.phone_number.clone(),
    })
}

fn parameters_only(parameters: &[TemplateParameter]) -> String {
    let texts: Vec<&str> =
        parameters.iter().filter_map(|parameter| parameter.text.as_deref()).collect();
    texts.join("\n")
}

/// Replaces the placeholders `{{name}}` and `{{1}}` by the parameters.
fn fill(text: &str, parameters: &[TemplateParameter]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, place)) = rest.split_once("{{") {
        filled.push_str(before);
        let Some((name, after)) = place.split_once("}}") else {
            filled.push_str("{{");
            rest = place;
            break;
        };
        match parameter(name.trim(), parameters) {
            Some(value) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push_str("{{");
                rest = place;
            }
        }
    }
    filled.push_str(rest);
    filled
}

fn parameter<'a>(name: &str, parameters: &'a [TemplateParameter]) -> Option<&'a str> {
    let by_name = parameters.iter().find(|parameter| parameter.name.as_deref() == Some(name));
    let by_number =
        || name.parse::<usize>().ok()?.checked_sub(1).and_then(|index| parameters.get(index));
    by_name.or_else(by_number)?.text.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> Vec<TemplateParameter> {
        [("name", "Ana"), ("trap", "{{name}}")]
            .map(|(name, text)| TemplateParameter {
                name: Some(name.to_owned()),
                text: Some(text.to_owned()),
            })
            .to_vec()
    }

    #[test]
    fn fills_places_by_name_and_number_once() {
        for (text, filled) in [
            ("Hi {{name}}, {{ 1 }}!", "Hi Ana, Ana!"),
            ("{{trap}}", "{{name}}"),
            ("{{unknown}} {{name}} {{", "{{unknown}} Ana {{"),
            ("{{0}}{{9}}", "{{0}}{{9}}"),
            ("{{ {{name}}", "{{ Ana"),
        ] {
            assert_eq!(fill(text, &parameters()), filled);
        }
    }
}
