//! Every endpoint of the contract, and every near miss, reaches the function that answers it.

use serde_json::Value;

use crate::known::FUNCTIONS;
use crate::template::{ROOT, Template};
use crate::yaml;

const DEFAULT: &str = "$default";

/// A route of the API and the function behind it.
struct Route {
    method: String,
    path: String,
    function: &'static str,
}

fn routes(template: &Template) -> Vec<Route> {
    let of = |function: &'static str| {
        let events = template.function(function)["Events"].as_object().unwrap().values();
        let calls =
            events.filter(|event| event["Type"] == "HttpApi").map(|event| &event["Properties"]);
        let route = move |call: &Value| {
            assert_eq!(call["ApiId"], "${HttpApi}", "{function}");
            // A call without method and path is the default route.
            let text = |key: &str, or: &str| call[key].as_str().unwrap_or(or).to_owned();
            Route { method: text("Method", "ANY"), path: text("Path", DEFAULT), function }
        };
        calls.map(route).collect::<Vec<_>>()
    };
    FUNCTIONS.iter().flat_map(|(name, _)| of(name)).collect()
}

/// The function that a request reaches: a full match wins over a route with a rest, and a method
/// over any method.
fn reached(template: &Template, method: &str, path: &str) -> Option<&'static str> {
    let routes = routes(template);
    let mut fits: Vec<_> = routes.iter().filter(|route| route.fits(method, path)).collect();
    let far = |route: &Route| (route.path == DEFAULT, route.path.contains("+}"));
    fits.sort_by_key(|route| (far(route), route.method == "ANY"));
    fits.first().map(|route| route.function)
}

impl Route {
    fn fits(&self, method: &str, path: &str) -> bool {
        let path_fits = self.path == DEFAULT || fits(&self.path, path);
        (self.method == "ANY" || self.method == method) && path_fits
    }
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(rest), Some(_)) if rest.ends_with("+}") => return true,
            (Some(wanted), Some(part)) if wanted == part || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// Every operation in openapi.yaml, and the endpoint of events.
fn contract() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(format!("{ROOT}/openapi.yaml")).unwrap();
    let document = yaml::read(&text);
    let mut operations = vec![("POST".to_owned(), "/genesys/{integration}/events".to_owned())];
    let paths = document["paths"].as_object().unwrap().iter();
    for (path, item) in paths.filter(|(_, item)| item["x-one-machine-only"] != true) {
        let methods =
            item.as_object().unwrap().keys().filter(|key| ["get", "post"].contains(&key.as_str()));
        operations.extend(methods.map(|method| (method.to_uppercase(), path.clone())));
    }
    operations
}

fn owner(path: &str) -> &'static str {
    let of_lynn = ["/lynn/", "/media/", "/api/", "/oauth/"];
    if of_lynn.iter().any(|start| path.starts_with(start)) {
        "LynnInbound"
    } else {
        "GenesysWebhook"
    }
}

#[test]
fn every_endpoint_of_the_contract_has_a_route_of_its_own() {
    let template = Template::read();
    let operations = contract();
    assert!(operations.len() >= 5, "{operations:?}");
    for (method, path) in operations {
        assert_eq!(reached(&template, &method, &path), Some(owner(&path)), "{method} {path}");
        // Each operation needs a route of its own, since the access log distinguishes requests by
        // route.
        let own = routes(&template).iter().any(|it| it.path == path && it.fits(&method, &path));
        assert!(own, "{method} {path}");
    }
}

#[test]
fn mistakes_near_an_endpoint_are_answered_by_the_program() {
    let template = Template::read();
    let near = [
        ("GET", "/genesys/support"),
        ("PUT", "/genesys/support/events"),
        ("POST", "/genesys/support/other/things"),
        ("DELETE", "/lynn/support"),
        ("POST", "/lynn/support/conversations/5215512345678"),
        ("GET", "/lynn/support/conversations"),
        ("POST", "/media/support/0a"),
        ("GET", "/oauth/token"),
        ("POST", "/oauth/authorize"),
        ("GET", "/api/v2/users/me"),
        ("GET", "/api/v2/conversations/messages/1/inbound/open/message"),
        ("POST", "/health"),
    ];
    for (method, path) in near {
        assert_eq!(reached(&template, method, path), Some(owner(path)), "{method} {path}");
    }
}

#[test]
fn every_other_path_is_answered_by_the_program() {
    let template = Template::read();
    for path in ["/", "/lynn", "/genesys", "/nowhere", "/favicon.ico"] {
        assert_eq!(reached(&template, "GET", path), Some("GenesysWebhook"), "{path}");
    }
}

#[test]
fn a_missing_or_crossed_route_is_found() {
    let without = Template::read().change("LynnInboundFunction", "/Properties/Events", |it| {
        *it = serde_json::json!({});
    });
    assert_ne!(reached(&without, "POST", "/lynn/support"), Some("LynnInbound"));
    let path = "/Properties/Events/AnythingElse/Properties/Path";
    let crossed =
        Template::read().change("LynnInboundFunction", path, |it| *it = "/genesys/{proxy+}".into());
    assert_ne!(reached(&crossed, "GET", "/lynn/support/other"), Some("LynnInbound"));
    assert_eq!(reached(&crossed, "POST", "/lynn/support"), Some("LynnInbound"));
}

#[test]
fn the_access_log_names_routes_and_nobody() {
    let template = Template::read();
    let settings = &template.properties("HttpApi")["AccessLogSettings"];
    let format: Value = serde_json::from_str(settings["Format"].as_str().unwrap()).unwrap();
    assert_eq!(format["route"], "$context.routeKey");
    // The fields that the filter of refused requests reads.
    assert_eq!(
        (&format["stack"], &format["status"]),
        (&"${AWS::StackName}".into(), &"$context.status".into())
    );
    let said = format.to_string();
    for personal in ["path", "Path", "sourceIp", "userAgent", "querystring", "authorizer"] {
        assert!(!said.contains(personal), "the access log says {personal}");
    }
    let throttling = &template.properties("HttpApi")["DefaultRouteSettings"];
    for limit in ["ThrottlingRateLimit", "ThrottlingBurstLimit"] {
        assert_eq!(throttling[limit], 5000, "{limit}");
    }
}
