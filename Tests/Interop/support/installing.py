"""Installing into a directory, and what then stands there."""

import sys
from pathlib import Path

from .commands import run, tool
from .distributions import escaped, normalized


def command_straight(installer, simple_url, target, *requirements):
    """pip or uv, which believe whoever answers."""
    if installer == "uv":
        return [tool("uv"), "pip", "install", "--default-index", simple_url, "--target", target, *requirements]
    return [sys.executable, "-m", "pip", "install", "--index-url", simple_url, "--target", target, *requirements]


def installed(directory):
    """{project: version} of what stands in a target directory."""
    found = {}
    for each in Path(directory).glob("*.dist-info"):
        name, _, version = each.name.removesuffix(".dist-info").partition("-")
        found[normalized(name)] = version
    return found


def imported(directory, project):
    """What a module says when somebody imports it: its VERSION, or whatever an attacker has it say."""
    program = f"import {escaped(project)} as module; print(getattr(module, 'EVIL', module.VERSION))"
    return run(sys.executable, "-c", program, environment={"PYTHONPATH": str(directory)}).succeeded().output.strip()
