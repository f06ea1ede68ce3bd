"""The functions as zip files, and the template that names them in place of their source code."""

import re

from archive import Entry, zipped

FUNCTIONS = ["genesys-webhook", "lynn-inbound", "genesys-sender", "lynn-sender", "genesys-events",
             "conversation-scheduler"]
RECEIVERS = ["genesys-webhook", "lynn-inbound"]
LARGEST_RECEIVER = 4_000_000
BUILD = re.compile(r"    Metadata:\n      BuildMethod: rust-cargolambda\n      BuildProperties:\n        Binary: \S+\n")
ARCHITECTURE = re.compile(r"(  Architecture:\n(?:    .*\n)*?)    AllowedValues: \[x86_64, arm64\]\n    Default: x86_64\n")


def template(text, processor):
    """The template, with the zip files of one processor as code and nothing to build."""
    for name in FUNCTIONS:
        source = f"CodeUri: functions/{name}\n"
        if text.count(source) != 1:
            raise SystemExit(f"template.yaml names functions/{name} {text.count(source)} times as code, not once")
        text = text.replace(source, f"CodeUri: {name}.zip\n")
    text, removed = BUILD.subn("", text)
    # The parameter stays, so that a stack keeps its other values, but has one value only: no stack
    # gets the wrong programs.
    text, changed = ARCHITECTURE.subn(rf"\1    AllowedValues: [{processor}]\n    Default: {processor}\n", text)
    if (removed, changed) != (len(FUNCTIONS), 1) or "functions/" in text:
        raise SystemExit("template.yaml does not have the form that tools/packing expects of functions and Architecture")
    return text


def logical(name):
    """The name of a function in the template."""
    return "".join(word.capitalize() for word in name.split("-")) + "Function"


def check_sizes(packed):
    """Fails if a receiver has grown: Lambda loads its zip before it answers a caller for the first time."""
    for name in RECEIVERS:
        size = len(packed[f"{name}.zip"].data)
        if size >= LARGEST_RECEIVER:
            raise SystemExit(f"{name}.zip has {size} bytes; the limit is {LARGEST_RECEIVER}: find out what it links "
                             f"with cargo tree -e normal -p {name}")


def entries(built, text, processor):
    """What `sam build` made, packed, by name."""
    packed = {f"{name}.zip": Entry.file(zipped("bootstrap", (built / logical(name) / "bootstrap").read_bytes()))
              for name in FUNCTIONS}
    packed["template.yaml"] = Entry.file(template(text, processor))
    return packed
