//! Resolves texts outside the file: `{"env": "NAME"}` and `{"file": "PATH"}`.

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use zeroize::Zeroizing;

use super::checker::Checker;
use crate::config::error::{NOT_SET, VARIABLE};

/// The longest file, in bytes: the longest secret that Secrets Manager accepts.
const LONGEST: u64 = 65_536;

/// The text to which an object refers; `None` after an error was reported.
pub(super) fn bring(
    checker: &mut Checker<'_>,
    value: &Value,
    path: &str,
    expected: &str,
) -> Option<Value> {
    let fields = value.as_object().filter(|fields| fields.len() == 1);
    let field = |name: &str| fields.and_then(|fields| fields.get(name)?.as_str());
    let brought = match (field("env"), field("file")) {
        (Some(name), _) => variable(name),
        (_, Some(file)) => from_file(checker, file, path),
        _ => Err(expected.to_owned()),
    };
    match brought {
        Ok(text) => Some(Value::String(text)),
        Err(problem) => {
            checker.wrong(path, problem);
            None
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the configuration names the variable")]
fn variable(name: &str) -> Result<String, String> {
    // In some versions of the standard library, `std::env::var` panics on such a name.
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err("this is not the name of an environment variable".to_owned());
    }
    let shown = if is_usual(name) { name } else { "that is named here" };
    std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => format!("{VARIABLE}{shown}{NOT_SET}"),
        std::env::VarError::NotUnicode(_) => {
            format!("the environment variable {shown} is not UTF-8")
        }
    })
}

/// Whether a name looks like a variable's name. Any other text may be a secret in the wrong place,
/// and is not shown.
fn is_usual(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Removes one line feed at the end, which editors and `echo` add.
fn from_file(checker: &mut Checker<'_>, file: &str, path: &str) -> Result<String, String> {
    let place = checker.folder.join(file);
    // A text that does not look like a path may be a secret in the wrong place.
    let shown = match file.contains(['/', '.']) {
        true => format!("the file {file}"),
        false => "the file that is named here".to_owned(),
    };
    let unreadable = |error: std::io::Error| format!("{shown} cannot be read: {error}");
    // Reading a device or a pipe might never end.
    let known = std::fs::metadata(&place).map_err(unreadable)?;
    if !known.is_file() {
        return Err(format!("{shown} is no regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::new());
    let opened = std::fs::File::open(&place).map_err(unreadable)?;
    opened.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LONGEST {
        return Err(format!("{shown} has more than {LONGEST} bytes"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| format!("{shown} is not UTF-8"))?;
    if known.permissions().mode() & 0o077 != 0 {
        checker.warn(path, format!("others may read {shown}: chmod 600"));
    }
    Ok(text.strip_suffix('\n').unwrap_or(text).to_owned())
}
