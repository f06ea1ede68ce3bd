//! Forms for Lynn: the questions and options become lines of the text, and the customer answers in
//! words.

use shared::genesys::outbound::{Form, FormComponent};

use super::list_picker::{label, lines};

pub(super) fn form(form: &Form) -> Vec<String> {
    let mut text = lines(&form.received_message);
    let introduction = &form.introduction;
    text.extend([&introduction.title, &introduction.subtitle].into_iter().flatten().cloned());
    for page in &form.form_pages {
        text.extend([&page.title, &page.subtitle].into_iter().flatten().cloned());
        page.page_components.iter().for_each(|component| questions(component, &mut text));
    }
    text
}

fn questions(component: &FormComponent, text: &mut Vec<String>) {
    let choice = |choice: &String| format!("- {choice}");
    if let Some(input) = &component.input {
        text.extend([&input.title, &input.subtitle].into_iter().flatten().cloned());
    }
    if let Some(picker) = &component.date_picker {
        text.extend([&picker.title, &picker.subtitle].into_iter().flatten().cloned());
        let times = picker.available_times.iter().filter_map(|time| time.date_time.as_ref());
        text.extend(times.map(choice));
    }
    if let Some(picker) = &component.list_picker {
        text.extend(lines(&picker.received_message));
        for section in &picker.sections {
            text.extend(section.title.clone());
            text.extend(section.items.iter().filter_map(label).map(|label| choice(&label)));
        }
    }
    if let Some(picker) = &component.wheel_picker {
        let items =
            picker.items.iter().filter_map(|item| item.title.as_ref().or(item.value.as_ref()));
        text.extend(items.map(choice));
    }
}
