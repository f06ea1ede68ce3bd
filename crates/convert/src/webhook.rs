//! Changes single values in a webhook of Genesys Cloud and leaves every other byte as it came.

mod places;

use std::ops::Range;

use shared::contact::IdType;
use shared::ids::{ContactId, LynnEventId};
use shared::wire::without_mark;

use self::places::{Value, fields};

/// The deepest value of a content element that is searched for links.
const DEEPEST: usize = 12;
/// The keys of pictures and videos. A flow's author chose their links, which are public.
const PICTURES: [&str; 3] = ["image", "imageUrl", "video"];
/// The keys of objects whose `url` leads to a file.
const FILES: [&str; 2] = ["attachment", "media"];

/// A link to a file in a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookLink {
    /// The JSON pointer of the link.
    pub place: String,
    pub url: String,
    /// The MIME type beside the link.
    pub mime: Option<String>,
    /// Whether the link leads to a picture or a video that a flow's author chose.
    pub is_picture: bool,
    span: Range<usize>,
}

/// The links to files in the content of a webhook, in their order. A link to a page is not one.
pub fn webhook_links(webhook: &str) -> Vec<WebhookLink> {
    let mut search = Search { webhook, links: Vec::new() };
    for (_, content) in members(webhook, "content") {
        for (position, element) in content.elements().into_iter().enumerate() {
            search.object(element, "", &format!("/content/{position}"), 0);
        }
    }
    search.links
}

/// The webhook with other links in place of those at these places.
pub fn with_links(webhook: &str, links: &[(String, String)]) -> String {
    let spans = webhook_links(webhook).into_iter().filter_map(|link| {
        let (_, url) = links.iter().find(|(place, _)| *place == link.place)?;
        Some((link.span, url.clone()))
    });
    edited(webhook, spans.collect())
}

/// A receipt about another id. `channel.messageId` follows if it has the receipt's id.
pub fn with_receipt_id(receipt: &str, id: &LynnEventId) -> String {
    let ids: Vec<Value<'_>> = members(receipt, "id").map(|(_, value)| value).collect();
    let known: Vec<String> = ids.iter().filter_map(Value::text).collect();
    let message_ids = members(receipt, "channel")
        .flat_map(|(_, channel)| fields(channel.json()))
        .filter(|(key, value)| {
            key == "messageId" && value.text().is_some_and(|text| known.contains(&text))
        })
        .map(|(_, value)| value);
    let values: Vec<Value<'_>> = ids.iter().copied().chain(message_ids).collect();
    let spans = values.iter().filter_map(|value| Some((value.span(receipt)?, id.to_string())));
    edited(receipt, spans.collect())
}

/// The ends of a channel; one of them is the customer.
const ENDS: [&str; 2] = ["to", "from"];

/// A webhook with the id and the type of the id by which Lynn knows the customer.
pub fn with_contact(
    webhook: &str,
    external_id: &ContactId,
    (contact, id_type): (&ContactId, IdType),
) -> String {
    let channels = members(webhook, "channel").flat_map(|(_, channel)| fields(channel.json()));
    let ends = channels.filter(|(key, _)| ENDS.contains(&key.as_str()));
    let mut edits = Vec::new();
    for (_, end) in ends {
        let fields = fields(end.json());
        let is_id = |(key, value): &&(String, Value<'_>)| {
            key == "id" && value.text().as_deref() == Some(external_id.as_str())
        };
        if !fields.iter().any(|field| is_id(&field)) {
            continue;
        }
        let ids = fields.iter().filter(is_id).map(|(_, id)| (id, contact.as_str()));
        let types = fields.iter().filter(|(key, _)| key == "idType");
        let types = types.map(|(_, kind)| (kind, id_type.genesys_word()));
        edits.extend(
            ids.chain(types)
                .filter_map(|(value, text)| Some((value.span(webhook)?, text.to_owned()))),
        );
    }
    edited(webhook, edits)
}

/// The members of the whole object under this key. A key that appears twice is changed twice.
fn members<'a>(webhook: &'a str, key: &'static str) -> impl Iterator<Item = (String, Value<'a>)> {
    let mark = webhook.len() - without_mark(webhook.as_bytes()).len();
    let whole = fields(webhook.get(mark..).unwrap_or_default());
    whole.into_iter().filter(move |(name, _)| name == key)
}

struct Search<'a> {
    webhook: &'a str,
    links: Vec<WebhookLink>,
}

impl Search<'_> {
    /// Searches an object, which is the value of `key`.
    fn object(&mut self, object: Value<'_>, key: &str, place: &str, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let fields = fields(object.json());
        let text = |name: &str| {
            fields.iter().find(|(key, _)| key == name).and_then(|(_, value)| value.text())
        };
        let is_page = text("mediaType").is_some_and(|kind| kind.eq_ignore_ascii_case("link"));
        let is_file = FILES.contains(&key) && !is_page;
        for (name, value) in &fields {
            let place = format!("{place}/{name}");
            let is_picture = PICTURES.contains(&name.as_str());
            match value.text() {
                Some(url) if is_picture || (is_file && name == "url") => {
                    let mime = text("mime").filter(|_| !is_picture);
                    if let (Some(span), false) = (value.span(self.webhook), url.is_empty()) {
                        self.links.push(WebhookLink { place, url, mime, is_picture, span });
                    }
                }
                Some(_) => {}
                None => self.value(*value, name, &place, depth + 1),
            }
        }
    }

    fn value(&mut self, value: Value<'_>, key: &str, place: &str, depth: usize) {
        let elements = value.elements();
        if elements.is_empty() {
            return self.object(value, key, place, depth);
        }
        for (position, element) in elements.into_iter().enumerate() {
            self.object(element, key, &format!("{place}/{position}"), depth);
        }
    }
}

