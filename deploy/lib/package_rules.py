"""Two rules of the package that the compiler does not know.

    swift package show-dependencies --format json | package_rules.py dependencies
    swift package dump-package                    | package_rules.py rings

Prints each breach on a line of its own and exits with status 1; prints one line and exits with 0 where there is none.
"""

import json
import sys

# Each target's ring; a target depends only on targets of rings with a lower number.
RINGS = {
    "CSodium": 0, "CPostgres": 0, "CZlib": 0, "CCurl": 0, "CQREncode": 0, "CLinux": 0, "CProcess": 0,
    "CanonicalJSON": 1, "HTTPMessage": 1, "StrictYAML": 1,
    "TUF": 2, "Packaging": 2, "HTTPServer": 2, "HTTPClient": 2, "Postgres": 2, "Blobs": 2,
    "TUFClient": 3, "TUFRepository": 3, "Signing": 3,
    "Ceremony": 4, "Sealing": 4, "Installing": 4, "Warehouse": 4,
    "WarehouseWeb": 5,
    "Admin": 6,
    "bonded": 7, "seal": 7, "bonded-pip": 7, "tuf-client": 7,
}  # fmt: skip

# Only tests import these.
TEST_SUPPORT = {"TestSupport", "ClientTestSupport"}

# Programs for people who must not need a database: these never link the index's side, not even indirectly.
DATABASE_FREE = {"seal", "bonded-pip", "tuf-client"}
DATABASE_SIDE = {"Warehouse", "Postgres", "CPostgres"}


def dependency_breaches(tree):
    """Every way from the package to SwiftNIO, given the tree of `show-dependencies`."""
    breaches = []

    def visit(package, path):
        identity = package["identity"].lower()
        path = [*path, identity]
        if identity.startswith("swift-nio") or "/swift-nio" in package.get("url", "").lower():
            breaches.append("SwiftNIO is pulled in: " + " -> ".join(path))
            return
        for dependency in package.get("dependencies", []):
            visit(dependency, path)

    visit(tree, [])
    return breaches


def ring_breaches(package):
    """Every dependency that does not point to a lower ring, given `dump-package`."""
    breaches = []
    targets = {target["name"]: target for target in package["targets"]}
    own = {name: local_dependencies(target, targets) for name, target in targets.items()}

    for name, target in targets.items():
        if target["type"] == "test" or name in TEST_SUPPORT:
            continue
        if name not in RINGS:
            breaches.append(f"{name}: in no ring; add it to deploy/lib/package_rules.py")
            continue
        for dependency in own[name]:
            if RINGS.get(dependency, len(RINGS)) >= RINGS[name]:
                breaches.append(
                    f"{name} (ring {RINGS[name]}) may not depend on {dependency} (ring {RINGS.get(dependency, 'none')})"
                )
    for program in sorted(DATABASE_FREE & targets.keys()):
        for linked in sorted(reachable(program, own) & DATABASE_SIDE):
            breaches.append(f"{program} links {linked}; it must work without a database")
    return breaches


def local_dependencies(target, targets):
    """The names of the target's dependencies within the package."""
    names = []
    for dependency in target["dependencies"]:
        for kind in ("byName", "target"):
            if kind in dependency and dependency[kind][0] in targets:
                names.append(dependency[kind][0])
    return names


def reachable(start, edges):
    found, pending = set(), [start]
    while pending:
        for name in edges.get(pending.pop(), []):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found


def main(arguments):
    checks = {
        "dependencies": (dependency_breaches, "no package is or pulls in SwiftNIO"),
        "rings": (ring_breaches, "every target depends on lower rings only"),
    }
    if len(arguments) != 1 or arguments[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 64
    check, success = checks[arguments[0]]
    breaches = check(json.load(sys.stdin))
    print("\n".join(breaches) if breaches else success)
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
