//! Detects variables that a flow did not fill in.

/// The texts that a variable without a value becomes when texts are joined.
const WORDS: [&str; 4] = ["undefined", "null", "NaN", "[object Object]"];

/// The names of Lynn's system entities, which a flow can use but not define. A name between quotes
/// is not replaced by its value. Other texts with `@` in front may be a customer's name on a
/// channel. Source: `disenadorFujo/crearentidad` of Lynn's resource center.
const ENTITIES: [&str; 29] = [
    "ADDED_ACTIONS_COUNT",
    "AGENT_NAME",
    "BASE_ACTIONS_COUNT",
    "BOT_NAME",
    "CHANNEL_ID",
    "CHANNEL_NAME",
    "CLIENT_NAME",
    "CONVERSATION",
    "CONVERSATION_INTENT",
    "CRITERIA",
    "CRITERIA_VALUE",
    "CURRENT EVALUATION",
    "CURRENT INTENT",
    "CURRENT_CONTEXT",
    "CURRENT_EVALUATION",
    "CURRENT_FILE_URL",
    "CURRENT_INTENT",
    "ENVIRONMENT",
    "FINALIZATION_CAUSE",
    "FORCED_ENTITY",
    "IS_SANDBOX_SESSION",
    "LAST INTENT",
    "LAST_INTENT",
    "PARENT_CAMPAIGN_RECORD",
    "SESSION_ID",
    "SYSTEM_LANG_1",
    "TRANSCRIPTION_ID",
    "USER_NAME",
    "sys-number",
];

/// Whether a text, without surrounding white space, is empty or a variable without a value.
pub(super) fn is_unfilled(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || WORDS.contains(&text)
        || (text.starts_with("{{") && text.ends_with("}}"))
        || (text.starts_with("${") && text.ends_with('}'))
        || is_entity(text)
}

/// Whether the text is the name of one of Lynn's entities, alone or as in `' + @CRITERIA + '`.
fn is_entity(text: &str) -> bool {
    let name = text.trim_matches(|sign: char| sign.is_whitespace() || "'\"+".contains(sign));
    name.strip_prefix('@').is_some_and(|name| ENTITIES.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_text_is_a_variable() {
        for text in ["", " \t", "undefined", " null ", "{{contact.id}}", "${id}", "{{a}}-{{b}}\n"] {
            assert!(is_unfilled(text), "{text}");
        }
        for text in ["0", "nullable", "Null", "{{a}} b", "a ${b}", "{a}"] {
            assert!(!is_unfilled(text), "{text}");
        }
    }

    #[test]
    fn a_name_of_an_entity_of_lynn_is_a_variable() {
        for text in
            ["@CRITERIA", " @CRITERIA_VALUE ", "' + @CRITERIA + '", "@SESSION_ID", "@sys-number"]
        {
            assert!(is_unfilled(text), "{text}");
        }
        // A customer of X may be called so.
        for text in [
            "@NASA",
            "@criteria",
            "@CRITERIA2",
            "CRITERIA",
            "@CRITERIA b",
            "a@CRITERIA",
            "@",
            "+5215512345678",
            "'",
        ] {
            assert!(!is_unfilled(text), "{text}");
        }
    }
}
