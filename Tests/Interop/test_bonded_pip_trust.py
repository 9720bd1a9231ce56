"""Which indexes `bonded-pip` trusts: how one is pinned, and which of several a name belongs to."""

import hashlib
import re
from types import SimpleNamespace
from urllib.parse import urljoin

import pytest
from support.attacker import stranger
from support.bonded_pip import UNREACHABLE, UNVERIFIED, USAGE, Customer, assert_refused
from support.commands import bonded
from support.distributions import wheel
from support.index import Server
from support.installing import imported, installed
from support.mirror import Mirror
from support.proxies import proxy, through
from support.pypiserver import pypiserver
from support.services import free_port
from support.uploading import publish
from tuf.api.metadata import Metadata

PRIVATE, PUBLIC = b'VERSION = "private"\n', b'VERSION = "public"\n'


@pytest.fixture
def nobody(tmp_path):
    """Somebody who has pinned nothing yet."""
    return Customer(tmp_path / "customer")


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    """A second index, with keys of its own."""
    server = Server(tmp_path_factory.mktemp("public") / "data").start()
    try:
        yield server
    finally:
        server.destroy()


def fingerprint(index):
    return hashlib.sha256(index.trusted_root.read_bytes()).hexdigest()


def listed(customer):
    return customer.run("trust", "list").output


# One index.


def test_without_an_index_nothing_is_installed(nobody, family):
    proxy = ("proxy", "--listen", "127.0.0.1:0")
    for refused in (nobody.fetch(family.leaf), nobody.run("explain", family.leaf), nobody.run(*proxy, timeout=20)):
        assert_refused(refused, "you trust no index yet: bonded-pip trust add", status=USAGE)


def test_a_root_pins_an_index(index, nobody, family):
    nobody.run("trust", "add", index.simple_url, "--root", index.trusted_root).succeeded()
    shown = listed(nobody)
    assert index.simple_url in shown and fingerprint(index) in shown
    nobody.fetch(family.leaf).succeeded()


def test_a_root_that_is_not_the_index_s_is_found_out(index, public, nobody, family):
    refused = nobody.run("trust", "add", index.simple_url, "--root", public.trusted_root)
    assert_refused(refused, "not signed by|is not the", status=UNVERIFIED)
    assert index.simple_url not in listed(nobody)


def test_a_root_that_is_none_is_refused(index, nobody, tmp_path):
    for content in (b"", b"{}", b"evil\n"):
        (tmp_path / "root.json").write_bytes(content)
        nobody.run("trust", "add", index.simple_url, "--root", tmp_path / "root.json").failed()
    nobody.run("trust", "add", index.simple_url, "--root", tmp_path / "missing.json").failed()
    assert index.simple_url not in listed(nobody)


def test_a_fingerprint_pins_an_index(index, nobody, family):
    nobody.run("trust", "add", index.simple_url, "--fingerprint", fingerprint(index)).succeeded()
    nobody.fetch(family.leaf).succeeded()


def test_another_fingerprint_does_not(index, nobody):
    refused = nobody.run("trust", "add", index.simple_url, "--fingerprint", "0" * 64)
    assert refused.status == UNVERIFIED, refused.describe()
    assert fingerprint(index) in refused.errors, "it says what was found"
    assert index.simple_url not in listed(nobody)


def test_a_root_on_the_way_is_held_to_the_fingerprint(index, mirror, nobody):
    """Somebody in between who exchanges the root does not become the root."""
    root = Metadata.from_bytes(index.trusted_root.read_bytes())
    mallory = stranger()
    for role in root.signed.roles:
        root.signed.add_key(mallory.public_key, role)
        root.signed.roles[role].keyids = [mallory.public_key.keyid]
    root.sign(mallory)
    mirror.put("tuf/metadata/1.root.json", root.to_bytes())
    assert nobody.run("trust", "add", mirror.simple_url, "--fingerprint", fingerprint(index)).status == UNVERIFIED
    assert mirror.simple_url not in listed(nobody)


