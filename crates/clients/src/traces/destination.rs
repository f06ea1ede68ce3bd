//! Where the spans go, by the variables that OpenTelemetry defines for every program.

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use url::Url;

/// A variable that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {variable} must be {wanted}")]
pub struct Misconfigured {
    variable: &'static str,
    wanted: &'static str,
}

/// The collector, and what every span is sent with.
#[derive(Clone, Debug)]
pub struct Destination {
    pub(super) url: String,
    /// May contain credentials.
    pub(super) headers: HeaderMap,
    /// The attributes of the process, `service.name` among them.
    pub(super) resource: Vec<(String, String)>,
    /// The share of traces that is sent, 0 to 1.
    pub(super) share: f64,
}

impl Destination {
    /// Reads the variables. `None` if no collector is named, or traces are switched off. `service`
    /// is the name of the program unless a variable gives another one.
    ///
    /// # Errors
    /// A variable has a value that cannot be used.
    pub fn read(
        service: &str,
        variable: impl Fn(&'static str) -> Option<String>,
    ) -> Result<Option<Self>, Misconfigured> {
        let variable = |name| variable(name).filter(|value| !value.trim().is_empty());
        let is_off = variable("OTEL_SDK_DISABLED").is_some_and(|value| is_true(&value))
            || variable("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
        let (name, url) = match (variable(TRACES_ENDPOINT), variable(ENDPOINT)) {
            (Some(whole), _) => (TRACES_ENDPOINT, whole),
            (None, Some(base)) => (ENDPOINT, format!("{}/v1/traces", base.trim_end_matches('/'))),
            (None, None) => return Ok(None),
        };
        if is_off {
            return Ok(None);
        }
        let wanted = "a URL such as http://localhost:4318";
        let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let url = Url::parse(&url).ok().filter(is_http);
        let url = url.ok_or(Misconfigured { variable: name, wanted })?.to_string();
        let headers = headers(variable(HEADERS).as_deref().unwrap_or_default())?;
        let share = share(variable(SAMPLER).as_deref(), variable(SAMPLER_ARGUMENT).as_deref())?;
        let attributes = variable(RESOURCE).unwrap_or_default();
        let mut resource = pairs(&attributes).ok_or(Misconfigured {
            variable: RESOURCE,
            wanted: "pairs such as deployment.environment.name=production, with commas between",
        })?;
        let named = resource.iter().position(|(key, _)| key == "service.name");
        let named = named.map(|position| resource.remove(position).1);
        let name = variable("OTEL_SERVICE_NAME").or(named).unwrap_or_else(|| service.to_owned());
        resource.insert(0, ("service.name".to_owned(), name));
        let version = env!("CARGO_PKG_VERSION").to_owned();
        resource.push(("service.version".to_owned(), version));
        Ok(Some(Self { url, headers, resource, share }))
    }
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const RESOURCE: &str = "OTEL_RESOURCE_ATTRIBUTES";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

fn is_true(value: &str) -> bool {
    value.trim().eq_ignore_ascii_case("true")
}

/// `key=value` with commas between, percent-encoded, as in W3C Baggage.
fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let decoded =
        |part: &str| Some(percent_decode_str(part.trim()).decode_utf8().ok()?.into_owned());
    let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=')?;
            Some((decoded(key)?, decoded(value)?))
        })
        .collect()
}

fn headers(text: &str) -> Result<HeaderMap, Misconfigured> {
    let wanted = "headers such as api-key=value, with commas between";
    let refused = || Misconfigured { variable: HEADERS, wanted };
    let mut headers = HeaderMap::new();
    for (name, value) in pairs(text).ok_or_else(refused)? {
        let name = HeaderName::try_from(name).map_err(|_| refused())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| refused())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(headers)
}

fn share(sampler: Option<&str>, argument: Option<&str>) -> Result<f64, Misconfigured> {
    let sampler = sampler.unwrap_or("always_on");
    match sampler.strip_prefix("parentbased_").unwrap_or(sampler) {
        "always_on" => Ok(1.0),
        "always_off" => Ok(0.0),
        "traceidratio" => {
            let share = argument.unwrap_or("1").trim().parse::<f64>().ok();
            share
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or(Misconfigured { variable: SAMPLER_ARGUMENT, wanted: "a number from 0 to 1" })
        }
        _ => Err(Misconfigured {
            variable: SAMPLER,
            wanted: "always_on, always_off or traceidratio",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Destination>, Misconfigured> {
        Destination::read("bridge", |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_collector_is_named_by_its_base_or_whole() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[(ENDPOINT, " ")]).unwrap().is_none());
        let base = read(&[(ENDPOINT, "http://localhost:4318/")]).unwrap().unwrap();
        assert_eq!(base.url, "http://localhost:4318/v1/traces");
        let both = [(ENDPOINT, "http://a"), (TRACES_ENDPOINT, "https://b/x?y=1")];
        assert_eq!(read(&both).unwrap().unwrap().url, "https://b/x?y=1");
        for off in [("OTEL_SDK_DISABLED", "TRUE"), ("OTEL_TRACES_EXPORTER", "none")] {
            assert!(read(&[(ENDPOINT, "http://a"), off]).unwrap().is_none());
        }
    }

    #[test]
    fn headers_and_attributes_are_decoded_and_the_service_has_one_name() {
        let variables = [
            (ENDPOINT, "http://a"),
            (HEADERS, "api-key=a%3Db, x-scope=1"),
            (RESOURCE, "service.name=former,team=a%20b"),
        ];
        let known = read(&variables).unwrap().unwrap();
        assert_eq!(known.headers["api-key"], "a=b");
        assert!(!format!("{known:?}").contains("a=b"));
        let resource: Vec<_> =
            known.resource.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(resource[..2], [("service.name", "former"), ("team", "a b")]);
        let named = [variables[0], ("OTEL_SERVICE_NAME", "mine")];
        assert_eq!(read(&named).unwrap().unwrap().resource[0].1, "mine");
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (variable, value) in [
            (ENDPOINT, "localhost:4318"),
            (ENDPOINT, "ftp://a"),
            (HEADERS, "no pair"),
            (HEADERS, "a b=c"),
            (RESOURCE, "alone"),
            (SAMPLER, "sometimes"),
        ] {
            let error =
                read(&[(ENDPOINT, "http://a"), (variable, value)][..])
                    .and_then(|known| {
                        if variable == ENDPOINT { read(&[(variable, value)]) } else { Ok(known) }
                    })
                    .unwrap_err();
            assert!(error.to_string().contains(variable), "{error}");
        }
        let ratio = |share| {
            [
                (ENDPOINT, "http://a"),
                (SAMPLER, "parentbased_traceidratio"),
                (SAMPLER_ARGUMENT, share),
            ]
        };
        assert!((read(&ratio("0.25")).unwrap().unwrap().share - 0.25).abs() < 1e-9);
        assert!(read(&ratio("2")).unwrap_err().to_string().contains(SAMPLER_ARGUMENT));
    }
}
