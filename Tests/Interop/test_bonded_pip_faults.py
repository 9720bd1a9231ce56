"""What `bonded-pip` says and does where the index, the network, the clock or its own files are not as they should be."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from support.attacker import ForgedRepository
from support.bonded_pip import MISCONFIGURED, UNREACHABLE, Customer, assert_refused
from support.distributions import wheel
from support.mirror import FILE, Mirror
from support.proxies import Answer
from support.uploading import publish

TIMESTAMP = "tuf/metadata/timestamp.json"


@pytest.fixture
def far(index, mirror, tmp_path):
    """A customer who comes through the mirror."""
    return Customer(tmp_path / "far").trust(index, url=mirror.simple_url)


@pytest.fixture
def refused(far):
    """What is said where a project is refused."""

    def refuse(words, project, **options):
        outcome = far.fetch(project, **options)
        assert_refused(outcome, words)
        assert not outcome.output
        return outcome.errors

    return refuse


def names_of(project, *versions):
    return {wheel(project, version).filename for version in versions}


# Clocks.


@pytest.mark.parametrize(("days", "role"), [("+2d", "timestamp"), ("+500d", "root")])
def test_metadata_that_has_expired_is_refused_and_the_clock_is_mentioned(index, customer, family, days, role):
    refused = customer.fetch(family.leaf, later=days)
    words = rf"'{role}' of .* has expired at 202.*your clock says 202.*the server's says 202.*set your clock right"
    assert_refused(refused, words)


def test_an_index_that_was_not_signed_for_long_is_not_taken_for_a_wrong_clock(index, mirror, far, family):
    """Where the server's clock goes with ours it is the metadata that is old."""
    day = format_datetime(datetime.now(timezone.utc) + timedelta(days=2), usegmt=True)
    mirror.put("tuf/metadata/timestamp.json", Answer(index.get("/" + TIMESTAMP).content, headers={"Date": day}))
    refused = far.fetch(family.leaf, later="+2d")
    assert_refused(refused, "'timestamp' of .* has expired .*: the index has not been signed for too long")
    assert "set your clock" not in refused.errors


def test_a_clock_that_is_behind_makes_nothing_expire(customer, family):
    assert len(customer.fetched(family.leaf, later="-30d")) == 3


def test_a_wrong_clock_leaves_no_trace(customer, family):
    """Having been refused on a day that is not, it goes on today; having worked on a day that was, too."""
    customer.fetch(family.leaf, later="+2d").failed()
    customer.fetch(family.leaf).succeeded()
    customer.fetch(family.leaf, later="-30d").succeeded()
    customer.fetch(family.leaf).succeeded()


# The way to the index.


def test_an_index_that_is_away_is_said_to_be(index, family, tmp_path):
    with Mirror(index).served() as mirror:
        customer = Customer(tmp_path / "far").trust(index, url=mirror.simple_url)
        customer.fetch(family.leaf).succeeded()
    words = f"cannot reach {mirror.base_url}"
    assert_refused(customer.fetch(family.leaf), words)
    assert_refused(customer.run("explain", family.leaf), words, status=UNREACHABLE)
    target = customer.new_target()
    assert_refused(customer.install(family.leaf, target=target), words, target)


@pytest.mark.parametrize("status", [500, 503, 302, 401])
def test_an_index_that_answers_otherwise_is_named_with_its_status(mirror, far, family, status):
    mirror.put(TIMESTAMP, Answer(b"not today", status=status))
    assert_refused(far.run("explain", family.leaf), f"{TIMESTAMP}.* {status}", status=UNREACHABLE)


def test_a_redirection_is_not_followed(index, mirror, far, family):
    with Mirror(index).served() as elsewhere:
        mirror.put(TIMESTAMP, Answer(b"", status=302, headers={"Location": f"{elsewhere.base_url}{TIMESTAMP}"}))
        far.fetch(family.leaf).failed()
        assert not elsewhere.exchanges


def test_a_file_that_cannot_be_had_is_named(index, mirror, project, refused):
    publish(index, wheel(project))
    mirror.put_at(mirror.places(project)[FILE], Answer(b"", status=404))
    refused(f"{wheel(project).filename} is missing", project)


def test_a_file_that_breaks_off_is_not_taken(index, mirror, project, refused, far):
    file = wheel(project, payload=bytes(range(256)) * 40)
    publish(index, file)
    half = file.content[: len(file.content) // 2]
    mirror.put_at(mirror.places(project)[FILE], Answer([half], length=len(file.content)))
    refused("cannot reach|is not the file that", project)
    mirror.put_at(mirror.places(project)[FILE], Answer(half))
    refused("is not the file that", project)
    mirror.cease()
    assert far.fetched(project) == {file.filename}


def test_a_mirror_that_is_behind_serves_who_has_seen_no_more_and_nobody_else(index, mirror, project, far, refused):
    publish(index, wheel(project, "1.0"))
    then = mirror.remember(project)
    publish(index, wheel(project, "2.0"))
    mirror.replay(then)
    assert far.fetched(project) == names_of(project, "1.0")
    mirror.cease()
    assert far.fetched(project) == names_of(project, "1.0", "2.0")
    mirror.replay(then)
    refused("'timestamp' of .* is older than what was seen before .*the mirror is behind", project)


# A snapshot that is cleaned up while somebody is on the way through it.


def in_turn(*answers):
    """One answer after the other, the last for ever; None is the index's own."""
    left = list(answers)
    return lambda accept: left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize("what", ["snapshot", "bin"])
def test_a_snapshot_that_is_cleaned_up_under_way_is_left_for_the_next(index, mirror, project, far, what):
    publish(index, wheel(project, "1.0"))
    before = ForgedRepository(index, {})
    gone = before.address(before.role_of(f"{project}/index.json") if what == "bin" else "snapshot")
    old = index.get("/" + TIMESTAMP).content
    publish(index, wheel(project, "2.0"))
    mirror.put(TIMESTAMP, in_turn(Answer(old), None))
    mirror.put(gone, Answer(b"", status=404))
    assert far.fetched(project) == names_of(project, "1.0", "2.0")


def test_metadata_that_is_gone_for_good_is_named(index, mirror, project, far, refused):
    publish(index, wheel(project))
    now = ForgedRepository(index, {})
    for role in ("snapshot", now.role_of(f"{project}/index.json")):
        mirror.cease()
        mirror.put(now.address(role), Answer(b"", status=404))
        refused(f"{now.address(role)} is missing", project)
    mirror.cease()
    assert far.fetched(project) == names_of(project, "1.0")


# Its own files.


def test_a_damaged_store_is_mended_or_named_and_never_believed(customer, family):
    good = customer.fetched(family.leaf)
    stored = list(customer.data.rglob("*.json"))
    assert len(stored) >= 7, "the indexes, the names, the pinned root, and the roles"
    for path in stored:
        whole = path.read_bytes()
        for damaged in (b"", whole[: len(whole) // 2], whole.replace(b'"', b"'")):
            path.write_bytes(damaged)
            outcome = customer.fetch(family.leaf)
            if outcome.status != 0:
                assert_refused(outcome, re.escape(str(path)), status=MISCONFIGURED)
                path.write_bytes(whole)
        assert customer.fetched(family.leaf) == good
