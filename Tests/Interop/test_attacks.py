"""The attacks of PEP 458, Appendix A, on the real pip and the real uv.

The attacker has the mirror that everybody installs from: it answers as the index does, but for what is forged. Each
attack is carried out twice: on pip or uv alone, where it must succeed, or the test proves nothing; and on the same one
behind `bonded-pip`, which refuses, installs nothing, and is none the worse for it: once the mirror is honest again, the
same state installs what is to be had.
"""

import subprocess
import time
from dataclasses import replace

import pytest
from support import claims
from support.attacker import ONLINE, ForgedRepository, online_keys, stranger
from support.bonded_pip import FORGED, Customer, assert_refused
from support.commands import bonded, clean_environment, run
from support.distributions import wheel
from support.index import JSON, Server
from support.installing import command_straight, imported, installed
from support.maintainers import Maintainer, facts
from support.mirror import EVERYTHING, FILE, PAGE, SIDECAR, Endless, Mirror, Trickle
from support.proxies import Answer
from support.uploading import publish
from support.waiting import wait_until

HERE = "the attacker was here"
MEGABYTE = 1 << 20
TIMESTAMP = ["tuf/metadata/timestamp.json"]


def evil(project, version="1.0", **options):
    return wheel(project, version, code=f'EVIL = "{HERE}"\n'.encode(), **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """An index whose keys may be stolen."""
    server = Server(tmp_path_factory.mktemp("attacks") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


@pytest.fixture
def mirror(server):
    with Mirror(server).served() as mirror:
        yield mirror


@pytest.fixture(params=["pip", "uv"])
def installer(request):
    return request.param


@pytest.fixture
def customer(server, mirror, installer, tmp_path):
    """Somebody who has pinned the index where the mirror is."""
    return Customer(tmp_path / "customer", installer).trust(server, url=mirror.simple_url)


@pytest.fixture
def straight(mirror, installer, tmp_path):
    """Installs from the mirror with pip or uv alone; where to."""

    def install(*requirements):
        target = tmp_path / "straight"
        run(*command_straight(installer, mirror.simple_url, target, *requirements)).succeeded()
        return target

    return install


@pytest.fixture
def refuses(customer):
    """Installs through bonded-pip, which must refuse, say so in these words, and install nothing."""

    def refuse(words, *requirements, **options):
        target = customer.new_target()
        assert_refused(customer.install(*requirements, target=target, **options), words, target)

    return refuse


@pytest.fixture
def installs(customer):
    """Installs through bonded-pip; where to."""

    def install(*requirements, **options):
        target = customer.new_target()
        customer.install(*requirements, target=target, **options).succeeded()
        return target

    return install


def test_arbitrary_software_installation(server, mirror, straight, refuses, installs, project):
    """Anything at all in the place of a file, with pages made to fit; also with metadata, signed by a stranger."""
    publish(server, wheel(project))
    mirror.forge(project, evil(project))
    assert imported(straight(project), project) == HERE
    for layer in (PAGE, FILE):
        mirror.only(layer)
        refuses(FORGED, project)
    mirror.only(*EVERYTHING)
    mirror.take(ForgedRepository(server, {}).forge_unclaimed(mirror.forge(project, evil(project))).publish())
    refuses("not signed by", project)
    mirror.cease()
    assert imported(installs(project), project) == "1.0"


def test_rollback(server, mirror, straight, refuses, installs, project):
    """What was true once, and is signed, for somebody who has seen newer."""
    publish(server, wheel(project, "1.0"))
    then = mirror.remember(project)
    publish(server, wheel(project, "2.0"))
    assert installed(installs(project)) == {project: "2.0"}
    mirror.replay(then)
    assert installed(straight(project)) == {project: "1.0"}
    refuses("older than what was seen before", project)
    mirror.cease()
    assert installed(installs(project)) == {project: "2.0"}


def test_indefinite_freeze(server, mirror, straight, refuses, installs, project):
    """What was true once, for ever, for somebody who has not seen newer: good until the timestamp expires."""
    publish(server, wheel(project, "1.0"))
    assert installed(installs(project)) == {project: "1.0"}
    then = mirror.remember(project)
    publish(server, wheel(project, "2.0"))
    mirror.replay(then)
    assert installed(straight(project)) == {project: "1.0"}
    assert installed(installs(project)) == {project: "1.0"}, "that day it is a mirror which is a little behind"
    refuses("timestamp.*expired.*clock", project, later="+2d")
    mirror.cease()
    assert installed(installs(project)) == {project: "2.0"}


def test_endless_data(server, mirror, installer, customer, refuses, installs, project, tmp_path):
    """A stream without an end in the place of a page, a file, or metadata."""
    publish(server, wheel(project))
    places = mirror.places(project)
    for paths, stream in ((places[PAGE], Endless(b'{"meta": ')), (places[FILE], Endless.wheel())):
        mirror.cease()
        mirror.put_at(paths, Answer(stream, JSON))
        process = subprocess.Popen(
            command_straight(installer, mirror.simple_url, tmp_path / "straight", project),
            env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            wait_until(lambda: stream.sent > 64 * MEGABYTE or process.poll() is not None, "it takes whatever comes")
            assert process.poll() is None, f"{installer} had enough of {paths[0]} after {stream.sent} bytes"
        finally:
            process.kill()
            process.wait()

    for paths in (TIMESTAMP, places[PAGE], places[FILE]):
        mirror.cease()
        stream = Endless()
        mirror.put_at(paths, Answer(stream, JSON))
        refuses("more than .* bytes", project)
        assert stream.sent < 16 * MEGABYTE, "what fits into the kernel's buffers, and no more"
    mirror.cease()
    assert installed(installs(project)) == {project: "1.0"}


def test_slow_retrieval(server, mirror, installer, customer, refuses, installs, project, tmp_path):
    """A byte now and then, so that no single read ever waits for long."""
    file = wheel(project)
    publish(server, file)
    customer.configure("network: {connect_timeout: 5s, minimum_rate: 1KiB, patience: 1s}\n")
    places = mirror.places(project)

    def trickle(paths):
        stream = Trickle(file.content)
        mirror.cease()
        mirror.put_at(paths, Answer(stream, JSON, length=len(file.content)))
        return stream

    stream = trickle(places[FILE])
    with pytest.raises(subprocess.TimeoutExpired):
        run(*command_straight(installer, mirror.simple_url, tmp_path / "straight", project), timeout=5)
    assert 0 < stream.sent < len(file.content), "it waits for more"
    for paths in (TIMESTAMP, places[PAGE], places[FILE]):
        trickle(paths)
        begun = time.monotonic()
        refuses("too slow", project, environment={"UV_HTTP_RETRIES": "0"})
        assert time.monotonic() - begun < 15
    mirror.cease()
    assert installed(installs(project)) == {project: "1.0"}


def test_extraneous_dependencies(server, mirror, straight, refuses, installs, projects):
    """A file's metadata names a dependency that the file does not have: a true project, known to be flawed."""
    wanted, flawed = projects(2)
    publish(server, wheel(wanted), wheel(flawed))
    mirror.forge(wanted, wheel(wanted, requires=[flawed]))
    assert installed(straight(wanted)) == {wanted: "1.0", flawed: "1.0"}
    for layer in (PAGE, SIDECAR, FILE):
        mirror.only(layer)
        refuses(FORGED, wanted)
    mirror.cease()
    assert installed(installs(wanted)) == {wanted: "1.0"}


def test_mix_and_match(server, mirror, straight, refuses, installs, projects):
    """Of one project what is true now, of another what was true before; they never were together."""
    app, library = projects(2)
    publish(server, wheel(app, requires=[library]), wheel(library))
    old, before = mirror.page(library), ForgedRepository(server, {})
    publish(server, wheel(library, "2.0"), wheel(app, "2.0", requires=[library]))
    now = ForgedRepository(server, {})

    mirror.forge_page(library, old)
    assert installed(straight(app)) == {app: "2.0", library: "1.0"}
    bins = {now.role_of(f"{library}/{form}") for form in ("index.json", "index.html")}
    for roles in ({"snapshot"}, bins):
        mirror.cease()
        for role in roles:
            mirror.put(now.address(role), before.content(role))
        refuses("is not the file that|parts of different times are mixed", app)
    mirror.cease()
    mirror.forge_page(library, old)
    refuses(FORGED, app)
    mirror.cease()
    assert installed(installs(app)) == {app: "2.0", library: "2.0"}


def test_wrong_software_installation(server, mirror, straight, refuses, installs, project):
    """A true file, but not the one that was asked for: an earlier build under the name of the one that mends it."""
    flawed = wheel(project, tag="1-py3-none-any", code=b'VERSION = "build 1"\n')
    mended = wheel(project, tag="2-py3-none-any", code=b'VERSION = "build 2"\n')
    publish(server, flawed, mended)
    mirror.forge(project, replace(mended, content=flawed.content))
    assert imported(straight(project), project) == "build 1"
    for layer in (PAGE, FILE):
        mirror.only(layer)
        refuses(FORGED, project)
    mirror.cease()
    assert imported(installs(project), project) == "build 2"


def test_malicious_mirror_preventing_updates(server, mirror, installer, customer, refuses, installs, project, tmp_path):
    """An update that cannot be had, and metadata from far ahead, keep people from what other mirrors have."""
    publish(server, wheel(project, "1.0"))
    assert installed(installs(project)) == {project: "1.0"}
    publish(server, wheel(project, "2.0"))
    irresistible = wheel(project, "99.0")
    mirror.forge(project, irresistible)
    mirror.put(f"packages/forged/{irresistible.filename}", Answer(b"", status=404), FILE)
    forged = ForgedRepository(server, {})
    for role in ("snapshot", "timestamp"):
        forged.sign(getattr(forged, role), role, version=(1 << 31) - 1)
    mirror.take(forged)

    # Both mirrors are known to pip and uv, which take the first one's word or the highest version.
    first, second = (mirror, server) if installer == "pip" else (server, mirror)
    also = "--extra-index-url" if installer == "pip" else "--index"
    run(*command_straight(installer, first.simple_url, tmp_path / "straight", also, second.simple_url, project)).failed()
    refuses("not signed by", project)
    mirror.only(PAGE)
    refuses(FORGED, project)
    mirror.cease()  # another mirror answers by the same name
    assert installed(installs(project)) == {project: "2.0"}

    mirror.take(forged)
    refuses("not signed by", project)
    customer.run("trust", "remove", mirror.simple_url).succeeded()
    customer.trust(server)  # a mirror by another name, with the same root
    assert installed(installs(project)) == {project: "2.0"}


@pytest.fixture(scope="module")
def keys(server):
    return online_keys(server)


@pytest.fixture(scope="module")
def claimed(server):
    """A project that two maintainers sign for, on the word of `claimed`; the first of them."""
    alice, bob = (Maintainer(server, name) for name in ("alice", "bob"))
    for each in (alice, bob):
        each.register()
    file = wheel("claimed-demo")
    both = {"keyids": [alice.key_id, bob.key_id], "threshold": 2}
    draft = alice.draft("claimed-demo", maintainers=both, add=[facts(file)])
    alice.send(draft, [file])
    assert bob.sign(draft)["state"] == "published"
    claims.move(server)
    return alice


def overtake(server):
    """An operator has everything signed anew, with versions past those that stolen keys have signed."""
    for _ in range(2):
        bonded("snapshot", "renew", "--everything", "--config", server.config).succeeded()


def test_key_compromise_below_the_threshold(server, mirror, keys, claimed, straight, refuses, installs, project):
    """One of two maintainers' keys makes no file of theirs, nor do two online keys of three one of anybody else's."""
    publish(server, wheel(project))
    for name, role, held in (
        ("claimed-demo", "project-claimed-demo", {role: keys[role] for role in ONLINE} | {"project": claimed.key}),
        (project, None, {role: keys[role] for role in ("timestamp", "snapshot")}),
    ):
        forged = ForgedRepository(server, held)
        targets = mirror.forge(name, evil(name))
        forged.forge_targets(role, targets, version=1) if role else forged.forge_unclaimed(targets)
        mirror.take(forged.publish())
        assert imported(straight(name), name) == HERE
        refuses("not signed by", name)
        overtake(server)
        mirror.cease()
        assert imported(installs(name), name) == "1.0"


def test_key_compromise_at_the_threshold(server, mirror, keys, claimed, straight, refuses, installs, project):
    """All online keys make any file of an unclaimed project. What maintainers sign for stands, and may be insisted on."""
    publish(server, wheel(project))
    forged = ForgedRepository(server, keys | {"project": stranger()})
    targets = mirror.forge("claimed-demo", evil("claimed-demo"))
    mirror.take(forged.forge_targets("project-claimed-demo", targets, version=1).publish())
    assert imported(straight("claimed-demo"), "claimed-demo") == HERE
    refuses("not signed by", "claimed-demo")
    overtake(server)
    mirror.cease()
    assert imported(installs("claimed-demo", own=("--require", "maintainers")), "claimed-demo") == "1.0"

    forged = ForgedRepository(server, keys)
    mirror.take(forged.forge_unclaimed(mirror.forge(project, evil(project))).publish())
    assert imported(straight(project), project) == HERE
    assert imported(installs(project), project) == HERE, "the PEP says so: the keys of bins, snapshot, timestamp"
    refuses(f"only the index's online keys vouch for {project}", project, own=("--require", "maintainers"))
    overtake(server)
    mirror.cease()
    assert imported(installs(project), project) == "1.0"
