"""What must vouch for a file: the index, or its project's own maintainers; and what vouches for one."""

import re
from types import SimpleNamespace

import pytest
from support import claims
from support.bonded_pip import FETCH, FORBIDDEN, MISCONFIGURED, USAGE, Customer, assert_refused
from support.distributions import wheel
from support.index import Server
from support.installing import installed
from support.sealing import Workstation
from support.uploading import publish

ONLINE = "only the index's online keys vouch for "


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An index with a project nobody has claimed, one claimed just now, and one that `claimed` vouches for.

    `top` of the last kind needs them all.
    """
    server = Server(tmp_path_factory.mktemp("policy") / "data").start()
    try:
        alice = Workstation(server, "alice", tmp_path_factory.mktemp("home") / "alice").registered()
        folder = tmp_path_factory.mktemp("dist")

        def claim(name, **options):
            alice.sign("publish", "--claim", wheel(name, **options).write(folder)).succeeded()

        publish(server, wheel("plain"))
        claim("settled")
        claim("top", requires=["plain", "recent", "settled"])
        claims.move(server)
        claim("recent")
        yield SimpleNamespace(server=server, alice=alice)
    finally:
        server.destroy()


@pytest.fixture(params=["pip", "uv"])
def customer(request, site, tmp_path):
    return Customer(tmp_path / "customer", request.param).trust(site.server)


@pytest.fixture
def one(site, tmp_path):
    """A customer with pip, where the installer does not matter."""
    return Customer(tmp_path / "customer").trust(site.server)


def test_the_index_is_enough_where_nothing_is_said(customer, tmp_path):
    customer.install("top", target=tmp_path / "target").succeeded()
    assert set(installed(tmp_path / "target")) == {"top", "plain", "recent", "settled"}


@pytest.mark.parametrize(
    ("level", "name", "passes"),
    [
        ("index", "plain", True), ("claim", "plain", False), ("maintainers", "plain", False),
        ("claim", "recent", True), ("maintainers", "recent", False),
        ("claim", "settled", True), ("maintainers", "settled", True),
    ],
)  # fmt: skip
def test_a_level_is_required(one, level, name, passes):
    shown = one.fetch(name, own=("--require", level))
    if passes:
        assert wheel(name).filename in shown.succeeded().output
    else:
        assert not shown.output
        whose = "its maintainers' keys" if name == "recent" else name
        assert_refused(shown, f"{name}.*{ONLINE}{whose}|{ONLINE}{whose}")


def test_it_says_which_dependency_failed(customer, tmp_path):
    target = tmp_path / "target"
    refused = customer.install("top", target=target, own=("--require", "maintainers"))
    assert_refused(refused, f"{ONLINE}plain|recent at .* {ONLINE}", target)
    refused = customer.install("top", target=target, own=("--require", "maintainers", "--allow", "recent"))
    assert_refused(refused, f"{ONLINE}plain", target)
    assert not re.search(r"^bonded-pip: (recent|settled|top)|vouch for (recent|settled|top)", refused.errors, re.M)
    allowed = ("--allow", "recent", "--require", "maintainers", "--allow", "plain")
    customer.install("top", target=target, own=allowed).succeeded()
    assert len(installed(target)) == 4


def test_own_options_may_stand_anywhere(one, tmp_path):
    target = tmp_path / "target"
    refused = one.run("install", "--target", target, "--require", "maintainers", "plain")
    assert_refused(refused, f"{ONLINE}plain", target)
    one.run("install", "plain", "--require", "maintainers", "--target", target, "--allow", "PLAIN").succeeded()


def test_the_settings_are_held_to_and_the_longest_pattern_counts(one):
    one.configure("require: maintainers\n")
    assert_refused(one.fetch("plain"), f"{ONLINE}plain")
    one.configure("projects: {pl*: claim, other: index}\n")
    assert_refused(one.fetch("plain"), f"{ONLINE}plain")
    one.configure("require: maintainers\nprojects:\n  plain: index\n  '*ain': maintainers\n  rec*: claim\n")
    assert len(one.fetched("plain", "recent", "settled")) == 3


def test_a_command_line_goes_before_the_settings(one):
    one.configure("require: index\nprojects: {plain: index}\n")
    assert_refused(one.fetch("plain", own=("--require", "claim")), f"{ONLINE}plain")
    one.configure("require: maintainers\n")
    assert one.fetched("plain", own=("--allow", "plain")) == {wheel("plain").filename}


def test_a_refusal_is_not_forgotten_where_the_installer_shrugs_it_off(one, tmp_path):
    program = tmp_path / "shrug"
    program.write_text(f"#!/bin/sh\n{FETCH} plain 2>/dev/null\nexit 0\n")
    program.chmod(0o755)
    assert_refused(one.run("--with", program, "--require", "maintainers", "x"), f"{ONLINE}plain", status=FORBIDDEN)


WRONG = [
    ("require: everything\n", "everything"), ("requires: index\n", "requires"), ("projects: {a: b}\n", "'b'"),
    ("projects: {'a/b': index}\n", "a/b"), ("network: {patience: -1s}\n", "patience"),
    ("cache: {max_size: lots}\n", "max_size"), ("[", "pip.yaml"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "named"), WRONG)
def test_settings_that_are_wrong_stop_it(one, text, named):
    one.configure(text)
    refused = one.fetch("plain")
    assert_refused(refused, named, status=MISCONFIGURED)
    assert "pip.yaml" in refused.errors


def test_a_level_that_is_none_is_refused(one):
    refused = one.fetch("plain", own=("--require", "everything"))
    assert refused.status == USAGE and "maintainers" in refused.errors, refused.describe()


def test_settings_may_be_elsewhere(one, tmp_path):
    (tmp_path / "other.yaml").write_text("require: maintainers\n")
    there = {"BONDED_PIP_CONFIG": str(tmp_path / "other.yaml")}
    assert_refused(one.fetch("plain", environment=there), f"{ONLINE}plain")
    (tmp_path / "other.yaml").unlink()
    assert_refused(one.fetch("plain", environment=there), "other.yaml", status=MISCONFIGURED)


# The chain of trust.


def chain(text):
    """The roles from root to the file, one a line."""
    return re.findall(r"^\s*(?:-> )?(\S+) v\d+ ", text, re.MULTILINE)


@pytest.mark.parametrize("form", ["plain", "plain==1.0", "plain-1.0-py3-none-any.whl"])
def test_it_explains_an_unclaimed_project(one, form):
    shown = one.run("explain", form).succeeded().output
    *offline, last = chain(shown)
    assert offline == ["root", "targets", "unclaimed"] and re.fullmatch("bin-[0-9a-f]+", last), shown
    assert "The index's online keys vouch for it" in shown
    assert wheel("plain").sha256 in shown


def test_it_explains_a_project_claimed_just_now(one, site):
    shown = one.run("explain", "recent==1.0").succeeded().output
    assert chain(shown) == ["root", "targets", "recently-claimed", "project-recent"], shown
    assert re.search(rf"project-recent .*1 of 1, signed by alice \({site.alice.key_id[:8]}\)", shown)
    assert "an online key of the index names their keys" in shown


def test_it_explains_a_project_that_maintainers_vouch_for(one, site):
    shown = one.run("explain", "settled==1.0").succeeded().output
    assert chain(shown) == ["root", "targets", "claimed", "project-settled"], shown
    assert re.search(rf"project-settled .*1 of 1, signed by alice \({site.alice.key_id[:8]}\)", shown)
    assert "Its maintainers vouch for it" in shown and "an online key" not in shown


@pytest.mark.parametrize(("name", "passes"), [("plain", False), ("recent", False), ("settled", True)])
def test_it_explains_what_a_policy_refuses(one, name, passes):
    shown = one.run("explain", "--require", "maintainers", name)
    assert shown.status == (0 if passes else FORBIDDEN), shown.describe()
    assert ("That is not enough: --require maintainers" in shown.output) != passes
    one.configure("projects: {'*': maintainers}\n")
    assert one.run("explain", name).status == shown.status


@pytest.mark.parametrize("what", ["nobody", "plain==2.0", "plain-2.0-py3-none-any.whl", "nobody-1.0.tar.gz"])
def test_it_does_not_explain_what_is_not_there(one, what):
    refused = one.run("explain", what)
    assert refused.status == 1 and what in refused.errors and not refused.output, refused.describe()
