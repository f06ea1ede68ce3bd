//! Every command that a document tells the reader to type is run by a test or by a tool that the
//! tests use, or the reason why not is given here.

use crate::documents;
use crate::known::assert_none;
use crate::runbook::{FOLDERS, is_test, text_of};
use crate::template::ROOT;

/// How a command is run.
#[derive(Clone, Copy, Debug)]
enum By {
    /// By this test.
    Test(&'static str),
    /// By this file, which the checks or the tests use.
    Tool(&'static str),
    /// Not at all, for this reason.
    Nothing(&'static str),
}

use By::{Nothing, Test, Tool};

const PAGES: &str = "every_command_of_the_pages_works";
const REAL: &str =
    "needs a real AWS account; its form is held against AWS's manual in `documented`";
const ENGINE: &str = "needs an engine that can pull images; `tests/repository` checks the files";
const CLUSTER: &str = "needs a cluster; `tests/repository` checks the manifests";
const MACHINE: &str = "changes the machine that it runs on";

/// The commands, by their first words; only the last word may be cut. The first matching row
/// counts.
const RUNS: &[(&str, By)] = &[
    ("cargo run -- demo", Tool("Makefile")),
    ("cargo install --path cli", Nothing("compiles what every test compiles once more")),
    ("tar -xzf bridge-", Tool("tools/try-release")),
    ("cd bridge-", Tool("tools/try-release")),
    ("./bridge demo", Tool("tools/try-release")),
    ("sha256sum --check", Tool("tools/try-release")),
    ("gh attestation verify", Nothing("needs a release that GitHub has signed")),
    ("cargo run", Test(PAGES)),
    ("cat > webhook.json", Test(PAGES)),
    ("curl ", Test(PAGES)),
    ("printf ", Test(PAGES)),
    ("export GENESYS_ADMIN_CLIENT_ID", Test("an_empty_organisation_becomes_a_conversation")),
    (
        "bridge setup --domain mypurecloud.com --name support --stack",
        Test("a_stack_is_set_up_rotated_and_taken_back"),
    ),
    ("bridge setup", Test("the_page_shows_what_is_printed")),
    ("bridge render --config bridge.json --type", Test("a_sample_of_each_type_can_be_rendered")),
    ("bridge render", Test("an_event_or_a_request_of_ones_own_can_be_rendered")),
    ("sudo -u bridge NEW config check", Test("the_example_of_the_page_holds")),
    ("sudo -u bridge bridge doctor", Test("a_right_set_up_is_well_throughout")),
    ("tools/canary", Test("the_canary_is_the_template_and_an_alias_of_each_receiver")),
    ("bridge serve", Test("a_second_instance_is_refused_by_whatever_name_it_comes")),
    ("bridge health", Test("a_bridge_that_works_is_healthy")),
    ("bridge doctor --stack", Test("a_stack_is_looked_at_in_aws")),
    ("bridge doctor", Test("a_right_set_up_is_well_throughout")),
    (
        "bridge dead-letters redrive --queues",
        Test("the_queues_of_undone_messages_go_back_in_order"),
    ),
    ("bridge dead-letters", Test("dead_letters_of_a_stack_are_listed_and_sent_again_in_order")),
    ("bridge conversations", Test("conversations_of_a_stack_are_listed_and_shown")),
    ("bridge config check", Test("the_example_of_the_page_holds")),
    (
        "bridge config push --config bridge.json --stack bridge --revoke",
        Test("a_push_that_revokes_ends_the_replaced_secrets_though_nothing_changes"),
    ),
    ("bridge config push", Test("a_configuration_is_stored_changed_removed_and_restored")),
    ("bridge config schema", Test("the_schema_describes_every_key")),
    ("bridge config pull", Test("a_configuration_is_read_back_with_its_secrets_masked")),
    ("bridge console --stack", Test("a_stack_is_looked_at_and_redriven_on_a_page")),
    ("bridge console", Test("what_a_dry_run_showed_is_sent_again_in_order_while_the_bridge_runs")),
    ("bridge status --stack", Test("the_queues_of_undone_messages_go_back_in_order")),
    ("bridge status", Test("a_watch_looks_again_until_it_is_stopped")),
    ("sudo -u bridge bridge status", Test("what_waits_says_since_when_until_when_and_why")),
    ("bridge local --real-lynn", Test("a_real_lynn_converses_with_the_simulated_genesys")),
    ("bridge local --real-genesys", Test("a_real_genesys_converses_with_the_simulated_lynn")),
    ("bridge local --listen", Test("an_address_that_was_asked_for_and_is_taken_is_a_failure")),
    ("bridge local", Test("the_end_of_the_terminal_leaves_nothing_behind")),
    ("bridge replay", Test("a_recording_can_be_replayed")),
    ("bridge demo", Tool("Makefile")),
    ("bridge sign", Test("sign_prints_the_headers_that_the_endpoints_take")),
    ("bridge send", Test("a_text_is_sent_without_a_file_and_a_refusal_is_a_failure")),
    ("bridge completions", Test("each_shell_gets_its_completions")),
    ("bridge man", Test("a_manual_page_is_of_its_command")),
    (
        "bridge backup",
        Test("what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it"),
    ),
    (
        "bridge restore",
        Test("what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it"),
    ),
    (
        "sudo -u bridge bridge backup /var/backups/bridge/before-upgrade.backup",
        Test("an_upgrade_is_undone_by_the_backup_made_before_it"),
    ),
    (
        "sudo -u bridge bridge restore /var/backups/bridge/before-upgrade.backup",
        Test("an_upgrade_is_undone_by_the_backup_made_before_it"),
    ),
    (
        "sudo -u bridge bridge backup",
        Test("what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it"),
    ),
    (
        "sudo -u bridge bridge restore",
        Test("what_was_accepted_before_the_backup_of_a_running_bridge_is_delivered_from_it"),
    ),
    ("sam build", Tool("local-aws/src/deployment.rs")),
    ("sam deploy", Tool("local-aws/src/deployment.rs")),
    ("sam package", Nothing(REAL)),
    ("sam publish", Nothing(REAL)),
    ("terraform ", Nothing(REAL)),
    ("docker load", Tool("tools/try-release")),
    ("docker run --rm bridge:1.0.0-rc.1 demo", Tool("tools/try-release")),
    ("docker ", Nothing(ENGINE)),
    ("kubectl ", Nothing(CLUSTER)),
    ("export BRIDGE_IMAGE", Nothing(ENGINE)),
    ("make local-aws", Tool("tools/test-deployed")),
    ("make sam-invoke", Tool("tools/invoke-all")),
    ("jq ", Test("an_event_that_was_put_aside_has_its_effect_when_the_function_is_given_it_again")),
    (
        "aws lambda invoke",
        Test("an_event_that_was_put_aside_has_its_effect_when_the_function_is_given_it_again"),
    ),
    (
        "aws sqs ",
        Test("an_event_that_was_put_aside_has_its_effect_when_the_function_is_given_it_again"),
    ),
    (
        "aws logs tail /aws/lambda/",
        Test("a_function_that_cannot_start_is_counted_says_why_and_works_after_the_roll_back"),
    ),
    ("aws dynamodb ", Test("a_restored_table_is_adopted_and_what_waits_is_delivered")),
    ("aws ", Nothing(REAL)),
    ("sudo ", Nothing(MACHINE)),
    ("git ", Nothing(MACHINE)),
];

/// The languages of the blocks in the documents. Commands are in blocks of `sh` only.
const LANGUAGES: [&str; 7] = ["", "http", "js", "json", "mermaid", "sh", "yaml"];

/// The languages of a document's blocks that are not known, so that no command hides in a block
/// that is not read.
fn foreign_blocks(document: &str) -> Vec<&str> {
    let openings = document.split("```").skip(1).step_by(2);
    let languages = openings.map(|block| block.lines().next().unwrap_or_default().trim());
    languages.filter(|language| !LANGUAGES.contains(language)).collect()
}

/// The commands in a document's `sh` blocks, each as a whole.
fn commands(document: &str) -> Vec<String> {
    let blocks = document.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut commands = Vec::new();
    for block in blocks {
        let block = block.replace("\\\n", " ");
        let mut lines = block.lines();
        while let Some(line) = lines.next() {
            let mut command = line.to_owned();
            if let Some((_, end)) = line.split_once("<<") {
                let _ = lines.by_ref().take_while(|line| *line != end).count();
            }
            while command.matches('\'').count() % 2 == 1 {
                command.push_str(lines.next().expect("the end of a quote"));
            }
            if !command.trim().is_empty() {
                commands.push(command);
            }
        }
    }
    commands
}

/// The text of a file of the repository; empty if there is none.
fn read(file: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(ROOT).join(file)).unwrap_or_default()
}

fn by(command: &str) -> Option<By> {
    RUNS.iter().find(|(start, _)| begins(command, start)).map(|(_, by)| *by)
}

/// Whether a command begins with these words. A subcommand or a flag counts as a whole.
fn begins(command: &str, start: &str) -> bool {
    let rest = command.strip_prefix(start);
    let is_word = start.ends_with(|letter: char| letter.is_ascii_lowercase());
    rest.is_some_and(|rest| !is_word || rest.is_empty() || rest.starts_with([' ', '=']))
}

/// The long flags of a command that the source does not contain.
fn untried<'a>(command: &'a str, source: &str) -> Vec<&'a str> {
    let words = command.split(|letter: char| letter.is_whitespace() || "\"'()=".contains(letter));
    let flags = words.filter(|word| word.starts_with("--") && word.len() > 2);
    flags.filter(|flag| !source.contains(flag)).collect()
}

