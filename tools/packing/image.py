"""The image of `bridge serve`, as an OCI layout that `docker load` reads too; no engine is needed to make it.

What is in it is said in deploy/oci/Containerfile, which makes the same image from the sources.
"""

import datetime
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from archive import Entry, compressed, digest, tar

USER = 65532
DATA = "var/lib/bridge"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PROCESSORS = {"x86_64": "amd64", "arm64": "arm64"}


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def libraries(program):
    """The loader and the libraries that a program loads, by path; none if it is static."""
    if "(NEEDED)" not in run("readelf", "--dynamic", "--wide", str(program)):
        return {}
    found = re.findall(r"(/\S+) \(0x", run("ldd", str(program)))
    if not found:
        raise SystemExit(f"ldd does not find the libraries of {program}: the image of another processor than this "
                         "machine's needs the static program")
    packed = {}
    for path in found:
        packed[path.lstrip("/")] = Entry(Path(path).read_bytes(), 0o755)
        if not shutil.which("dpkg-query"):
            print(f"{path}: not from Debian, so the image names no version and no licence of it", file=sys.stderr)
            continue
        # Their licence, and their version in the form in which scanners of images look for it.
        # The folder of a package's list may be /lib or /usr/lib.
        package = run("dpkg-query", "--search", f"*/{Path(path).parent.name}/{Path(path).name}").split(":")[0]
        packed[f"usr/share/doc/{package}/copyright"] = Entry.file(
            Path(f"/usr/share/doc/{package}/copyright").read_bytes())
        packed[f"var/lib/dpkg/status.d/{package}"] = Entry.file(run("dpkg-query", "--status", package))
    packed["etc/os-release"] = Entry.file(Path("/etc/os-release").read_bytes())
    return packed


def root(program, texts):
    """The files of the image."""
    entries = {"usr/local/bin/bridge": Entry.program(program), DATA: Entry(None, 0o700, USER), **libraries(program)}
    entries[CERTIFICATES.lstrip("/")] = Entry.file(Path(CERTIFICATES).read_bytes())
    return entries | {f"usr/share/doc/bridge/{name}": Entry.file(text) for name, text in texts.items()}


def configuration(processor, layer, version, commit, time):
    created = datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    title = "org.opencontainers.image"
    return {
        "created": created, "architecture": PROCESSORS[processor], "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "ExposedPorts": {"8787/tcp": {}, "9464/tcp": {}},
            "Entrypoint": ["/usr/local/bin/bridge"],
            "Cmd": ["serve", "--config", "/etc/bridge/bridge.json"],
            # There is no /tmp and no home; `demo` and `local` keep their data where the image may write.
            "Env": ["PATH=/usr/local/bin", f"HOME=/{DATA}", f"TMPDIR=/{DATA}"],
            "Volumes": {f"/{DATA}": {}},
            "StopSignal": "SIGTERM",
            # Not in OCI's own form, but engines that know health checks read it here; in nanoseconds.
            "Healthcheck": {"Test": ["CMD", "/usr/local/bin/bridge", "health"], "Interval": 10_000_000_000,
                            "Timeout": 6_000_000_000, "StartPeriod": 30_000_000_000, "Retries": 3},
            "Labels": {f"{title}.title": "Lynn Genesys bridge", f"{title}.version": version,
                       f"{title}.revision": commit, f"{title}.licenses": "Apache-2.0"},
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(layer)}"]},
        "history": [{"created": created, "created_by": "tools/packing"}],
    }


def layout(entries, processor, version, commit, time):
    """The image as one tar file."""
    layer = tar(entries, time)
    blobs = {}

    def add(data, kind):
        blobs[f"blobs/sha256/{digest(data)}"] = Entry.file(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest(data)}",
                "size": len(data)}

    def text(document):
        return json.dumps(document, sort_keys=True).encode()

    described = add(text(configuration(processor, layer, version, commit, time)), "config.v1+json")
    packed = add(compressed(layer), "layer.v1.tar+gzip")
    manifest = add(text({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                         "config": described, "layers": [packed]}), "manifest.v1+json")
    manifest["platform"] = {"architecture": PROCESSORS[processor], "os": "linux"}
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version,
                               "io.containerd.image.name": f"docker.io/library/bridge:{version}"}
    index = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [manifest]}

    def blob(of):
        return "blobs/" + of["digest"].replace(":", "/")

    # For engines that do not read the layout itself.
    docker = [{"Config": blob(described), "RepoTags": [f"bridge:{version}"], "Layers": [blob(packed)]}]
    return tar(blobs | {"oci-layout": Entry.file('{"imageLayoutVersion": "1.0.0"}'),
                        "index.json": Entry.file(text(index)), "manifest.json": Entry.file(text(docker))}, time)