def test_on_a_terminal_it_shows_the_fingerprint_and_asks(index, nobody, family):
    status, shown = nobody.on_a_terminal("trust", "add", index.simple_url, answers=[b"no\n"])
    assert status != 0 and fingerprint(index) in re.sub(r"\s", "", shown), shown
    assert index.simple_url not in listed(nobody)
    status, shown = nobody.on_a_terminal("trust", "add", index.simple_url, answers=[b"yes\n"])
    assert status == 0, shown
    nobody.fetch(family.leaf).succeeded()


def test_without_a_terminal_it_does_not_guess(index, nobody):
    refused = nobody.run("trust", "add", index.simple_url)
    assert refused.status == USAGE and "--fingerprint" in refused.errors, refused.describe()
    assert fingerprint(index) not in refused.text, "what came from there is no reason to trust it"
    assert index.simple_url not in listed(nobody)


def test_an_index_that_is_not_there_is_not_pinned(nobody, index):
    url = f"http://127.0.0.1:{free_port()}/simple/"
    refused = nobody.run("trust", "add", url, "--fingerprint", fingerprint(index))
    assert_refused(refused, "cannot reach", status=UNREACHABLE)
    assert url not in listed(nobody)


def test_what_is_pinned_again_is_not_pinned_anew(index, public, customer, family):
    """The root that was trusted first stays, or whoever can run one command could exchange it."""
    customer.run("trust", "add", index.simple_url, "--root", public.trusted_root).failed()
    customer.fetch(family.leaf).succeeded()


def test_an_index_can_be_removed(index, customer, family):
    customer.run("trust", "remove", index.simple_url).succeeded()
    assert index.simple_url not in listed(customer)
    assert_refused(customer.fetch(family.leaf), "you trust no index yet", status=USAGE)
    customer.run("trust", "remove", index.simple_url).failed()


