//! Reads the routes of the template's HTTP API, and finds the route of a request.
//!
//! The most specific route is taken: a full match before a route with `{variables}`, that before a
//! greedy `{variable+}`, and `$default` last. Of equal routes, the route with a method is taken.

use std::collections::BTreeMap;

use anyhow::Context;
use http::Method;
use serde_json::Value;

/// The type of event that makes a route.
const HTTP_API: &str = "HttpApi";
/// The type of resource with such events.
const FUNCTION: &str = "AWS::Serverless::Function";

#[derive(Clone, Debug)]
pub struct Routes(Vec<Route>);

#[derive(Clone, Debug)]
struct Route {
    /// `None` for any method.
    method: Option<String>,
    path: String,
    function: String,
}

#[derive(Debug)]
pub struct RouteMatch<'routes> {
    route: &'routes Route,
    /// The values of its path variables.
    pub variables: BTreeMap<String, String>,
}

impl RouteMatch<'_> {
    /// The function's name in the template.
    pub fn function(&self) -> &str {
        &self.route.function
    }

    /// The route as API Gateway writes it.
    pub fn key(&self) -> String {
        let method = self.route.method.as_deref().unwrap_or("ANY");
        if self.route.path == "$default" {
            return self.route.path.clone();
        }
        format!("{method} {}", self.route.path)
    }
}

impl Routes {
    /// Reads the routes of a template.
    pub fn read(template: &str) -> anyhow::Result<Self> {
        let template: Value =
            serde_saphyr::from_str(template).context("the template is no YAML")?;
        let resources =
            template["Resources"].as_object().context("the template has no resources")?;
        let functions = resources.iter().filter(|(_, resource)| resource["Type"] == FUNCTION);
        Ok(Self(functions.flat_map(|(name, function)| routes(name, function)).collect()))
    }

    /// The functions with a route.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|route| route.function.as_str())
    }

    /// Finds the route of a request, by the decoded path.
    pub fn find(&self, method: &Method, path: &str) -> Option<RouteMatch<'_>> {
        let fits =
            |route: &&Route| route.method.as_deref().is_none_or(|own| own == method.as_str());
        let found = self.0.iter().filter(fits).filter_map(|route| {
            let (closeness, variables) = matched(&route.path, path)?;
            Some(((closeness, route.method.is_some()), RouteMatch { route, variables }))
        });
        found.max_by(|(one, _), (other, _)| one.cmp(other)).map(|(_, found)| found)
    }
}

fn routes(function: &str, resource: &Value) -> Vec<Route> {
    let Some(events) = resource["Properties"]["Events"].as_object() else { return Vec::new() };
    let events = events.values().filter(|event| event["Type"] == HTTP_API);
    events.map(|event| route(function, &event["Properties"])).collect()
}

fn route(function: &str, properties: &Value) -> Route {
    let method = properties["Method"].as_str().map(str::to_uppercase);
    Route {
        method: method
            .filter(|method| method != "ANY" && method != "X-AMAZON-APIGATEWAY-ANY-METHOD"),
        path: properties["Path"].as_str().unwrap_or("$default").to_owned(),
        function: function.to_owned(),
    }
}

/// How closely a part of a route matches; a literal part matches closest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Closeness {
    Greedy,
    Variable,
    Itself,
}

/// How closely a route matches a path, part by part, with the values of its variables.
fn matched(route: &str, path: &str) -> Option<(Vec<Closeness>, BTreeMap<String, String>)> {
    if route == "$default" {
        return Some((Vec::new(), BTreeMap::new()));
    }
    let (mut closeness, mut variables) = (Vec::new(), BTreeMap::new());
    let mut rest = path.strip_prefix('/');
    for part in route.trim_start_matches('/').split('/') {
        let here = rest?;
        let variable = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        if let Some(greedy) = variable.and_then(|variable| variable.strip_suffix('+')) {
            variables.insert(greedy.to_owned(), here.to_owned());
            closeness.push(Closeness::Greedy);
            return (!here.is_empty()).then_some((closeness, variables));
        }
        let (own, after) =
            here.split_once('/').map_or((here, None), |(own, after)| (own, Some(after)));
        match variable {
            Some(variable) if !own.is_empty() => {
                variables.insert(variable.to_owned(), own.to_owned());
                closeness.push(Closeness::Variable);
            }
            None if part == own => closeness.push(Closeness::Itself),
            _ => return None,
        }
        rest = after;
    }
    rest.is_none().then_some((closeness, variables))
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::Routes;

    const TEMPLATE: &str = "
Resources:
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        One: {Type: HttpApi, Properties: {Method: GET, Path: /pets/dog/1}}
        Dog: {Type: HttpApi, Properties: {Method: get, Path: '/pets/dog/{id}'}}
        All: {Type: HttpApi, Properties: {Method: GET, Path: '/pets/{proxy+}'}}
        Queue: {Type: SQS, Properties: {Queue: x}}
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Any: {Type: HttpApi, Properties: {Method: ANY, Path: '/{proxy+}'}}
        AnyDog: {Type: HttpApi, Properties: {Method: ANY, Path: '/pets/dog/{id}'}}
  Queue: {Type: AWS::SQS::Queue}
";

    fn key(method: Method, path: &str) -> Option<String> {
        let routes = Routes::read(TEMPLATE).unwrap();
        routes.find(&method, path).map(|found| found.key())
    }

    #[test]
    fn the_most_specific_route_is_taken() {
        assert_eq!(key(Method::GET, "/pets/dog/1").unwrap(), "GET /pets/dog/1");
        assert_eq!(key(Method::GET, "/pets/dog/2").unwrap(), "GET /pets/dog/{id}");
        assert_eq!(key(Method::POST, "/pets/dog/2").unwrap(), "ANY /pets/dog/{id}");
        assert_eq!(key(Method::GET, "/pets/cat/1").unwrap(), "GET /pets/{proxy+}");
        assert_eq!(key(Method::POST, "/pets/cat/1").unwrap(), "ANY /{proxy+}");
        assert_eq!(key(Method::POST, "/"), None);
    }

    #[test]
    fn variables_are_what_stands_in_the_path() {
        let routes = Routes::read(TEMPLATE).unwrap();
        let found = routes.find(&Method::GET, "/pets/dog/a b").unwrap();
        assert_eq!(found.function(), "Pets");
        assert_eq!(found.variables["id"], "a b");
        let found = routes.find(&Method::GET, "/pets/cat/1/").unwrap();
        assert_eq!(found.variables["proxy"], "cat/1/");
    }

    #[test]
    fn a_template_without_resources_is_an_error() {
        assert!(Routes::read("Outputs: {}").is_err());
    }
}
