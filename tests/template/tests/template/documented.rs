//! Everything that the documents name exists: targets of `make`, functions, log groups, parameters
//! and outputs of the stack.

use std::path::Path;

use serde_json::Value;

use crate::documents;
use crate::template::{ROOT, Template};

const MAKEFILE: &str = include_str!("../../../../Makefile");
/// The AWS CLI calls in the documents, with the options of each. Check a new call in the manual
/// before adding it here.
const AWS: &[(&str, &[&str])] = &[
    ("acm list-certificates", &[]),
    ("apigatewayv2 update-api", &["--api-id", "--disable-execute-api-endpoint"]),
    ("ce get-cost-and-usage", &["--time-period", "--granularity", "--metrics", "--group-by"]),
    (
        "cloudformation deploy",
        &["--template-file", "--s3-bucket", "--stack-name", "--capabilities"],
    ),
    ("cloudformation describe-stacks", &["--stack-name", "--query", "--output"]),
    ("cloudformation package", &["--template-file", "--s3-bucket", "--output-template-file"]),
    ("cloudwatch describe-alarms", &["--alarm-name-prefix"]),
    ("cloudwatch list-metrics", &["--namespace"]),
    ("cloudwatch set-alarm-state", &["--alarm-name", "--state-value", "--state-reason"]),
    ("dynamodb delete-table", &["--table-name"]),
    (
        "dynamodb restore-table-to-point-in-time",
        &["--source-table-name", "--target-table-name", "--use-latest-restorable-time"],
    ),
    (
        "dynamodb update-continuous-backups",
        &["--table-name", "--point-in-time-recovery-specification"],
    ),
    ("dynamodb update-time-to-live", &["--table-name", "--time-to-live-specification"]),
    ("events delete-event-bus", &["--name"]),
    ("events list-rules", &["--event-bus-name"]),
    ("kms get-key-policy", &["--key-id", "--policy-name"]),
    ("lambda get-account-settings", &[]),
    ("lambda invoke", &["--function-name", "--cli-binary-format", "--payload"]),
    ("lambda list-event-source-mappings", &["--output", "--query"]),
    ("lambda update-event-source-mapping", &["--uuid", "--enabled"]),
    ("logs describe-metric-filters", &["--log-group-name"]),
    ("logs tail", &["--since", "--filter-pattern"]),
    ("secretsmanager restore-secret", &["--secret-id"]),
    ("sqs delete-message", &["--queue-url", "--receipt-handle"]),
    ("s3 cp", &[]),
    ("s3 ls", &["--recursive"]),
    ("sqs delete-queue", &["--queue-url"]),
    ("sqs get-queue-attributes", &["--queue-url", "--attribute-names"]),
    ("sqs receive-message", &["--queue-url", "--visibility-timeout"]),
];
/// Documents that also name types of the code or kinds of content, which look like names of the
/// template.
const OF_CODE: [&str; 8] = [
    "docs/architecture.md",
    "docs/commands.md",
    "docs/decisions/",
    "docs/development.md",
    "docs/genesys-events.md",
    "docs/http-limits.md",
    "docs/internals/",
    "docs/lynn-flows.md",
];
/// Names that look like names of the template but are not.
const OTHERS: [&str; 7] = [
    "AccessDenied",
    "BridgeDownAlert",
    "BridgeRefusesAlert",
    "LynnGenesysBridge",
    "PassThrough",
    "TopLevelPrimitives",
    "WaitingAge",
];
/// The version of SAM that the tests use.
const SAM: &str = include_str!("../../../../tools/requirements/sam.txt");
/// The part of its manual about the installation.
const SAM_MANUAL: &str = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/install-sam-cli.html";
/// The oldest version that builds Rust without the flag for beta features.
const OLDEST_SAM: (u32, u32) = (1, 151);

/// The code of a document: the text between backticks, and the lines of its blocks.
fn code(document: &str) -> Vec<&str> {
    let blocks = document.split("```");
    blocks
        .enumerate()
        .flat_map(|(place, text)| -> Vec<&str> {
            if place % 2 == 1 {
                text.lines().collect()
            } else {
                text.split('`').skip(1).step_by(2).collect()
            }
        })
        .collect()
}

/// Whether the template has a parameter, a resource or an output of this name.
fn is_of_the_template(source: &Value, name: &str) -> bool {
    ["Parameters", "Resources", "Outputs"].iter().any(|part| !source[part][name].is_null())
}

fn is_log_group(template: &Template, name: &str) -> bool {
    template.of_type("AWS::Logs::LogGroup").iter().any(|(_, group)| {
        let known = group["Properties"]["LogGroupName"].as_str().unwrap_or_default();
        known.replace("${AWS::StackName}", "bridge") == name
    })
}

