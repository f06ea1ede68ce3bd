//! The form of the file, read strictly: the part of Postman's format v2.1 that the collection uses.
//!
//! Source: <https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html>.

use serde::Deserialize;

use super::collection::SCHEMA;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collection {
    #[expect(dead_code, reason = "reading it checks its form")]
    info: Info,
    pub item: Vec<Item>,
    pub variable: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "reading it checks its form")]
struct Info {
    name: String,
    description: String,
    #[serde(deserialize_with = "format")]
    schema: (),
}

fn format<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    let text = String::deserialize(deserializer)?;
    if text == SCHEMA { Ok(()) } else { Err(serde::de::Error::custom(text)) }
}

/// A folder, or a request with its answers.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Item {
    Folder(Folder),
    Request(Box<Entry>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    #[expect(dead_code, reason = "reading it checks its form")]
    name: String,
    #[expect(dead_code, reason = "reading it checks its form")]
    description: String,
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    name: String,
    request: Request,
    response: Vec<Response>,
}

impl Item {
    /// The requests in the order of the file, each with its name and its answers.
    pub fn requests(&self) -> Vec<(&str, &Request, &[Response])> {
        match self {
            Self::Folder(folder) => folder.item.iter().flat_map(Self::requests).collect(),
            Self::Request(entry) => vec![(&entry.name, &entry.request, &entry.response)],
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub auth: Auth,
    pub method: String,
    pub header: Vec<Pair>,
    pub body: Option<Body>,
    pub url: Url,
    #[expect(dead_code, reason = "reading it checks its form")]
    description: String,
}

/// The attributes of an authentication have its type as their key.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "type", rename_all = "lowercase")]
pub enum Auth {
    NoAuth {},
    ApiKey { apikey: Vec<Attribute> },
}

impl Auth {
    /// The header that Postman adds.
    pub fn header(&self) -> Option<Pair> {
        let Self::ApiKey { apikey } = self else { return None };
        let value = |key: &str| {
            let found = apikey.iter().find(|attribute| attribute.key == key);
            found.unwrap_or_else(|| panic!("no attribute {key}")).value.clone()
        };
        assert_eq!(value("in"), "header");
        Some(Pair { key: value("key"), value: value("value"), disabled: false })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    key: String,
    value: String,
    #[expect(dead_code, reason = "reading it checks its form")]
    r#type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    pub key: String,
    pub value: String,
    #[serde(default)]
    disabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    pub mode: String,
    pub raw: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Url {
    pub raw: String,
    host: Vec<String>,
    path: Vec<String>,
    #[serde(default)]
    query: Vec<Pair>,
}

impl Url {
    /// The URL of its parts, which Postman sends; a reader of `raw` must get the same.
    pub fn joined(&self) -> String {
        let enabled = self.query.iter().filter(|pair| !pair.disabled);
        let query: Vec<String> =
            enabled.map(|pair| format!("{}={}", pair.key, pair.value)).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let path = self.path.join("/");
        let joined = format!("{}/{path}{mark}{}", self.host.join("."), query.join("&"));
        assert_eq!(joined, self.raw);
        joined
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    #[expect(dead_code, reason = "reading it checks its form")]
    name: String,
    #[expect(dead_code, reason = "reading it checks its form")]
    status: String,
    pub code: u16,
    #[serde(default)]
    #[expect(dead_code, reason = "reading it checks its form")]
    header: Vec<Pair>,
    #[expect(dead_code, reason = "reading it checks its form")]
    body: Option<String>,
}