/// Replaces the values at these places by texts.
fn edited(json: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(span, _)| span.start);
    let (mut done, mut at) = (String::with_capacity(json.len()), 0);
    for (span, text) in edits {
        let Some(before) = json.get(at..span.start) else { continue };
        done.push_str(before);
        done.push_str(&serde_json::Value::from(text).to_string());
        at = span.end;
    }
    done.push_str(json.get(at..).unwrap_or_default());
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With blanks, escapes and an order that no writer of the bridge has.
    const WEBHOOK: &str = r#"{ "type":"Structured","text" : "é\u00e9 \/ https://g/a", "id":"g-1",
  "content":[ {"contentType":"Attachment","attachment":{"mime":"image/png","url":"https:\/\/g\/a","mediaType":"Image"}},
  {"attachment":{"mediaType":"Link","url":"https://page"}},
  {"contentType":"Carousel","carousel":{"cards":[{"title":"t","image":"https://g/c","actions":[{"type":"Link","url":"https://g/l"}]}]}},
  {"template":{"header":{"media":{"url":"https://g/h","mime":"video/mp4"}}}}, 7 ], "x":1.50 }"#;

    #[test]
    fn links_to_files_are_found_at_their_places() {
        let found: Vec<(String, String, Option<String>, bool)> = webhook_links(WEBHOOK)
            .into_iter()
            .map(|link| (link.place, link.url, link.mime, link.is_picture))
            .collect();
        let expected = [
            ("/content/0/attachment/url", "https://g/a", Some("image/png"), false),
            ("/content/2/carousel/cards/0/image", "https://g/c", None, true),
            ("/content/3/template/header/media/url", "https://g/h", Some("video/mp4"), false),
        ];
        let expected = expected.map(|(place, url, mime, is_picture)| {
            (place.to_owned(), url.to_owned(), mime.map(str::to_owned), is_picture)
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn only_the_link_changes() {
        let links = [("/content/0/attachment/url".to_owned(), "https://b/\"1".to_owned())];
        let expected = WEBHOOK.replace(r#""https:\/\/g\/a""#, r#""https://b/\"1""#);
        assert_eq!(with_links(WEBHOOK, &links), expected);
        assert_eq!(with_links(WEBHOOK, &[]), WEBHOOK);
        let none = [("/content/9/attachment/url".to_owned(), "https://b/1".to_owned())];
        assert_eq!(with_links(WEBHOOK, &none), WEBHOOK);
    }

    #[test]
    fn a_receipt_gets_the_id_that_the_bridge_gave() {
        let id = LynnEventId::new("m-1");
        let receipt = "\u{feff}{\"channel\":{\"messageId\":\"g-1\",\"id\":\"g-1\"},\r\n\"id\": \"g-1\",\"reasons\":[{\"id\":\"g-1\"}]}";
        let expected = "\u{feff}{\"channel\":{\"messageId\":\"m-1\",\"id\":\"g-1\"},\r\n\"id\": \"m-1\",\"reasons\":[{\"id\":\"g-1\"}]}";
        assert_eq!(with_receipt_id(receipt, &id), expected);
        let other = r#"{"id":"g-1","channel":{"messageId":"own"}}"#;
        assert_eq!(with_receipt_id(other, &id), r#"{"id":"m-1","channel":{"messageId":"own"}}"#);
    }

    #[test]
    fn the_customer_gets_the_id_that_lynn_knows() {
        let (external_id, contact) = (ContactId::new("5~s"), ContactId::new("5"));
        let webhook = r#"{"id":"5~s","channel":{ "to": {"idType":"Opaque", "id":"5~s" },"from":{"id":"i","idType":"Opaque"},"id":"5~s"}}"#;
        let expected = r#"{"id":"5~s","channel":{ "to": {"idType":"Phone", "id":"5" },"from":{"id":"i","idType":"Opaque"},"id":"5~s"}}"#;
        assert_eq!(with_contact(webhook, &external_id, (&contact, IdType::Phone)), expected);
        let other = webhook.replace("5~s", "6~s");
        assert_eq!(with_contact(&other, &external_id, (&contact, IdType::Phone)), other);
    }

    #[test]
    fn what_is_no_object_stays() {
        let deep = format!("{{\"content\":[{}", "{\"a\":".repeat(200));
        for odd in ["", "[]", "{", "7", "{\"content\":7}", "{\"content\":[null,[[{}]]]}", &deep] {
            assert!(webhook_links(odd).is_empty());
            assert_eq!(with_receipt_id(odd, &LynnEventId::new("m-1")), odd);
        }
        // A lone half of a surrogate pair is no text, but the rest is still read.
        let odd = r#"{"text":"\ud800","id":"g-1"}"#;
        let changed = with_receipt_id(odd, &LynnEventId::new("m-1"));
        assert_eq!(changed, r#"{"text":"\ud800","id":"m-1"}"#);
    }
}