#[test]
fn every_command_of_the_documents_is_run() {
    let sources = text_of(&FOLDERS);
    let mut findings = Vec::new();
    let mut all = Vec::new();
    for (name, document) in documents::all(ROOT) {
        for language in foreign_blocks(&document) {
            findings.push(format!("{name}: no test reads blocks of {language}"));
        }
        for command in commands(&document) {
            let untried = match by(&command) {
                None => {
                    findings.push(format!("{name}: nothing runs {command}"));
                    Vec::new()
                }
                // This test types the commands as they are on the page.
                Some(Test(PAGES) | Nothing(_)) => Vec::new(),
                Some(Test(_)) => untried(&command, &sources),
                Some(Tool(file)) => untried(&command, &read(file)),
            };
            for flag in untried {
                findings.push(format!("{name}: nothing tries {flag} of {command}"));
            }
            all.push(command);
        }
    }
    for (start, by) in RUNS {
        if !all.iter().any(|command| begins(command, start)) {
            findings.push(format!("no document has {start}"));
        }
        let holds = match by {
            Test(test) => is_test(&sources, test),
            Tool(file) => !read(file).is_empty(),
            Nothing(reason) => !reason.is_empty(),
        };
        if !holds {
            findings.push(format!("{start}: there is no {by:?}"));
        }
    }
    assert_none(&findings);
}

#[test]
fn a_command_that_nothing_runs_is_found() {
    let document =
        "```sh\ncat > a <<END\nbrew a\nEND\nbrew install 'a\nb'\ncurl -i \\\n  http://a\n```\n`sh`";
    let commands = commands(document);
    assert_eq!(commands, ["cat > a <<END", "brew install 'ab'", "curl -i    http://a"]);
    assert!(by(&commands[1]).is_none());
    assert!(by(&commands[2]).is_some());
    assert!(by("bridge status --watch").is_some() && by("bridge statuses").is_none());
    assert_eq!(untried("bridge a --b=1 --c '--d'", "[\"--b\"]"), ["--c", "--d"]);
    assert_eq!(foreign_blocks("```sh\n```\n```console\n$ brew\n```\n"), ["console"]);
}