def test_only_its_owner_can_read_what_is_trusted(customer, family):
    customer.fetch(family.leaf).succeeded()
    for path in [customer.data, *customer.data.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


# An index without TUF.


@pytest.fixture
def plain(tmp_path, project):
    """pypiserver, with a file of the project's name and one of its own."""
    (tmp_path / "plain").mkdir()
    files = wheel(project, "99.0", code=b'VERSION = "plain"\n'), wheel(f"{project}-plain")
    with pypiserver(tmp_path / "plain", *files) as url:
        yield url


def test_an_index_without_tuf_is_taken_only_where_that_is_said(plain, nobody, project, tmp_path):
    for how in (("--fingerprint", "0" * 64), ()):
        nobody.run("trust", "add", plain, *how).failed()
    assert plain not in listed(nobody)
    assert "NOTHING of it is verified" in nobody.run("trust", "add", plain, "--unverified").succeeded().output
    assert re.search(rf"{re.escape(plain)}\s+NOT VERIFIED", listed(nobody))
    shown = nobody.install(f"{project}-plain", target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {f"{project}-plain": "1.0"}
    assert re.search(r"NOT VERIFIED.*" + re.escape(plain), shown.errors), "each time it says so"
    assert_refused(nobody.fetch(f"{project}-plain", own=("--require", "claim")), "has no TUF metadata")


def test_what_a_verified_index_has_is_not_taken_from_one_without_tuf(index, plain, project, tmp_path):
    """Dependency confusion: there the version is higher, and nothing vouches for it."""
    publish(index, wheel(project, "1.0"))
    customer = Customer(tmp_path / "customer").trust(index)
    customer.run("trust", "add", plain, "--unverified").succeeded()
    customer.install(project, f"{project}-plain", target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {project: "1.0", f"{project}-plain": "1.0"}


# Several indexes.


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_name_that_two_indexes_have_is_the_first_one_s(index, public, project, tmp_path, installer):
    """Dependency confusion: whoever registers a private name in public, with a higher version, gets nothing."""
    other = f"{project}-public"
    publish(index, wheel(project, "1.0", requires=[other], code=PRIVATE))
    publish(public, wheel(project, "99.0", code=PUBLIC), wheel(other, code=PUBLIC))
    customer = Customer(tmp_path / "customer", installer).trust(index).trust(public)
    customer.install(project, target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {project: "1.0", other: "1.0"}
    assert imported(tmp_path / "target", project) == "private" and imported(tmp_path / "target", other) == "public"


def names_of(project, version):
    return {wheel(project, version).filename}


def test_the_first_can_be_added_last(index, public, project, tmp_path):
    publish(index, wheel(project, "1.0"))
    publish(public, wheel(project, "99.0"))
    customer = Customer(tmp_path / "customer").trust(public).trust(index, "--first")
    shown = listed(customer)
    assert shown.index(index.simple_url) < shown.index(public.simple_url)
    assert customer.fetched(project) == names_of(project, "1.0")


def test_a_name_stays_with_the_index_it_came_from(index, public, project, tmp_path):
    """Also where that has it no longer: until somebody says that it may change."""
    publish(index, wheel(project, "1.0"))
    customer = Customer(tmp_path / "customer").trust(index).trust(public)
    customer.fetch(project).succeeded()
    publish(public, wheel(project, "99.0"))
    assert customer.fetched(project) == names_of(project, "1.0")
    bonded("admin", "project", "remove", project, "--config", index.config).succeeded()
    words = f"{project} is bound to {re.escape(index.simple_url)}.*trust forget {project}"
    target = tmp_path / "target"
    assert_refused(customer.install(project, target=target), words, target)
    customer.run("trust", "forget", project.upper()).succeeded()
    assert customer.fetched(project) == names_of(project, "99.0")


def test_a_name_is_not_taken_over_by_an_index_that_is_asked_earlier(index, public, project, tmp_path):
    publish(public, wheel(project, "1.0"))
    customer = Customer(tmp_path / "customer").trust(index).trust(public)
    assert customer.fetched(project) == names_of(project, "1.0")
    publish(index, wheel(project, "99.0"))
    assert_refused(customer.fetch(project), f"{project} is bound to {re.escape(public.simple_url)}")
    customer.run("trust", "forget", project).succeeded()
    assert customer.fetched(project) == names_of(project, "99.0")


def test_a_name_is_not_looked_for_elsewhere_while_its_index_is_away(index, public, project, tmp_path):
    """Nor is one that nobody has asked for before: the index that is away might have it."""
    publish(index, wheel(project, "1.0"))
    publish(public, wheel(project, "99.0"))
    with Mirror(index).served() as mirror:
        customer = Customer(tmp_path / "customer").trust(index, url=mirror.simple_url).trust(public)
    assert_refused(customer.fetch(project), f"cannot reach {mirror.base_url}")


def test_patterns_say_which_names_are_an_index_s(index, public, project, tmp_path):
    """Its names are its own wherever they stand, and it has no others."""
    mine, theirs = f"{project}-mine", f"{project}-theirs"
    publish(index, wheel(mine, "1.0", requires=[theirs]), wheel(theirs, "0.1"))
    publish(public, wheel(mine, "99.0"), wheel(theirs, "2.0"), wheel(f"{project}-missing", "99.0"))
    customer = Customer(tmp_path / "customer").trust(public).trust(index, "--projects", f"{project}-m*")
    assert f"only {project}-m*" in listed(customer)
    target = tmp_path / "target"
    customer.install(mine, target=target).succeeded()
    assert installed(target) == {mine: "1.0", theirs: "2.0"}
    refused = customer.fetch(f"{project}-missing")
    assert refused.status == 1 and "404" in refused.errors, refused.describe()


def test_private_names_do_not_get_about(index, project, tmp_path):
    """Where an index is asked by name, it is asked for none that is another's."""
    publish(index, wheel(project))
    (tmp_path / "plain").mkdir()
    customer = Customer(tmp_path / "customer").trust(index, "--projects", f"{project}*")
    with pypiserver(tmp_path / "plain", wheel(f"other-{project}")) as plain:
        server = SimpleNamespace(base_url=urljoin(plain, "/"))
        with proxy(server) as (base_url, exchanges):
            customer.run("trust", "add", through(server, base_url, plain), "--unverified").succeeded()
            assert len(customer.fetched(project, f"other-{project}")) == 2
            customer.fetch(f"{project}-unknown").failed()
        assert {each.path.split("/")[2] for each in exchanges if each.path.startswith("/simple/")} == {f"other-{project}"}
