//! `bridge backup` and `bridge restore`, as the operator of a bridge under load uses them.

use std::collections::BTreeSet;

use serde_json::json;

use crate::command::{Ended, run};
use crate::harness::{World, each};

async fn on(world: &World, command: &str, file: &str, data: &str) -> Ended {
    let folder = world.data_directory();
    let folder = folder.parent().expect("a folder");
    let path = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    run(&[command, &path(file), "--data", &path(data)], &[]).await
}

#[tokio::test]
async fn what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it() {
    let mut world = World::start().await;
    world.say("ana", "m-1", "Delivered before").await;
    world.accepted("ana", 1).await;
    // From now on Genesys is down, so that what comes waits; and more comes while the backup is made.
    world.genesys.set_down(true);
    let before: BTreeSet<String> = (2..40).map(|number| format!("m-{number}")).collect();
    for id in &before {
        world.say("ana", id, "Is anybody there?").await;
    }
    let (backup, ()) = tokio::join!(on(&world, "backup", "backup", "data"), async {
        for number in 0..40 {
            world.say("ben", &format!("b-{number}"), "Me too").await;
        }
    });
    let said = backup.good();
    assert!(said.contains("Backed up") && said.contains("configuration file is not"), "{said}");
    world.process.kill();
    on(&world, "restore", "backup", "restored").await.good();
    world.edit_config(|config| config["dataDir"] = json!("restored"));
    world.genesys.set_down(false);
    world.restart().await;
    let accepted = world.accepted("ana", 39).await;
    let ids = each(&accepted, "/channel/messageId");
    let delivered: BTreeSet<String> =
        ids[1..].iter().map(|id| id.as_str().expect("an id").to_owned()).collect();
    assert_eq!(delivered, before);
    // What was recorded as delivered is not sent again, and the restored bridge still knows its id.
    world.say("ana", "m-1", "Delivered before").await;
    world.say("ana", "m-40", "The last one").await;
    world.accepted("ana", 40).await;
    assert!(world.genesys.duplicates().is_empty(), "{:?}", world.genesys.duplicates());
    world.end();
}

#[tokio::test]
async fn a_backup_says_what_it_does_not_do() {
    let world = World::start().await;
    on(&world, "backup", "backup", "data").await.good();
    let said = on(&world, "backup", "backup", "data").await.bad(2);
    assert!(said.contains("exists already"), "{said}");
    let said = on(&world, "restore", "backup", "data").await.bad(2);
    assert!(said.contains("not empty"), "{said}");
    let said = on(&world, "backup", "other", "nowhere").await.bad(1);
    assert!(said.contains("there is no database"), "{said}");
    let path = world.data_directory().with_file_name("backup");
    let mut bytes = std::fs::read(&path).expect("a file");
    bytes[9000] ^= 1;
    std::fs::write(&path, bytes).expect("a file");
    let said = on(&world, "restore", "backup", "restored").await.bad(1);
    assert!(said.contains("is damaged in bridge.db: nothing was restored"), "{said}");
    assert!(!world.data_directory().with_file_name("restored").exists());
    let config = world.config_path();
    let file = world.data_directory().with_file_name("by-config");
    let (config, file) = (config.to_str().expect("UTF-8"), file.to_str().expect("UTF-8"));
    run(&["backup", file, "--config", config], &[]).await.good();
    let said = run(&["backup", file], &[]).await.bad(2);
    assert!(said.contains("--data and --config"), "{said}");
    world.end();
}
