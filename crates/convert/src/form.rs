//! Forms for Lynn: the questions and options become lines of the text, and the customer answers in
//! words.
//!
//! Rule: every question keeps all its lines, also those that another question has too.

use shared::genesys::outbound::{Form, FormComponent};

use super::date_picker::date_picker;
use super::fallback;
use super::link::Unsupported;
use super::list_picker::{label, lines};

/// The lines of the introduction, and all questions as one block.
pub(super) fn form(form: &Form, unsupported: &mut Unsupported) -> Vec<String> {
    let mut text = lines(&form.received_message);
    text.extend(lines(&form.introduction));
    let mut block = Vec::new();
    for page in &form.form_pages {
        block.extend([&page.title, &page.subtitle].into_iter().flatten().cloned());
        for component in &page.page_components {
            questions(component, &mut block, unsupported);
        }
    }
    text.extend(Some(block.join("\n")).filter(|block| !block.is_empty()));
    text
}

fn questions(component: &FormComponent, text: &mut Vec<String>, unsupported: &mut Unsupported) {
    let choice = |choice: &String| format!("- {choice}");
    if let Some(input) = &component.input {
        text.extend([&input.title, &input.subtitle].into_iter().flatten().cloned());
    }
    if let Some(picker) = &component.date_picker {
        let picker = date_picker(picker, unsupported);
        text.extend(fallback::invitation(&picker));
        text.extend(picker.available_times.iter().map(|time| choice(&fallback::time(time))));
    }
    if let Some(picker) = &component.list_picker {
        text.extend(lines(&picker.received_message));
        for section in &picker.sections {
            text.extend(section.title.clone());
            for item in &section.items {
                let picture = unsupported.page(item.image_url.as_ref(), "Image");
                match (label(item).or_else(|| item.id.clone()), picture) {
                    (Some(label), Some(picture)) => {
                        text.push(choice(&format!("{label}: {picture}")))
                    }
                    (Some(one), None) | (None, Some(one)) => text.push(choice(&one)),
                    (None, None) => unsupported.add("Form"),
                }
            }
        }
    }
    if let Some(picker) = &component.wheel_picker {
        for item in &picker.items {
            match item.title.as_ref().or(item.value.as_ref()) {
                Some(label) => text.push(choice(label)),
                None => unsupported.add("Form"),
            }
        }
    }
}
