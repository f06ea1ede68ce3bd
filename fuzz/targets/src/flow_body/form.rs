//! The fields of a JSON body as a form.

use serde_json::{Map, Value};
use url::form_urlencoded::Serializer;

/// The values that a form can give a body: texts, numbers and booleans, alone, in an object, or in
/// the objects of `attachments` and `history`. A form has no `null` and nothing empty.
pub(super) fn expressible(body: &Value) -> Value {
    let mut fields = Map::new();
    for (key, value) in body.as_object().into_iter().flatten().filter(|(key, _)| is_name(key)) {
        let is_list = ["attachments", "history"].contains(&key.as_str());
        let kept = match value {
            Value::Object(object) if !is_list => {
                scalars(object, |name| key == "attributes" || is_name(name))
            }
            Value::Array(elements) if is_list => {
                let kept: Vec<Value> = elements.iter().filter_map(element).collect();
                (!kept.is_empty()).then_some(kept.into())
            }
            other => scalar(other),
        };
        if let Some(kept) = kept {
            fields.insert(key.clone(), kept);
        }
    }
    // A phone number with a blank in front has lost its plus in a form, and is refused there.
    if fields.get("contact").is_some_and(|contact| contact["id"].to_string().contains(' ')) {
        fields.remove("contact");
    }
    fields.into()
}

fn element(value: &Value) -> Option<Value> {
    match value {
        Value::Object(object) => scalars(object, is_name),
        other => scalar(other),
    }
}

/// The texts, numbers and booleans of an object whose names a form can express, if there are any.
fn scalars(object: &Map<String, Value>, takes: impl Fn(&str) -> bool) -> Option<Value> {
    let named = object
        .iter()
        .filter(|(name, _)| !name.trim().is_empty() && !name.contains(['[', ']']) && takes(name));
    let kept: Map<_, _> =
        named.filter_map(|(name, value)| Some((name.clone(), scalar(value)?))).collect();
    (!kept.is_empty()).then_some(kept.into())
}

/// Whether a key is one part of a dotted name.
fn is_name(key: &str) -> bool {
    !key.trim().is_empty() && !key.contains(['.', '[', ']'])
}

fn scalar(value: &Value) -> Option<Value> {
    (value.is_string() || value.is_number() || value.is_boolean()).then(|| value.clone())
}

/// The form of fields that a form can express.
pub(super) fn written(fields: &Value) -> String {
    let mut form = Serializer::new(String::new());
    add(&mut form, "", fields);
    form.finish()
}

fn add(form: &mut Serializer<'_, String>, name: &str, value: &Value) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, it)| add(form, &below(key), it)),
        Value::Array(elements) => {
            let numbered = elements.iter().enumerate();
            numbered.for_each(|(place, it)| add(form, &below(&place.to_string()), it));
        }
        Value::String(text) => drop(form.append_pair(name, text)),
        scalar => drop(form.append_pair(name, &scalar.to_string())),
    }
}
