//! The template of `tools/canary`: the API calls an alias of each function that takes requests, and
//! CloudWatch's alarms move the alias back.
//!
//! SAM itself says what it makes of the template, since the alias is its work.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::template::{FUNCTION, ROOT, Template};
use crate::yaml;

/// The functions that take requests.
const RECEIVERS: [&str; 2] = ["GenesysWebhook", "LynnInbound"];
/// The canary's addition to each of them.
const ADDED: [&str; 3] = ["AutoPublishAlias", "AutoPublishCodeSha256", "DeploymentPreference"];
const CODE_DEPLOY: &str = "AWS::CodeDeploy::";

/// The output of `tools/canary`.
fn printed(release: &str) -> String {
    let mut command = Command::new(format!("{ROOT}/tools/canary"));
    let output = command.env("CANARY_RELEASE", release).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The template with the canary, as written.
pub fn source() -> Value {
    yaml::read(&printed("1700000001"))
}

/// The resources that SAM makes of a template with these parameters.
fn made(template: &str, parameters: &[&str]) -> Value {
    let python = format!("{ROOT}/.tools/sam/bin/python");
    assert!(std::path::Path::new(&python).exists(), "{python} is missing: run `make tools`");
    let mut command = Command::new(python);
    command.arg(format!("{ROOT}/tests/template/transform.py")).args(parameters);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It reads everything before it writes anything.
    child.stdin.take().unwrap().write_all(template.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["Resources"].clone()
}

fn of_type<'a>(resources: &'a Value, start: &str) -> Vec<(&'a str, &'a Value)> {
    let all = resources.as_object().unwrap().iter();
    let fits = |(_, it): &(&String, &Value)| it["Type"].as_str().unwrap().starts_with(start);
    all.filter(fits).map(|(name, it)| (name.as_str(), it)).collect()
}

/// The functions that the API calls, without repetition.
fn called(resources: &Value) -> Vec<String> {
    let body = resources["HttpApi"]["Properties"]["Body"]["paths"].to_string();
    let names = body.split("functions/${").skip(1).filter_map(|rest| rest.split(['.', '}']).next());
    let mut names: Vec<String> = names.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// The functions that the API may call, without repetition.
fn allowed(resources: &Value) -> Vec<String> {
    let permissions = of_type(resources, "AWS::Lambda::Permission").into_iter();
    let permissions = permissions.map(|(_, permission)| &permission["Properties"]);
    let by_api = permissions.filter(|it| it["Principal"] == "apigateway.amazonaws.com");
    let mut names: Vec<String> =
        by_api.map(|it| it["FunctionName"]["Ref"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn the_canary_is_the_template_and_an_alias_of_each_receiver() {
    let mut canary = source();
    assert!(
        canary["Parameters"].as_object_mut().unwrap().shift_remove("CanaryDeployment").is_some()
    );
    assert!(canary.as_object_mut().unwrap().shift_remove("Mappings").is_some());
    for name in RECEIVERS {
        let path = format!("/Resources/{name}Function/Properties");
        let properties = canary.pointer_mut(&path).unwrap().as_object_mut().unwrap();
        for key in ADDED {
            assert!(properties.shift_remove(key).is_some(), "{name}: {key}");
        }
    }
    assert_eq!(canary, Template::source());
}

#[test]
fn without_the_canary_the_api_calls_the_functions() {
    let template = std::fs::read_to_string(format!("{ROOT}/template.yaml")).unwrap();
    let resources = made(&template, &[]);
    let functions = RECEIVERS.map(|name| format!("{name}Function"));
    assert_eq!((called(&resources), allowed(&resources)), (functions.to_vec(), functions.to_vec()));
    for start in ["AWS::Lambda::Alias", "AWS::Lambda::Version", CODE_DEPLOY] {
        assert!(of_type(&resources, start).is_empty(), "{start}");
    }
}

#[test]
fn with_the_canary_the_api_calls_the_aliases_and_alarms_move_them_back() {
    let template = printed("1700000001");
    let resources = made(&template, &[]);
    let aliases = RECEIVERS.map(|name| format!("{name}FunctionAliaslive"));
    assert_eq!((called(&resources), allowed(&resources)), (aliases.to_vec(), aliases.to_vec()));
    for name in RECEIVERS {
        let alias = &resources[format!("{name}FunctionAliaslive")];
        let group = format!("{name}FunctionDeploymentGroup");
        let policy = &alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"];
        assert_eq!(policy["DeploymentGroupName"]["Ref"], group.as_str());
        let group = &resources[group]["Properties"];
        assert_eq!(group["AutoRollbackConfiguration"]["Enabled"], true);
        assert_eq!(
            group["DeploymentConfigName"]["Fn::Sub"][1]["ConfigName"],
            "Canary10Percent5Minutes"
        );
        let alarms = &group["AlarmConfiguration"]["Alarms"];
        let own = format!("{name}ErrorsAlarm");
        let names = [own.as_str(), "UnconfiguredAlarm", "RejectedAlarm"];
        assert_eq!(*alarms, json!(names.map(|alarm| json!({ "Name": { "Ref": alarm } }))));
        // An alarm that names the API would wait for the alias that waits for it.
        for alarm in names {
            let watched = resources[alarm]["Properties"]["Dimensions"].to_string();
            assert!(!watched.contains("HttpApi"), "{alarm}");
        }
        // The version before is kept for a roll back.
        let version = alias["Properties"]["FunctionVersion"]["Fn::GetAtt"][0].as_str().unwrap();
        assert_eq!(resources[version]["DeletionPolicy"], "Retain");
    }
    // CodeDeploy's role may move aliases and read alarms, by a policy of AWS's own.
    let policies = &resources["CodeDeployServiceRole"]["Properties"]["ManagedPolicyArns"];
    assert_eq!(
        *policies,
        json!(["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"])
    );
    assert_eq!(of_type(&resources, CODE_DEPLOY).len(), 3);
    // A changed parameter is no change to SAM, so every print makes a new version.
    let later = made(&printed("1700000002"), &[]);
    let versions = of_type(&resources, "AWS::Lambda::Version");
    assert!(versions.iter().all(|(name, _)| later[name].is_null()), "{versions:?}");
}

#[test]
fn the_canary_is_off_by_its_parameter() {
    let resources = made(&printed("1700000001"), &["CanaryDeployment=off"]);
    assert!(of_type(&resources, CODE_DEPLOY).is_empty());
    assert!(resources["CodeDeployServiceRole"].is_null());
    for (name, alias) in of_type(&resources, "AWS::Lambda::Alias") {
        assert!(alias["UpdatePolicy"].is_null(), "{name}");
    }
    assert_eq!(called(&resources), RECEIVERS.map(|name| format!("{name}FunctionAliaslive")));
}

#[test]
fn every_way_of_the_canary_is_one_of_sam() {
    let canary = source();
    let ways = &canary["Parameters"]["CanaryDeployment"]["AllowedValues"];
    let mapped: Vec<&String> = canary["Mappings"]["Canary"].as_object().unwrap().keys().collect();
    assert_eq!(*ways, json!(mapped));
    for (way, row) in canary["Mappings"]["Canary"].as_object().unwrap() {
        let wanted = if way == "off" { "AllAtOnce" } else { way };
        assert_eq!(*row, json!({ "Enabled": way != "off", "Type": wanted }), "{way}");
    }
    // No other function has an alias: a queue keeps what a new version could not deliver.
    let functions = canary["Resources"].as_object().unwrap().iter();
    let with: Vec<&String> = functions
        .filter(|(_, it)| it["Type"] == FUNCTION && !it["Properties"]["AutoPublishAlias"].is_null())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(with, RECEIVERS.map(|name| format!("{name}Function")).iter().collect::<Vec<_>>());
}
