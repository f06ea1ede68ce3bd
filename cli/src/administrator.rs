//! The administrator's OAuth client: from the environment, or typed in without echo. It is never an
//! argument, because other users of the machine can read those.

use std::io::IsTerminal as _;

use anyhow::{Context as _, anyhow};
use genesys_admin::organization::{Administrator, CallError, Problem};
use secrecy::SecretString;

use crate::failure;
use crate::hidden_input;
use crate::output;
use crate::progress;
use crate::running_local;

pub const ID: &str = "GENESYS_ADMIN_CLIENT_ID";
pub const SECRET: &str = "GENESYS_ADMIN_CLIENT_SECRET";

/// Where secrets come from: the environment, or a person at a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    /// Whether the program may ask a person.
    pub asks: bool,
}

impl Environment {
    /// The environment of this process. The program may ask if it runs at a terminal.
    pub fn of_process() -> Self {
        Self { asks: std::io::stdin().is_terminal() }
    }

    /// A variable that is set and not empty. The settings of a `bridge local` that is used come
    /// first: an administrator of another organisation has nothing to do with it.
    pub fn get(self, name: &str) -> Option<String> {
        if let Some(value) = running_local::variable(name) {
            return Some(value);
        }
        #[expect(clippy::disallowed_methods, reason = "this is where the commands read secrets")]
        let value = std::env::var(name).ok();
        value.filter(|value| !value.trim().is_empty())
    }

    /// A secret from the variable `name`; otherwise the person is asked for `what`, without echo.
    pub fn secret(self, name: &str, what: &str) -> anyhow::Result<SecretString> {
        if let Some(value) = self.get(name) {
            return Ok(SecretString::from(value));
        }
        self.must_ask(name, what)?;
        drop(progress::end());
        let typed = hidden_input::ask(format!("{what} (not shown): "))
            .with_context(|| format!("read {what} from the terminal; or set {name}"))?;
        filled(typed.trim(), what).map(SecretString::from)
    }

    fn must_ask(self, name: &str, what: &str) -> anyhow::Result<()> {
        if self.asks {
            return Ok(());
        }
        Err(failure::misconfigured(anyhow!(
            "{what} is needed: set {name}, or run this at a terminal and enter it"
        )))
    }
}

fn filled(text: &str, what: &str) -> anyhow::Result<String> {
    if text.is_empty() {
        return Err(failure::misconfigured(anyhow!("{what} must not be empty")));
    }
    Ok(text.to_owned())
}

/// Both values from the environment; the names of the missing variables otherwise. Never asks.
pub fn of_environment() -> Result<Administrator, String> {
    let environment = Environment { asks: false };
    match (environment.get(ID), environment.get(SECRET)) {
        (Some(client_id), Some(secret)) => {
            Ok(Administrator { client_id, client_secret: SecretString::from(secret) })
        }
        (Some(_), None) => Err(SECRET.to_owned()),
        (None, Some(_)) => Err(ID.to_owned()),
        (None, None) => Err(format!("{ID} and {SECRET}")),
    }
}

pub fn advice(error: &CallError) -> String {
    login_advice(error, ID, SECRET, "the region's domain")
}

/// The next step after a failed login; the arguments are the names of the settings that were used.
/// Genesys Cloud answers an unknown client and a wrong secret differently.
pub fn login_advice(error: &CallError, id: &str, secret: &str, domain: &str) -> String {
    match &error.problem {
        Problem::Refused(refusal) if refusal.status == 400 => format!(
            "there is no such OAuth client in this region: compare {id} and {domain} with Admin > Integrations > OAuth"
        ),
        Problem::Refused(refusal) if refusal.status == 401 => format!(
            "{secret} is not the secret of {id}, the client is not active, or the region is another one: see Admin > Integrations > OAuth"
        ),
        Problem::NotSent(_) => format!("check the network and the domain {domain}"),
        _ => "try again in a minute; if it lasts, see status.mypurecloud.com".to_owned(),
    }
}

pub fn find(environment: Environment) -> anyhow::Result<Administrator> {
    let client_id = match environment.get(ID) {
        Some(id) => id,
        None => {
            let what = "the id of the administrator's OAuth client";
            environment.must_ask(ID, what)?;
            let typed = output::ask(format_args!("{what}:"), what)?;
            filled(&typed.unwrap_or_default(), what)?
        }
    };
    let client_secret =
        environment.secret(SECRET, "the secret of the administrator's OAuth client")?;
    Ok(Administrator { client_id, client_secret })
}

/// Shows what the program waits for at Genesys Cloud.
pub fn tell(said: &str) {
    if std::io::stderr().is_terminal() {
        progress::show(said);
    } else {
        output::note(said);
    }
}
