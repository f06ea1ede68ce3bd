//! Settings that cannot work are refused before setup creates anything.

use super::{Machine, NAME};
use crate::command::{Ended, run};

/// Runs the usual set-up with some arguments replaced, and with more variables.
async fn setup(machine: &Machine, instead: &[(&str, &str)], variables: &[(&str, &str)]) -> Ended {
    let mut arguments = machine.arguments();
    for (option, value) in instead {
        match arguments.iter().position(|argument| argument == option) {
            Some(place) => (*value).clone_into(&mut arguments[place + 1]),
            None => arguments.extend([(*option).to_owned(), (*value).to_owned()]),
        }
    }
    arguments.push("--yes".to_owned());
    let more = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment: Vec<(String, String)> =
        machine.environment().into_iter().chain(more).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(&arguments, &environment).await
}

#[tokio::test]
async fn what_the_configuration_would_be_refused_for_is_said_before_the_first_change() {
    let machine = Machine::start().await;
    let header = [("--lynn-auth", "header"), ("--lynn-header", "bad name")];
    let good = [("--lynn-auth", "header"), ("--lynn-header", "x-key")];
    for (instead, variables, named) in [
        (&header[..], [("LYNN_HEADER_VALUE", "planted")], "--lynn-header"),
        (&good, [("LYNN_HEADER_VALUE", "planted\nplanted")], "LYNN_HEADER_VALUE"),
        (&[], [("LYNN_SIGNING_SECRET", "planted")], "LYNN_SIGNING_SECRET"),
    ] {
        let said = setup(&machine, instead, &variables).await.bad(2);
        assert!(said.contains("nothing was changed") && said.contains(named), "{said}");
        assert!(!said.contains("planted"), "{said}");
        assert_eq!(machine.genesys.changes(), []);
        assert!(!machine.config().exists() && !machine.record().exists());
    }
    setup(&machine, &good, &[("LYNN_HEADER_VALUE", "planted")]).await.good();
}

#[tokio::test]
async fn a_webhook_url_that_cannot_work_is_refused() {
    let machine = Machine::start().await;
    for (url, why) in [
        ("https://bridge.example.com", "would not answer there"),
        ("https://bridge.example.com/genesys/other", "would not answer there"),
        ("https://bridge.example.com:8443/genesys/support", "port 443 only"),
        ("http://bridge.example.com/genesys/support", "https://"),
    ] {
        let said = setup(&machine, &[("--webhook-url", url)], &[]).await.bad(2);
        let good = format!("https://{{your host}}/genesys/{NAME}");
        assert!(said.contains("--webhook-url") && said.contains(why), "{said}");
        assert!(said.contains(&good), "{said}");
        assert_eq!(machine.genesys.changes(), []);
    }
}

#[tokio::test]
async fn a_login_that_is_refused_says_once_why_and_what_to_do() {
    let machine = Machine::start().await;
    for (variable, advice) in [
        ("GENESYS_ADMIN_CLIENT_ID", "compare GENESYS_ADMIN_CLIENT_ID and the region's domain"),
        ("GENESYS_ADMIN_CLIENT_SECRET", "GENESYS_ADMIN_CLIENT_SECRET is not the secret of"),
    ] {
        let said = setup(&machine, &[], &[(variable, "another")]).await.bad(1);
        assert!(said.contains("login in mypurecloud.com failed"), "{said}");
        assert!(said.contains(advice), "{said}");
        assert_eq!(said.matches("Genesys Cloud answered").count(), 1, "{said}");
    }
}
