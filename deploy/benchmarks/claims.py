"""What claimed projects cost: a publish beside few and beside many, the move into `claimed`, the metadata's size."""

import time

from figures import median
from support.claims import offline, sign, signed_file
from support.commands import bonded
from support.distributions import wheel
from support.maintainers import Maintainer, claim_many, facts

PUBLISHES = 30


def measure(bench, table):
    many = bench.pick(1_000, 60)
    table.group(f"Claimed projects (16 bins, {many // 10:,} projects a role)")
    with bench.index() as index:
        maintainer = Maintainer(index, "bench")
        maintainer.register()
        alone = publish(maintainer, "alone-first")
        table.add("publish: draft, sign, send, public; 1 project is claimed (p50)", alone, "ms")

        names = [f"claimed-{number}-demo" for number in range(many)]
        began = time.monotonic()
        claim_many(index, names)
        table.add(f"{many:,} projects claimed by 8 maintainers at once", many / (time.monotonic() - began), "/s")
        add_publish(table, maintainer, "among-many", f"publish, {many:,} in recently-claimed (p50)", alone)
        add_sizes(table, index, ["recently-claimed", "snapshot"])

        settings = bench.folder / "bonded.yaml"
        settings.write_text(f"{index.config.read_text()}claims:\n  projects_per_role: {many // 10}\n")
        draft = bench.folder / "draft.json"
        timed(table, "claims draft", lambda: bonded("admin", "claims", "draft", "--out", draft, "--config", settings))
        timed(table, "seal sign", lambda: sign(index, draft))
        timed(table, "claims import, until it is public", lambda: offline(index, "import", signed_file(draft)))
        add_publish(table, maintainer, "beside-claimed", f"publish, {many:,} in claimed (p50)", alone)
        add_sizes(table, index, ["recently-claimed", "claimed", "claimed-1", "snapshot"])


def publish(maintainer, project):
    """Milliseconds, the median, of a project of its own: the more files a project has, the larger its pages."""
    maintainer.publish(project, wheel(project), maintainers={"keyids": [maintainer.key_id], "threshold": 1})
    took = []
    for number in range(PUBLISHES):
        distribution = wheel(project, f"2.{number}")
        began = time.monotonic()
        receipt = maintainer.send(maintainer.draft(project, add=[facts(distribution)]), [distribution])
        took.append((time.monotonic() - began) * 1000)
        assert receipt["state"] == "published"
    return median(took)


def add_publish(table, maintainer, project, name, alone):
    table.add(name, publish(maintainer, project), "ms", alone, "ours with 1")


def add_sizes(table, index, roles):
    timestamp = index.get("/tuf/metadata/timestamp.json").json()["signed"]
    version = timestamp["meta"]["snapshot.json"]["version"]
    snapshot = index.get(f"/tuf/metadata/{version}.snapshot.json")
    for role in roles:
        if role == "snapshot":
            table.add("size of snapshot", len(snapshot.content) / 1000, "kB")
            continue
        version = snapshot.json()["signed"]["meta"][f"{role}.json"]["version"]
        metadata = index.get(f"/tuf/metadata/{version}.{role}.json").content
        table.add(f"size of {role}", len(metadata) / 1000, "kB")


def timed(table, name, work):
    began = time.monotonic()
    work().succeeded()
    table.add(name, time.monotonic() - began, "s")
