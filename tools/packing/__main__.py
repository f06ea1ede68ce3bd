#!/usr/bin/env python3
"""Packs what is built into the files of a release; tools/release calls it. Needs only Python itself.

The same input gives the same bytes: SOURCE_DATE_EPOCH is the only time that gets into a file.
"""

import argparse
import os
import re
import sys
from pathlib import Path

# No files of Python's own beside the sources.
sys.dont_write_bytecode = True

import dependencies
import functions
import image
import program
from archive import Entry, compressed, digest, files, tar

ROOT = dependencies.ROOT
LICENCES = "licences.txt"


def version():
    return re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]


def texts(arguments):
    """The licences that each archive contains."""
    dependencies_ = (arguments.into / f"bridge-{version()}-{LICENCES}").read_text()
    return {"LICENSE": (ROOT / "LICENSE").read_text(), "LICENCES-OF-DEPENDENCIES.txt": dependencies_}


def write(arguments, name, data):
    path = arguments.into / f"bridge-{version()}-{name}"
    path.write_bytes(data)
    print(f"{len(data):>11} {path.name}")


def write_archive(arguments, name, entries):
    """In a folder of its own name, as users expect it of an archive."""
    inside = {f"bridge-{version()}-{name}/{path}": entry for path, entry in entries.items()}
    write(arguments, f"{name}.tar.gz", compressed(tar(inside, arguments.time)))


def papers(arguments):
    crates = dependencies.Crates()
    write(arguments, LICENCES, dependencies.licences(crates).encode())
    write(arguments, "sbom.cdx.json", dependencies.bill_of_materials(crates, version(), arguments.time).encode())


def pack_program(arguments):
    name = f"linux-{arguments.processor}" + ("-static" if arguments.static else "")
    write_archive(arguments, name, program.entries(
        arguments.program, arguments.runnable or arguments.program, ROOT / "deploy", texts(arguments)))


def pack_functions(arguments):
    entries = functions.entries(arguments.built, (ROOT / "template.yaml").read_text(), arguments.processor)
    if not arguments.tested:
        functions.check_sizes(entries)
    # What the template's metadata for the Serverless Application Repository names is beside it.
    more = texts(arguments) | {"README.md": (ROOT / "README.md").read_text()}
    entries |= {name: Entry.file(text) for name, text in more.items()}
    # Both work on the template beside them: the canary, and Terraform's module with its example.
    entries |= {"tools/canary": Entry.program(ROOT / "tools/canary")} | files(ROOT / "deploy", ["terraform/**/*.tf"])
    write_archive(arguments, f"aws-{arguments.processor}", entries)


def pack_image(arguments):
    entries = image.root(arguments.program, texts(arguments))
    layout = image.layout(entries, arguments.processor, version(), arguments.commit, arguments.time)
    write(arguments, f"image-{arguments.processor}.tar", layout)


def sums(arguments):
    # Of this version: another one may begin with the same letters.
    own = re.compile(rf"bridge-{re.escape(version())}-(aws|image|licences|linux|sbom)[-.]")
    files = sorted(path for path in arguments.into.iterdir() if own.match(path.name))
    lines = [f"{digest(path.read_bytes())}  {path.name}\n" for path in files]
    (arguments.into / "SHA256SUMS").write_text("".join(lines))


def main():
    parser = argparse.ArgumentParser(prog="tools/packing", description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, required=True, help="the folder for the files")
    parts = parser.add_subparsers(dest="part", required=True)
    for name, run in [("papers", papers), ("program", pack_program), ("functions", pack_functions),
                      ("image", pack_image), ("sums", sums)]:
        part = parts.add_parser(name)
        part.set_defaults(run=run)
        if name in ("program", "functions", "image"):
            part.add_argument("--processor", choices=sorted(image.PROCESSORS), required=True)
        if name in ("program", "image"):
            part.add_argument("--program", type=Path, required=True)
        if name == "program":
            part.add_argument("--runnable", type=Path)
            part.add_argument("--static", action="store_true")
        if name == "functions":
            part.add_argument("--built", type=Path, required=True, help="the folder of `sam build`")
            part.add_argument("--tested", action="store_true", help="of any size: what the tests built is not optimised")
        if name == "image":
            part.add_argument("--commit", required=True)
    arguments = parser.parse_args()
    time = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not time.isdigit():
        sys.exit("tools/packing: SOURCE_DATE_EPOCH must be the time of the commit, in seconds")
    arguments.time = int(time)
    arguments.into.mkdir(parents=True, exist_ok=True)
    arguments.run(arguments)


main()
