//! With `FunctionUrls`, both endpoints have an address of Lambda, and what API Gateway did for them
//! is done otherwise.

use serde_json::{Value, json};

use crate::template::Template;

const FUNCTION_URLS: (&str, &str) = ("FunctionUrls", "yes");
/// The functions that are called from outside.
const CALLED: [&str; 2] = ["GenesysWebhook", "LynnInbound"];
const RESOURCES: [&str; 3] = ["FunctionUrl", "FunctionUrlPermission", "InvokePermission"];

#[test]
fn each_called_function_has_a_public_address_and_both_permissions() {
    let template = Template::whole(&[FUNCTION_URLS]);
    for name in CALLED {
        let function = json!(format!("${{{name}Function}}"));
        let url = template.properties(&format!("{name}FunctionUrl"));
        assert_eq!((&url["TargetFunctionArn"], &url["AuthType"]), (&function, &json!("NONE")));
        for (permission, action, only) in [
            ("FunctionUrlPermission", "lambda:InvokeFunctionUrl", "FunctionUrlAuthType"),
            ("InvokePermission", "lambda:InvokeFunction", "InvokedViaFunctionUrl"),
        ] {
            let permission = template.properties(&format!("{name}{permission}"));
            assert_eq!(permission["FunctionName"], function);
            assert_eq!(
                (&permission["Action"], &permission["Principal"]),
                (&json!(action), &json!("*"))
            );
            // Without its condition, the whole internet could invoke the function directly.
            assert!([json!("NONE"), json!(true)].contains(&permission[only]), "{permission}");
        }
    }
    assert_eq!(template.properties("HttpApi")["DisableExecuteApiEndpoint"], true);
}

#[test]
fn by_default_there_is_none_and_the_api_is_open() {
    let template = Template::read();
    for name in CALLED {
        for resource in RESOURCES {
            assert!(template.resource(&format!("{name}{resource}")).is_null(), "{name}{resource}");
        }
    }
    assert_eq!(template.properties("HttpApi")["DisableExecuteApiEndpoint"], false);
}

#[test]
fn every_url_that_is_told_or_given_out_is_one_of_lambdas() {
    let template = Template::whole(&[FUNCTION_URLS]);
    let outputs: std::collections::BTreeMap<_, _> = template.outputs().into_iter().collect();
    let address = |name: &str| format!("${{{name}FunctionUrl.FunctionUrl}}");
    assert_eq!(
        outputs["LynnUrl"],
        &json!(format!("{}lynn/{{integration}}", address("LynnInbound")))
    );
    let webhook = format!("{}genesys/{{integration}}", address("GenesysWebhook"));
    assert_eq!(outputs["GenesysWebhookUrl"], &json!(webhook));
    assert!(outputs["ApiUrl"].to_string().contains("GenesysWebhookFunctionUrl"));
    for sender in ["GenesysSender", "LynnSender"] {
        let variables = &template.function(sender)["Environment"]["Variables"];
        assert_eq!(variables["MEDIA_BASE_URL"], address("LynnInbound"), "{sender}");
    }
}

/// The metrics that an alarm of several metrics watches, each with its function.
fn watched(alarm: &Value) -> Vec<(String, Value)> {
    let metrics = alarm["Metrics"].as_array().unwrap().iter();
    let metrics = metrics.map(|one| &one["MetricStat"]["Metric"]).filter(|one| !one.is_null());
    let text = |one: &Value| format!("{} {}", one["Namespace"], one["MetricName"]);
    metrics.map(|one| (text(one), one["Dimensions"][0]["Value"].clone())).collect()
}

#[test]
fn a_flood_and_failures_raise_the_same_alarms() {
    let template = Template::whole(&[FUNCTION_URLS]);
    for (alarm, metric) in
        [("RequestsAlarm", "UrlRequestCount"), ("ServerErrorsAlarm", "Url5xxCount")]
    {
        let alarm = template.properties(alarm);
        let metric = format!("\"AWS/Lambda\" \"{metric}\"");
        let both = CALLED.map(|name| (metric.clone(), json!(format!("${{{name}Function}}"))));
        assert_eq!(watched(alarm), both);
        // CloudFormation refuses an alarm with one metric and with several.
        for key in ["Namespace", "MetricName", "Dimensions", "Statistic", "Period"] {
            assert!(alarm[key].is_null(), "{key}");
        }
    }
}

/// A function URL answers 429 where the API answers 5xx: the alarm on 5xx does not tell of it.
#[test]
fn a_function_that_lambda_does_not_start_raises_one_even_without_the_alarms_of_the_others() {
    let template = Template::with(&[FUNCTION_URLS]);
    for name in CALLED {
        assert!(template.resource(&format!("{name}ThrottlesAlarm")).is_object(), "{name}");
    }
    assert!(template.resource("GenesysSenderThrottlesAlarm").is_null());
    assert!(template.resource("ThrottledRequestsAlarm").is_null());
    let by_default = Template::with(&[]);
    for name in ["GenesysWebhook", "LynnInbound", "GenesysSender", "ConversationScheduler"] {
        assert!(by_default.resource(&format!("{name}ThrottlesAlarm")).is_null(), "{name}");
    }
}

/// The alarms of a month without events cost 0.10 dollars each.
#[test]
fn by_default_a_stack_has_at_most_19_alarms() {
    let alarms = Template::with(&[]).of_type("AWS::CloudWatch::Alarm").len();
    assert!(alarms <= 19, "{alarms}");
}