/// Whether the AWS CLI has this call with these options.
fn is_call(call: &str, words: &[&str]) -> bool {
    let known = AWS.iter().find(|(name, _)| *name == call);
    let mut options = words.iter().filter(|word| word.starts_with("--"));
    known.is_some_and(|(_, known)| options.all(|option| known.contains(option)))
}

/// The code itself if it names something that does not exist.
fn finding(source: &Value, template: &Template, code: &str) -> Option<String> {
    let words: Vec<&str> =
        code.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
    let after =
        |word: &str| words.iter().position(|it| *it == word).and_then(|place| words.get(place + 1));
    let holds = match words[..] {
        ["make", target, ..] => {
            MAKEFILE.lines().any(|line| line.starts_with(&format!("{target}:")))
        }
        ["aws", "logs", "tail", group, ..] if !is_log_group(template, group) => false,
        ["aws", service, call, ..] => is_call(&format!("{service} {call}"), &words),
        ["sam", "local", "invoke", function, ..] => {
            let event = after("-e").is_none_or(|event| Path::new(ROOT).join(event).exists());
            event && !template.resource(function).is_null()
        }
        [
            "sam",
            "build" | "deploy" | "delete" | "local" | "package" | "publish" | "--version",
            ..,
        ] => true,
        ["sam", ..] => false,
        [name] if is_name(name) => OTHERS.contains(&name) || is_of_the_template(source, name),
        _ => true,
    };
    (!holds || !are_parameters(source, &words)).then(|| code.to_owned())
}

/// Whether the parameters in `--parameter-overrides` of a command exist in the template.
fn are_parameters(source: &Value, words: &[&str]) -> bool {
    let given = words.iter().skip_while(|word| **word != "--parameter-overrides").skip(1);
    let mut given = given.take_while(|word| !word.starts_with("--"));
    given.all(|word| {
        let name = word.split('=').next().unwrap_or_default();
        !source["Parameters"][name].is_null()
    })
}

/// Whether a word looks like a name of the template: several capitalised words without spaces.
fn is_name(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && word.bytes().filter(u8::is_ascii_uppercase).count() > 1
        && word.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[test]
fn what_the_documents_name_exists() {
    let (source, template) = (Template::source(), Template::read());
    let mut findings = Vec::new();
    for (name, document) in documents::all(ROOT) {
        let is_of_code = OF_CODE.iter().any(|start| name.starts_with(start));
        let code = code(&document).into_iter().filter(|code| !(is_of_code && is_name(code)));
        let wrong = code.filter_map(|code| finding(&source, &template, code));
        findings.extend(wrong.map(|code| format!("{name}: {code}")));
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn the_oldest_sam_that_works_is_named_and_the_tests_use_none_that_is_older() {
    let line = SAM.lines().find_map(|line| line.strip_prefix("aws-sam-cli==")).unwrap();
    let mut numbers = line.split('.').map(|number| number.parse::<u32>().unwrap());
    let used = (numbers.next().unwrap(), numbers.next().unwrap());
    assert!(used >= OLDEST_SAM, "{used:?}");
    let named = format!("SAM CLI {}.{} or later", OLDEST_SAM.0, OLDEST_SAM.1);
    let documents = documents::all(ROOT);
    for page in ["docs/deploy-aws.md", "docs/first-deployment.md"] {
        let (name, document) = documents.iter().find(|(name, _)| name == page).expect(page);
        let link = format!("[SAM CLI]({SAM_MANUAL})");
        let words: Vec<&str> = document.split_whitespace().collect();
        let text = words.join(" ").replace(&link, "SAM CLI");
        assert!(text.contains(&named), "{name}");
    }
}

#[test]
fn what_does_not_exist_is_found() {
    let (source, template) = (Template::source(), Template::read());
    for wrong in [
        "make coffee",
        "aws logs tail /aws/lambda/bridge-imagined --since 30m",
        "aws logs tail /aws/lambda/bridge-lynn-sender --sinse 30m",
        "aws s3 rm",
        "sam local invoke ImaginedFunction -e events/invoke/lynn-inbound/message.json",
        "sam local invoke LynnInboundFunction -e events/none.json",
        "sam deploy --parameter-overrides Imagined=1",
        "sam deploy --parameter-overrides MediaRelay=yes Imagined=1",
        "ImaginedQueueUrl",
    ] {
        assert!(finding(&source, &template, wrong).is_some(), "{wrong}");
    }
}
