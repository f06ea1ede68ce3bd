//! The compose file, and Caddy's file beside it.

use std::collections::BTreeSet;

use super::routes::{Public, assert_exact};
use super::{seconds, texts, yaml};
use crate::files::text;

const FILE: &str = "deploy/compose/compose.yaml";
const CADDY: &str = "deploy/compose/Caddyfile";
const PAGE: &str = "docs/containers.md";

/// The names in `${NAME…}`.
fn variables(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_uppercase() || letter == '_';
    let names = text.split("${").skip(1);
    names.filter_map(|rest| rest.split(|letter| !is_part(letter)).next()).collect()
}

/// The text of Caddy's file after a directive.
fn directive(name: &str) -> String {
    let file = text(CADDY);
    let line = file.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("{name} is missing")).trim_end_matches('{').trim().to_owned()
}

#[test]
fn both_services_have_no_rights_and_nothing_but_tls_is_public() {
    let file = yaml(FILE);
    let services = file["services"].as_object().expect("services");
    assert_eq!(services.keys().collect::<Vec<_>>(), ["bridge", "caddy"]);
    for (name, service) in services {
        assert_eq!(service["read_only"], true, "{name}");
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(texts(&service["security_opt"]), ["no-new-privileges:true"], "{name}");
        assert_eq!(service["restart"], "always", "{name}");
        for volume in texts(&service["volumes"]) {
            let source = volume.split(":/").next().expect("a source");
            let is_declared = file["volumes"].as_object().expect("volumes").contains_key(source);
            assert!(is_declared || source.starts_with(['.', '$']), "{name}: {volume}");
        }
    }
    assert_eq!(texts(&services["caddy"]["ports"]), ["80:80", "443:443"]);
    for port in texts(&services["bridge"]["ports"]) {
        assert!(port.starts_with("127.0.0.1:"), "{port}");
    }
}

#[test]
fn the_bridge_is_started_as_its_image_says() {
    let bridge = &yaml(FILE)["services"]["bridge"];
    assert_eq!(texts(&bridge["command"]), ["serve", "--config", "/etc/bridge/bridge.json"]);
    let volumes = texts(&bridge["volumes"]);
    let image = text("deploy/oci/Containerfile");
    let data = volumes.iter().find_map(|it| it.strip_prefix("data:")).expect("the data");
    assert!(image.contains(&format!("\nVOLUME {data}\n")));
    assert!(volumes.iter().any(|it| it.ends_with(":/etc/bridge:ro")), "{volumes:?}");
    let stop = bridge["stop_grace_period"].as_str().and_then(|it| it.strip_suffix('s'));
    let stop: u64 = stop.and_then(|it| it.parse().ok()).expect("seconds");
    assert!(stop > seconds("cli/src/bridge.rs", "LAST_DELIVERIES") * 2);
}

#[test]
fn the_page_names_each_variable() {
    let file = text(FILE);
    let used = variables(&file);
    let known = BTreeSet::from(["BRIDGE_CONFIG", "BRIDGE_DOMAIN", "BRIDGE_IMAGE"]);
    assert_eq!(used, known);
    for name in used {
        assert!(text(PAGE).contains(name), "{PAGE} does not name {name}");
    }
}

#[test]
fn caddy_passes_on_the_public_routes() {
    let file = yaml(FILE);
    let environment = file["services"]["caddy"]["environment"].as_object().expect("variables");
    let domain = environment.keys().next().expect("a variable");
    assert!(text(CADDY).contains(&format!("\n{{${domain}}} {{\n")));
    let paths = directive("@public path");
    let public: Vec<Public> = paths
        .split_whitespace()
        .map(|path| Public {
            path: path.trim_end_matches("/*").to_owned(),
            with_all_below: path.ends_with("/*"),
        })
        .collect();
    assert_exact(&public);
    let to = directive("reverse_proxy");
    let (service, port) = to.split_once(':').expect("a port");
    let service = &file["services"][service];
    assert!(texts(&service["ports"]).contains(&&*format!("127.0.0.1:{port}:{port}")));
    // Caddy closes an idle connection before the bridge does.
    let kept: u64 = directive("keepalive").trim_end_matches('s').parse().expect("seconds");
    assert!(kept < seconds("cli/src/http_server/limits.rs", "HEAD_PATIENCE"));
}
