//! `bridge doctor` beside a running `bridge serve`: a correct set-up, and each check made to fail.
//!
//! Rule: the tests compare printed lines; names replace the values that differ with each run.

mod conditions;
mod genesys;
mod lynn;
mod machine;
mod on_aws;
mod output;
mod permissions;
mod posts;
mod probe;
mod send;

use std::os::unix::fs::PermissionsExt as _;

use crate::command::{Ended, run};
use crate::harness::{Harness, Setup};

/// A set-up that the doctor examines.
pub struct Installation {
    pub harness: Harness,
    /// Whether the administrator's OAuth client is in the environment.
    administrator: bool,
}

impl Installation {
    /// A correct set-up.
    pub async fn new(setup: Setup) -> Self {
        let harness = setup.start().await;
        posts::let_workflows_post(&harness);
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(harness.config_path(), private).expect("it is ours");
        Self { harness, administrator: true }
    }

    fn environment(&self) -> Vec<(String, String)> {
        let options = self.harness.genesys.options();
        let variables = [
            ("GENESYS_ADMIN_CLIENT_ID", &options.admin_client_id),
            ("GENESYS_ADMIN_CLIENT_SECRET", &options.admin_client_secret),
        ];
        let given = variables.into_iter().filter(|_| self.administrator);
        given.map(|(name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// Runs `bridge doctor` on the set-up.
    pub async fn examine(&self, more: &[&str]) -> Ended {
        let config = self.harness.config_path();
        let bridge = self.harness.address.clone();
        let fixed =
            ["doctor", "--config", config.to_str().expect("UTF-8"), "--bridge-url", &bridge];
        run(&[&fixed, more].concat(), &self.environment()).await
    }

    /// The lines of some checks, or with `*` all lines that are not OK; names replace values that
    /// differ with each run.
    async fn lines(&self, checks: &[&str]) -> String {
        let ended = self.examine(&[]).await;
        let wanted = |line: &&str| {
            let id = line.split_whitespace().nth(2).unwrap_or_default();
            checks.contains(&id)
                || (checks == ["*"] && !line.starts_with("OK") && line.contains("  "))
        };
        let lines: Vec<&str> = ended.output.lines().filter(wanted).collect();
        assert!(!lines.is_empty(), "{ended:?}");
        self.named(&lines.join("\n"))
    }

    /// Replaces the values that differ with each run by names.
    pub fn named(&self, text: &str) -> String {
        let directory = self.harness.config_path();
        let directory = directory.parent().and_then(std::path::Path::to_str).expect("UTF-8");
        text.replace(&self.harness.address, "BRIDGE")
            .replace(&self.harness.genesys.base_url(), "GENESYS")
            .replace(&self.harness.lynn.base_url(), "LYNN")
            .replace(directory, "FOLDER")
    }
}

/// The lines of a set-up after a change.
async fn after(setup: Setup, change: impl FnOnce(&mut Installation), checks: &[&str]) -> String {
    let mut installation = Installation::new(setup).await;
    change(&mut installation);
    installation.lines(checks).await
}
