//! The access status of the OAuth clients and the tokens, for operators: read from the items that
//! the instances share.
//!
//! Rule: a token is never part of it, and a client appears by its fingerprint.

use shared::config::{LynnAuthentication, SendConfig};
use shared::ports::{Item, ItemKey};
use shared::time::Timestamp;

pub use crate::genesys::budget::{BudgetStatus, LimitStatus};
use crate::genesys::{budget, login};
use crate::lynn::login as lynn_login;
use crate::tokens;
pub use crate::tokens::TokenStatus;

/// The beginnings of the partitions of these items.
pub const PARTITIONS: [&str; 2] = ["budget#genesys#", "token#"];

/// The keys of the items of one integration.
pub fn keys(config: &SendConfig) -> Vec<ItemKey> {
    let clients = &config.genesys.oauth_clients;
    let budgets = clients.iter().map(|client| login::client_digest(config, client));
    let budgets = budgets.map(|client| budget::item_key(&client));
    let tokens = clients.iter().map(|client| login::token_key(config, client));
    let of_lynn = match &config.lynn.auth {
        LynnAuthentication::LynnToken { endpoint, access_token, .. } => {
            Some(lynn_login::token_key(&config.name, endpoint, access_token))
        }
        _ => None,
    };
    budgets.chain(tokens).chain(of_lynn).collect()
}

/// The fingerprints of the OAuth clients of one integration.
pub fn clients(config: &SendConfig) -> Vec<String> {
    let clients = config.genesys.oauth_clients.iter();
    let digest = |client| login::client_digest(config, client);
    clients.map(digest).map(|client| budget::fingerprint(&client).to_owned()).collect()
}

/// Everything that the items say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessStatus {
    pub budgets: Vec<BudgetStatus>,
    pub tokens: Vec<TokenStatus>,
}

impl AccessStatus {
    /// Takes in one item; an item of another kind is ignored.
    pub fn add(&mut self, key: &ItemKey, item: &Item, now: Timestamp) {
        if key.partition.starts_with("budget#") {
            self.budgets.push(budget::status(&item.body, now));
        } else {
            self.tokens.extend(tokens::status(key, &item.body, now));
        }
    }

    /// Adds the OAuth clients of which the instances have shared nothing, since enough is left.
    pub fn complete(&mut self) {
        for token in self.tokens.iter().filter(|token| token.provider == "genesys") {
            if self.budgets.iter().all(|budget| budget.client != token.client) {
                let client = token.client.clone();
                self.budgets.push(BudgetStatus { client, limit: None, paused_until: None });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(partition: &str, body: &str) -> AccessStatus {
        let mut status = AccessStatus::default();
        let item = Item { body: body.to_owned(), version: 1 };
        status.add(&ItemKey::new(partition, "any"), &item, Timestamp::from_milliseconds(0));
        status
    }

    #[test]
    fn the_limit_with_the_least_left_counts_and_a_minute_that_is_over_does_not() {
        let limit = |allowed: u64, left: u64, until: i64| {
            format!(
                r#"{{"allowed":{allowed},"left":{left},"end":{{"until":{until},"milliseconds":{until}}}}}"#
            )
        };
        let limits = [limit(300, 30, 9_000), limit(60, 60, 9_000), limit(10, 0, 0)].join(",");
        let body = format!(r#"{{"client":"0123456789ab","limits":[{limits}]}}"#);
        let budget = status("budget#genesys#0123456789ab", &body).budgets.remove(0);
        let until = Timestamp::from_milliseconds(9_000);
        assert_eq!(budget.limit, Some(LimitStatus { left: 30, allowed: 300, until }));
        assert_eq!((budget.client.as_str(), budget.paused_until), ("01234567", None));
        assert_eq!(status("budget#genesys#a", "?").budgets[0].limit, None);
    }

    #[test]
    fn a_token_is_not_told() {
        let body = r#"{"token":"a-secret-token","expiresAt":1000}"#;
        let status = status("token#lynn#0123456789ab", body);
        assert!(!format!("{status:?}").contains("secret"), "{status:?}");
        let token = &status.tokens[0];
        assert_eq!((token.provider.as_str(), token.client.as_str()), ("lynn", "01234567"));
        assert_eq!(
            (token.valid, token.expires_at.map(Timestamp::milliseconds)),
            (true, Some(1000))
        );
    }
}
