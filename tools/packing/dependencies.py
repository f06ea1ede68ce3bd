"""The crates that are in what is published: their licences as one text, and as a CycloneDX document.

cargo-about and cargo-cyclonedx would take several minutes to compile on a machine that only runs the tests.
"""

import datetime
import json
import re
import subprocess
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# The packages that are published, as programs.
PUBLISHED = ["bridge", "genesys-webhook", "lynn-inbound", "genesys-sender", "lynn-sender", "genesys-events",
             "conversation-scheduler"]
# Every target of a release, so that the result is the same on every machine.
TARGETS = [f"{processor}-unknown-linux-{library}" for processor in ["x86_64", "aarch64"]
           for library in ["gnu", "musl"]]
LICENCE_FILE = re.compile(r"(?i)^(licen[sc]e|copying|copyright|notice|unlicense)")
# Programs in C that a crate brings along: the file that names the version, and how it does.
BUNDLED = {
    "aws-lc-sys": ("aws-lc", "aws-lc/include/openssl/base.h", r'#define AWSLC_VERSION_NUMBER_STRING "([^"]+)"'),
    "libsqlite3-sys": ("sqlite", "sqlite3/sqlite3.h", r'#define SQLITE_VERSION\s+"([^"]+)"'),
}
MIT = """Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."""


def cargo(*arguments):
    targets = [word for target in TARGETS for word in (
        ["--filter-platform", target] if arguments[0] == "metadata" else ["--target", target])]
    command = ["cargo", *arguments, "--locked", *targets]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


class Crates:
    """The crates of the published programs, and which of them uses which."""

    def __init__(self):
        packages = [word for name in PUBLISHED for word in ("--package", name)]
        tree = cargo("tree", "--edges", "normal", "--prefix", "none", "--format", "{p}", *packages)
        used = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
        metadata = json.loads(cargo("metadata", "--format-version", "1"))
        self.all = {package["id"]: package for package in metadata["packages"]
                    if (package["name"], f"v{package['version']}") in used}
        nodes = {node["id"]: node for node in metadata["resolve"]["nodes"] if node["id"] in self.all}
        self.uses = {crate: sorted({dependency["pkg"] for dependency in node["deps"]
                                    if dependency["pkg"] in self.all
                                    and any(kind["kind"] is None for kind in dependency["dep_kinds"])})
                     for crate, node in nodes.items()}
        self.checksums = checksums()

    def sorted(self):
        return sorted(self.all.values(), key=lambda crate: (crate["name"], crate["version"]))

    def foreign(self):
        return [crate for crate in self.sorted() if crate["source"]]


def checksums():
    """The digest of each crate, by name and version, as Cargo.lock has it."""
    found = re.findall(r'name = "(.+)"\nversion = "(.+)"\nsource = .+\nchecksum = "(.+)"',
                       (ROOT / "Cargo.lock").read_text())
    return {(name, version): checksum for name, version, checksum in found}


def folder(crate):
    return Path(crate["manifest_path"]).parent


def texts(crate):
    """The licence files of a crate, or else the text that its manifest names."""
    files = sorted(file for file in folder(crate).iterdir() if file.is_file() and LICENCE_FILE.match(file.name))
    if files:
        return [file.read_text(errors="replace").strip() for file in files]
    if "Apache-2.0" in crate["license"]:
        return [(ROOT / "LICENSE").read_text().strip()]
    if "MIT" in crate["license"]:
        return [f"Copyright (c) {', '.join(crate['authors']) or 'the authors of ' + crate['name']}\n\n{MIT}"]
    raise SystemExit(f"{crate['name']} {crate['version']} has no licence file, and no text is known for "
                     f"{crate['license']}: add it to {Path(__file__).name}")


def licences(crates):
    """All crates with their licences, then each text once, with the crates that it is of."""
    lines = ["The bridge is under the Apache License 2.0. It contains these crates, each under the licences named here;",
             "their texts follow.", ""]
    by_text = {}
    for crate in crates.foreign():
        name = f"{crate['name']} {crate['version']}"
        lines.append(f"{name}: {crate['license']} ({crate['repository'] or 'https://crates.io'})")
        for text in texts(crate):
            by_text.setdefault(" ".join(text.split()), (text, []))[1].append(name)
    for text, names in sorted(by_text.values(), key=lambda entry: entry[1]):
        lines += ["", "=" * 80, ", ".join(dict.fromkeys(names)), "=" * 80, "", text]
    return "\n".join(lines) + "\n"


def component(crate, checksum):
    made = {"type": "library", "bom-ref": reference(crate), "name": crate["name"], "version": crate["version"],
            "licenses": [{"expression": crate["license"].replace("/", " OR ")}]}
    if crate["source"]:
        made["purl"] = f"pkg:cargo/{crate['name']}@{crate['version']}"
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if crate["source"] and crate["repository"]:
        made["externalReferences"] = [{"type": "vcs", "url": crate["repository"]}]
    if crate["name"] in BUNDLED:
        name, file, pattern = BUNDLED[crate["name"]]
        version = re.search(pattern, (folder(crate) / file).read_text())[1]
        made["components"] = [{"type": "library", "name": name, "version": version,
                               "purl": f"pkg:generic/{name}@{version}"}]
    return made


def reference(crate):
    return f"{crate['name']}@{crate['version']}"


def bill_of_materials(crates, version, time):
    """The crates as CycloneDX 1.6 in JSON."""
    own = f"bridge-release@{version}"
    at = datetime.datetime.fromtimestamp(time, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    published = [reference(crate) for crate in crates.sorted() if crate["name"] in PUBLISHED]
    named = {crate: reference(package) for crate, package in crates.all.items()}
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {
            "timestamp": at,
            "component": {"type": "application", "bom-ref": own, "name": "lynn-genesys-bridge", "version": version,
                          "licenses": [{"license": {"id": "Apache-2.0"}}]},
        },
        "components": [component(crate, crates.checksums.get((crate["name"], crate["version"])))
                       for crate in crates.sorted()],
        "dependencies": [{"ref": own, "dependsOn": published}] + [
            {"ref": named[crate], "dependsOn": [named[used] for used in crates.uses[crate]]}
            for crate in sorted(crates.uses, key=named.get)],
    }
    # The same contents have the same number.
    document["serialNumber"] = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(document, sort_keys=True)).urn
    return json.dumps(document, indent=1) + "\n"
