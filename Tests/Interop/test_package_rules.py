"""deploy/lib/package_rules.py refuses what it is there to refuse."""

import copy
import json
import subprocess
import sys

import pytest
from support.commands import REPOSITORY

SCRIPT = REPOSITORY / "deploy/lib/package_rules.py"
CRYPTO = {"identity": "swift-crypto", "url": "https://github.com/apple/swift-crypto", "dependencies": []}
NIO = {"identity": "swift-nio", "url": "https://github.com/apple/swift-nio", "dependencies": []}
BONDED = {"identity": "bonded", "url": "/src/bonded", "dependencies": [CRYPTO]}


def check(rule, document):
    return subprocess.run(
        [sys.executable, SCRIPT, rule], input=json.dumps(document), capture_output=True, text=True, timeout=30
    )


def package(**targets):
    """A dump-package document from {target: its dependencies}."""
    return {
        "targets": [
            {"name": name, "type": "regular", "dependencies": [{"byName": [each, None]} for each in dependencies]}
            for name, dependencies in targets.items()
        ]
    }


def test_dependencies_without_swiftnio_pass():
    assert check("dependencies", BONDED).returncode == 0


def test_swiftnio_itself_is_refused():
    done = check("dependencies", BONDED | {"dependencies": [CRYPTO, NIO]})
    assert (done.returncode, done.stdout) == (1, "SwiftNIO is pulled in: bonded -> swift-nio\n")


@pytest.mark.parametrize("identity", ["swift-nio", "swift-nio-ssl", "Swift-NIO-Extras"])
def test_a_package_that_pulls_swiftnio_in_is_refused(identity):
    tree = copy.deepcopy(BONDED)
    tree["dependencies"][0]["dependencies"] = [NIO | {"identity": identity}]
    done = check("dependencies", tree)
    assert (done.returncode, done.stdout) == (
        1,
        f"SwiftNIO is pulled in: bonded -> swift-crypto -> {identity.lower()}\n",
    )


def test_a_fork_of_swiftnio_under_another_name_is_refused():
    fork = NIO | {"identity": "sockets", "url": "https://example.org/fork/swift-nio.git"}
    assert check("dependencies", BONDED | {"dependencies": [fork]}).returncode == 1


def test_dependencies_on_lower_rings_pass():
    assert check("rings", package(TUF=["CanonicalJSON"], CanonicalJSON=[])).returncode == 0


@pytest.mark.parametrize(
    ("targets", "breach"),
    [
        ({"CanonicalJSON": ["TUF"], "TUF": []}, "CanonicalJSON (ring 1) may not depend on TUF (ring 2)"),
        ({"TUFClient": ["Signing"], "Signing": []}, "TUFClient (ring 3) may not depend on Signing (ring 3)"),
        ({"Gadgets": []}, "Gadgets: in no ring; add it to deploy/lib/package_rules.py"),
        (
            {"seal": ["Signing"], "Signing": ["Postgres"], "Postgres": []},
            "seal links Postgres; it must work without a database",
        ),
    ],
)
def test_a_dependency_against_the_rings_is_refused(targets, breach):
    done = check("rings", package(**targets))
    assert (done.returncode, done.stdout) == (1, breach + "\n")
