//! The manifests for Kubernetes.

use serde_json::{Value, json};

use super::routes::{Public, assert_exact};
use super::{seconds, texts, yaml};
use crate::files::{path, text, value};
use crate::tool;

const FOLDER: &str = "deploy/kubernetes";

fn manifest(name: &str) -> Value {
    yaml(&format!("{FOLDER}/{name}.yaml"))
}

fn pod() -> Value {
    manifest("statefulset")["spec"]["template"]["spec"].clone()
}

/// The entry of a list with this name.
fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let entries = list.as_array().expect("a list");
    entries.iter().find(|entry| entry["name"] == name).expect(name)
}

/// The configuration of the example.
fn configuration() -> Value {
    let secret = manifest("examples/secret");
    let file = secret["stringData"]["bridge.json"].as_str().expect("a file");
    serde_json::from_str(file).expect("JSON")
}

#[test]
fn there_is_one_process_with_a_disk_of_its_own() {
    let set = manifest("statefulset");
    // A Deployment may start a second pod while the first one still runs on a lost node.
    assert_eq!(set["kind"], "StatefulSet");
    assert_eq!(set["spec"]["replicas"], 1);
    let claim = &set["spec"]["volumeClaimTemplates"][0];
    assert_eq!(claim["spec"]["accessModes"], json!(["ReadWriteOncePod"]));
    let grace = set["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].as_u64();
    assert!(grace > Some(seconds("cli/src/bridge.rs", "LAST_DELIVERIES") * 2));
}

#[test]
fn the_pod_has_no_rights() {
    let pod = pod();
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let container = &pod["containers"][0]["securityContext"];
    assert_eq!(container["allowPrivilegeEscalation"], false);
    assert_eq!(container["readOnlyRootFilesystem"], true);
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
}

#[test]
fn the_pod_fits_the_image_and_the_configuration() {
    let pod = pod();
    let container = &pod["containers"][0];
    let version = value(&text("Cargo.toml"), "version").expect("a version");
    assert!(container["image"].as_str().is_some_and(|it| it.ends_with(&format!(":{version}"))));
    let image = text("deploy/oci/Containerfile");
    let user = &pod["securityContext"]["runAsUser"];
    assert!(image.contains(&format!("\nUSER {user}:{user}\n")));
    assert_eq!(&pod["securityContext"]["fsGroup"], user);
    assert_eq!(texts(&container["args"]), ["serve", "--config", "/etc/bridge/bridge.json"]);
    let mounts = &container["volumeMounts"];
    assert_eq!(named(mounts, "config")["mountPath"], "/etc/bridge");
    let secret = &named(&pod["volumes"], "config")["secret"]["secretName"];
    assert_eq!(secret, &manifest("examples/secret")["metadata"]["name"]);
    // The disk belongs to root, so the bridge makes a folder of its own in it.
    let data = named(mounts, "data")["mountPath"].as_str().expect("a path");
    assert!(image.contains(&format!("\nVOLUME {data}\n")));
    let configuration = configuration();
    let folder = configuration["dataDir"].as_str().expect("a path");
    assert!(folder.strip_prefix(data).is_some_and(|rest| rest.len() > 1), "{folder}");
    for (key, port) in [("listen", "http"), ("metricsListen", "metrics")] {
        let port = &named(&container["ports"], port)["containerPort"];
        assert_eq!(configuration[key], format!("0.0.0.0:{port}"));
    }
}

#[test]
fn the_probes_and_the_addresses_lead_to_routes() {
    let pod = pod();
    let container = &pod["containers"][0];
    let probes =
        [("startupProbe", "/health"), ("readinessProbe", "/ready"), ("livenessProbe", "/health")];
    for (probe, route) in probes {
        assert_eq!(container[probe]["httpGet"], json!({ "path": route, "port": "http" }));
    }
    let service = manifest("service");
    // An invalid change of the configuration must not cut the bridge off.
    assert_eq!(service["spec"]["publishNotReadyAddresses"], true);
    for port in service["spec"]["ports"].as_array().expect("ports") {
        named(&container["ports"], port["targetPort"].as_str().expect("a name"));
    }
    let ingress = manifest("examples/ingress");
    let public = ingress["spec"]["rules"][0]["http"]["paths"].as_array().expect("paths");
    let public: Vec<Public> = public
        .iter()
        .map(|it| {
            assert_eq!(it["backend"]["service"]["name"], service["metadata"]["name"]);
            named(
                &service["spec"]["ports"],
                it["backend"]["service"]["port"]["name"].as_str().expect("a name"),
            );
            Public {
                path: it["path"].as_str().expect("a path").to_owned(),
                with_all_below: it["pathType"] == "Prefix",
            }
        })
        .collect();
    assert_exact(&public);
}

#[test]
fn kubernetes_knows_every_field() {
    let mut arguments = vec!["--strict".to_owned(), "--quiet".to_owned()];
    for folder in [FOLDER.to_owned(), format!("{FOLDER}/examples")] {
        for entry in std::fs::read_dir(path(&folder)).expect("a folder") {
            let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
            if name.ends_with(".yaml") {
                arguments.push(format!("{folder}/{name}"));
            }
        }
    }
    assert_eq!(arguments.len(), 2 + 4, "{arguments:?}");
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    tool::passes(".tools/deploy/bin/kubernetes-validate", &arguments, "make tools");
}
