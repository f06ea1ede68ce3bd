"""The program `bridge` with what belongs to it: manual pages, completions, licences, and what runs it elsewhere."""

import re
import subprocess

from archive import Entry, files

COMPLETIONS = {"bash": "bridge.bash", "zsh": "_bridge", "fish": "bridge.fish"}
# What the documents name below `deploy`, except the recipe of the image, which needs the sources, and
# Terraform's module, which is with the functions.
DEPLOY = ["compose/Caddyfile", "compose/compose.yaml", "grafana/*.json", "kubernetes/**/*.yaml",
          "prometheus/*.rules.yml", "systemd/*.service", "systemd/*.timer", "systemd/*.service.d/*.conf"]


def printed(program, *arguments):
    # An empty environment: nothing of this machine gets into a page.
    return subprocess.run([str(program), *arguments], env={}, check=True, stdout=subprocess.PIPE).stdout


def pages(program, *command):
    """The manual page of a command, and those that it names: of the commands below it."""
    page = printed(program, "man", *command)
    name = "-".join(["bridge", *command])
    found = {f"man/{name}.1": Entry.file(page)}
    named = re.findall(rf"^{name}-([a-z-]+)\(1\)$", page.decode().replace("\\", ""), re.MULTILINE)
    for below in dict.fromkeys(named):
        if below != "help":
            found |= pages(program, *command, below)
    return found


def entries(program, runnable, deploy, texts):
    """`runnable` is the same version of the program for this machine, which may be another processor's."""
    found = {"bridge": Entry.program(program), **pages(runnable)}
    for shell, name in COMPLETIONS.items():
        found[f"completions/{name}"] = Entry.file(printed(runnable, "completions", shell))
    found |= files(deploy, DEPLOY)
    return found | {name: Entry.file(text) for name, text in texts.items()}
