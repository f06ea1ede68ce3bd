//! The module for Terraform has the parameters and the outputs of the template.

use serde_json::{Map, Value};

use crate::files::text;
use crate::tool;

const FOLDER: &str = "deploy/terraform";
const TOOL: &str = ".tools/deploy/bin/hcl2tojson";
/// The variables of the module besides the parameters.
const OWN: [&str; 4] = ["artefacts_bucket", "packaged_template", "stack_name", "tags"];
/// The types of CloudFormation and of Terraform.
const TYPES: [(&str, &str); 3] =
    [("CommaDelimitedList", "${list(string)}"), ("Number", "number"), ("String", "string")];

/// A file of the module as JSON. `None` if its parser is not installed.
fn parsed(name: &str) -> Option<Value> {
    let said = tool::passes(TOOL, &["--quiet", &format!("{FOLDER}/{name}.tf")], "make tools")?;
    Some(serde_json::from_slice(&said.stdout).expect("JSON"))
}

/// The blocks of a kind, by their names.
fn blocks(file: &Value, kind: &str) -> Map<String, Value> {
    let blocks = file[kind].as_array().expect("blocks");
    let blocks = blocks.iter().flat_map(|block| block.as_object().expect("a block"));
    blocks.map(|(name, block)| (name.trim_matches('"').to_owned(), block.clone())).collect()
}

/// A part of the template.
fn template(part: &str) -> Map<String, Value> {
    // The other parts hold functions, which are no plain YAML.
    let template = text("template.yaml");
    let from = template.find(&format!("\n{part}:\n")).expect(part);
    let rest = template.get(from + 1..).expect("a rest");
    let is_inside = |line: &&str| line.is_empty() || line.starts_with(' ');
    let lines = rest.lines().skip(1).take_while(is_inside).filter(|line| !line.contains(": !"));
    let lines: Vec<&str> = lines.collect();
    serde_saphyr::from_str(&lines.join("\n")).expect("YAML")
}

/// `KmsKeyArn` as `kms_key_arn`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// The description as a line.
fn description(of: &Value) -> String {
    let text = of["Description"].as_str().expect("a description");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text of a literal.
fn literal(value: &Value) -> String {
    serde_json::from_str(value.as_str().expect("a text")).expect("a literal")
}

#[test]
fn each_parameter_is_a_variable_with_the_default_of_the_template() {
    let (Some(file), Some(main)) = (parsed("variables"), parsed("main")) else { return };
    let mut variables = blocks(&file, "variable");
    let mut given = main["locals"][0]["parameters"].as_object().expect("parameters").clone();
    for (name, parameter) in template("Parameters") {
        let snake = snake(&name);
        let variable = variables.remove(&snake).unwrap_or_else(|| panic!("no {snake}"));
        let kind = TYPES.iter().find(|(of_template, _)| parameter["Type"] == **of_template);
        assert_eq!(variable["type"], kind.expect("a known type").1, "{name}");
        assert_eq!(variable.get("default"), Some(&Value::Null), "{name}");
        assert_eq!(literal(&variable["description"]), description(&parameter));
        let passed = given.remove(&name).unwrap_or_else(|| panic!("{name} is not passed on"));
        let passed = passed.as_str().expect("an expression");
        let is_used = passed == format!("${{var.{snake}}}")
            || (parameter["Type"] == "CommaDelimitedList"
                && passed.contains(&format!("join(\",\", var.{snake})")));
        assert!(is_used, "{name}: {passed}");
    }
    assert!(given.is_empty() || given.keys().all(|it| it.starts_with("__")), "{given:?}");
    let mut rest: Vec<&String> = variables.keys().collect();
    rest.sort();
    assert_eq!(rest, OWN);
}

#[test]
fn each_output_of_the_template_is_one_of_the_module() {
    let Some(file) = parsed("outputs") else { return };
    let mut outputs = blocks(&file, "output");
    let stack = "aws_cloudformation_stack.bridge.outputs";
    for (name, of_template) in template("Outputs") {
        let snake = snake(&name);
        let output = outputs.remove(&snake).unwrap_or_else(|| panic!("no {snake}"));
        assert_eq!(literal(&output["description"]), description(&of_template));
        // An output with a condition may be missing.
        let value = if of_template.get("Condition").is_some() {
            format!("${{lookup({stack}, \"{name}\", null)}}")
        } else {
            format!("${{{stack}[\"{name}\"]}}")
        };
        assert_eq!(output["value"], value);
    }
    assert!(outputs.is_empty(), "{outputs:?}");
}

#[test]
fn the_example_names_variables_and_outputs_that_exist() {
    let (Some(example), Some(file), Some(outputs)) =
        (parsed("example/main"), parsed("variables"), parsed("outputs"))
    else {
        return;
    };
    let known = blocks(&file, "variable");
    let module = &blocks(&example, "module")["bridge"];
    for key in module.as_object().expect("a module").keys() {
        assert!(known.contains_key(key) || key == "source" || key.starts_with("__"), "{key}");
    }
    let outputs = blocks(&outputs, "output");
    for (name, output) in blocks(&example, "output") {
        let value = output["value"].as_str().expect("an expression");
        let used = value.trim_start_matches("${module.bridge.").trim_end_matches('}');
        assert!(outputs.contains_key(used), "{name}: {value}");
    }
    parsed("versions");
}

#[test]
fn a_name_is_written_as_terraform_does() {
    assert_eq!(snake("KmsKeyArn"), "kms_key_arn");
}
