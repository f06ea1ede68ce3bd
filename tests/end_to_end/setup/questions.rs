//! Missing values: a person is asked for everything in one go, a script is told everything at
//! once.

use serde_json::json;
use simulators::ObjectKind;

use super::{Machine, TOKEN};
use crate::command::run;
use crate::terminal::dialogue;

#[tokio::test]
async fn a_script_is_told_everything_that_is_missing_at_once() {
    let said = run(&["setup"], &[]).await.bad(2);
    for missing in [
        "--config or --stack",
        "--name",
        "--domain",
        "GENESYS_ADMIN_CLIENT_ID and GENESYS_ADMIN_CLIENT_SECRET",
        "--webhook-url",
        "--queue",
        "--lynn-webhook-url",
    ] {
        assert!(said.contains(&format!("\n  {missing} (")), "{missing}: {said}");
    }
    assert!(said.contains("nothing was changed") && said.contains("at a terminal"), "{said}");
    let all = ["setup", "--config", "new.json", "--name", "support", "--queue", "Support"];
    let some = [&all[..], &["--lynn-auth", "basic", "--domain", "mypurecloud.com"]].concat();
    let said = run(&some, &[]).await.bad(2);
    for missing in ["--webhook-url", "--lynn-webhook-url", "--lynn-username", "LYNN_PASSWORD"] {
        assert!(said.contains(&format!("\n  {missing} (")), "{missing}: {said}");
    }
    assert!(!said.contains("--name") && !said.contains("--queue"), "{said}");
    // A removal needs less.
    let said = run(&["setup", "--remove"], &[]).await.bad(2);
    assert!(said.contains("--domain") && !said.contains("--queue"), "{said}");
}

#[tokio::test]
async fn a_person_is_asked_for_everything_that_is_missing() {
    let machine = Machine::start().await;
    let options = machine.genesys.options();
    let base = machine.genesys.base_url();
    let config = machine.config().display().to_string();
    let bridge = format!("http://{}", machine.bridge);
    let lynn = format!("http://{}/webhook", machine.lynn);
    let place = ["setup", "--api-base-url", &base, "--login-base-url", &base];
    let faster = [("BRIDGE_SETUP_FASTER".to_owned(), "20".to_owned())];
    let answers = [
        ("a file of bridge serve, or stack:NAME (--config or --stack) [bridge.json]:", &*config),
        ("(--name) [support]:", ""),
        ("(--domain) [mypurecloud.com]:", "no domain"),
        ("[mypurecloud.com]:", ""),
        ("the id of the administrator's OAuth client:", &options.admin_client_id),
        ("(not shown):", &options.admin_client_secret),
        ("the public URL of the bridge", ""),
        ("the public URL of the bridge", &*bridge),
        ("(--queue) [Support]:", ""),
        ("Create the queue", "y"),
        ("(--lynn-webhook-url):", &lynn),
        ("(--lynn-auth) [none]:", "bearer"),
        ("(not shown):", TOKEN),
        ("Go ahead? [y/N]", "y"),
    ]
    .map(|(question, answer)| (question.trim_start_matches("the public"), answer));
    let ended = dialogue(&place, &faster, &answers).await;
    machine.assert_no_secret(&ended);
    let screen = ended.good();
    let webhook = format!("{bridge}/genesys/support");
    assert!(screen.contains(&format!("Genesys Cloud posts to          {webhook}")), "{screen}");
    let lynn_url = format!("Lynn posts to                   {bridge}/lynn/support");
    assert!(screen.contains(&lynn_url), "{screen}");
    let queue = &machine.genesys.objects(ObjectKind::Queue)[0];
    let page = "https://apps.mypurecloud.com/directory/#/admin/organization/queues/";
    assert!(screen.contains(&format!("{page}{}", queue["id"].as_str().unwrap())), "{screen}");
    assert_eq!(machine.entry()["lynn"]["auth"], json!({ "type": "bearer", "token": TOKEN }));
    assert_eq!(queue["name"], "Support");
}

#[tokio::test]
async fn a_removal_names_the_address_that_lynn_posts_to() {
    let machine = Machine::start().await;
    machine.setup(&[]).await.good();
    let output = machine.run(&machine.place(), &["--remove", "--yes"]).await.good();
    let url = format!("Take the URL http://{}/lynn/support out of Lynn's flow.", machine.bridge);
    assert!(output.contains(&url), "{output}");
}
