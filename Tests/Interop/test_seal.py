"""`seal` as maintainers use it, each on a machine of their own."""

import json
import os
import signal

import pytest
from support.commands import bonded, pip, run, twine_upload
from support.distributions import sdist, wheel
from support.maintainers import facts
from support.proxies import proxy
from support.sealing import PASSPHRASE, SEAL, Workstation
from support.waiting import wait_until


@pytest.fixture
def workstation(index, project, tmp_path):
    return lambda name, machine="laptop": Workstation(index, f"{name}-{project}", tmp_path / f"{name}-{machine}")


@pytest.fixture
def alice(workstation):
    return workstation("alice").registered()


@pytest.fixture
def bob(workstation):
    return workstation("bob").registered()


@pytest.fixture
def dist(project, tmp_path):
    folder = tmp_path / "dist"
    folder.mkdir()
    return lambda version="1.0", kind=wheel, **options: kind(project, version, **options).write(folder)


def claimed(alice, project, *files):
    return alice.sign("publish", "--claim", *files).succeeded()


def test_from_a_new_key_to_an_install(index, alice, project, dist, client, tmp_path):
    twine_upload(index, dist(), token=alice.token).succeeded()
    shown = alice.sign("claim", project, "--yes").succeeded().output
    assert "has      " in shown and dist().name in shown, "what is vouched for is shown"
    published = alice.sign("publish", dist("2.0"), dist("2.0", sdist)).succeeded().output
    assert f"verified root > targets > recently-claimed > project-{project}" in published
    assert f"adds     {dist('2.0').name}" in published
    client.refresh()
    for version, kind in (("1.0", wheel), ("2.0", wheel), ("2.0", sdist)):
        distribution = kind(project, version)
        assert client.fetch(f"{project}/{distribution.filename}") == distribution.content
    pip("install", "--no-deps", "--target", tmp_path / "site", "--index-url", index.simple_url, f"{project}==2.0").succeeded()


def test_a_new_project_is_claimed_with_its_first_files(index, alice, project, dist, client):
    refused = alice.sign("publish", dist())
    assert refused.status == 1 and "--claim" in refused.errors
    assert index.page(project) is None
    claimed(alice, project, dist())
    assert client.refresh().fetch(f"{project}/{dist().name}") == dist().read_bytes()


def test_a_threshold_waits_for_another_maintainer(index, alice, bob, project, dist, client):
    staged = alice.sign("publish", "--claim", "--with", bob.key_id, "--threshold", "2", dist()).succeeded()
    assert "1 of 2 have signed" in staged.output and f"seal cosign {project}" in staged.output
    assert index.page(project) is None
    assert "1 of 2 signed" in bob.seal("pending").succeeded().output

    cosigned = bob.sign("cosign", project, "--yes").succeeded().output
    assert f"adds     {dist().name}" in cosigned and f"key +    {bob.key_id}" in cosigned
    assert "published with snapshot" in cosigned
    assert client.refresh().fetch(f"{project}/{dist().name}")
    assert bob.seal("pending").succeeded().output == ""


def test_two_machines_of_one_maintainer_are_one(alice, bob, workstation, project, dist, index):
    second = Workstation(index, alice.account, alice.home.parent / "alice-desktop")
    second_id = second.new_key("desktop")
    copied = alice.home / "desktop.key"
    copied.write_bytes(second.key_file(second_id).read_bytes())
    copied.chmod(0o600)
    endorsed = alice.sign("key", "register", "--key", copied, "--endorsed-by", alice.key_file(alice.key_id))
    assert "is active" in endorsed.succeeded().output
    alice.sign("publish", "--claim", "--with", second_id, "--with", bob.key_id, "--threshold", "2", dist()).succeeded()
    still = second.sign("cosign", project, "--yes").succeeded().output
    assert "1 of 2 have signed" in still
    assert index.page(project) is None
    assert "published with" in bob.sign("cosign", project, "--yes").succeeded().output


def test_every_key_that_is_registered_is_in_the_log(index, alice):
    shown = bonded("log", "show", "--limit", "50", "--config", index.config).succeeded().output
    entries = [json.loads(line) for line in shown.splitlines()]
    (entry,) = [each for each in entries if each["kind"] == "key registered" and alice.key_id in json.dumps(each)]
    assert alice.account in json.dumps(entry)


def test_a_key_without_endorsement_waits(alice, index):
    second = Workstation(index, alice.account, alice.home.parent / "alice-desktop")
    second.new_key("desktop")
    waiting = second.sign("key", "register").succeeded().output
    assert "is waiting" in waiting and "--endorsed-by" in waiting


def test_a_key_of_somebody_else_is_refused(alice, bob):
    stolen = bob.home / "stolen.key"
    stolen.write_bytes(alice.key_file(alice.key_id).read_bytes())
    stolen.chmod(0o600)
    refused = bob.sign("key", "register", "--key", stolen)
    assert refused.status == 1 and "account" in refused.errors


def test_a_retired_key_endorses_nothing_and_joins_nothing(alice, bob, project, dist):
    claimed(alice, project, dist())
    second = alice.new_key("desktop")
    assert bob.seal("key", "retire", alice.key_id).status == 1, "only its owner retires it"
    assert "is retired" in alice.seal("key", "retire", alice.key_id).succeeded().output
    registered = alice.sign("key", "register", "--key", alice.key_file(second), "--endorsed-by", alice.key_file(alice.key_id))
    assert "is waiting" in registered.succeeded().output
    again = alice.sign("key", "register", "--key", alice.key_file(alice.key_id))
    assert again.status == 1 and "retired" in again.errors
    bob.seal("key", "retire", bob.key_id).succeeded()
    refused = alice.sign("maintainers", project, "--add", bob.key_id, "--key", alice.key_file(alice.key_id))
    assert refused.status == 1 and "in use" in refused.errors


def test_a_lost_key_is_replaced(alice, bob, project, dist, client):
    claimed(alice, project, "--with", bob.key_id, dist())
    changed = bob.sign("maintainers", project, "--remove", alice.key_id).succeeded().output
    assert f"key -    {alice.key_id}" in changed
    assert bob.seal("maintainers", project).succeeded().output.splitlines()[1:] == [f"{bob.key_id}  {bob.account}"]
    refused = alice.sign("publish", dist("2.0"))
    assert refused.status == 1
    bob.sign("maintainers", project, "--add", alice.key_id).succeeded()
    alice.sign("publish", dist("2.0")).succeeded()
    assert client.refresh().fetch(f"{project}/{dist('2.0').name}")


def test_yank_unyank_remove_refresh_and_threshold(index, alice, bob, project, dist, client):
    claimed(alice, project, "--with", bob.key_id, dist(), dist("2.0"))
    alice.sign("yank", project, dist().name, "--reason", "broken").succeeded()
    assert index.files(project)[dist().name]["yanked"] == "broken"
    alice.sign("unyank", project, dist().name).succeeded()
    assert index.files(project)[dist().name]["yanked"] is False
    alice.sign("remove", project, dist().name, "--yes").succeeded()
    assert set(index.files(project)) == {dist("2.0").name}
    assert "version  5" in alice.sign("refresh", project).succeeded().output
    changed = alice.sign("threshold", project, "2").succeeded().output
    assert "signers  1 -> 2 must sign" in changed and "1 of 2 have signed" in changed
    bob.sign("cosign", project, "--yes").succeeded()
    assert "1 of 2 have signed" in alice.sign("refresh", project).succeeded().output
    assert "is dropped" in alice.seal("drop", project).succeeded().output
    assert client.refresh().find(f"{project}/{dist().name}") is None


def test_an_upload_with_twine_waits_for_seal(index, alice, project, dist):
    claimed(alice, project, dist())
    twine_upload(index, dist("2.0"), token=alice.token).succeeded()
    assert dist("2.0").name not in index.files(project)
    assert f"adds     {dist('2.0').name}" in alice.sign("cosign", project, "--yes").succeeded().output
    assert dist("2.0").name in index.files(project)


def test_a_wrong_passphrase_signs_nothing(alice, project, dist):
    status, shown = alice.on_a_terminal("publish", "--claim", dist(), answers=[b"wrong wrong\n"] * 3)
    assert status == 77, shown
    assert "wrong wrong" not in shown
    assert alice.seal("pending").output == ""


def test_the_right_passphrase_on_a_terminal_publishes(index, alice, project, dist):
    status, shown = alice.on_a_terminal("publish", "--claim", dist(), answers=[PASSPHRASE.encode() + b"\n"])
    assert status == 0 and "published with" in shown, shown
    assert PASSPHRASE not in shown
    assert dist().name in index.files(project)


def test_a_no_and_ctrl_c_leave_no_draft(index, alice, project, dist):
    twine_upload(index, dist(), token=alice.token).succeeded()
    for answer, status_expected in ((b"n\n", 1), (b"\x03", 130)):
        status, shown = alice.on_a_terminal("claim", project, answers=[PASSPHRASE.encode() + b"\n", answer])
        assert status == status_expected, shown
        assert alice.seal("pending").output == ""
    status, shown = alice.on_a_terminal("claim", project, answers=[PASSPHRASE.encode() + b"\n", b"y\n"])
    assert status == 0, shown


def test_what_was_killed_half_way_goes_on_when_run_again(index, alice, project, dist):
    big = dist(payload=os.urandom(30_000_000))
    running = alice.start("publish", "--claim", big)
    wait_until(lambda: alice.seal("pending").output, "the draft is there", seconds=60)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert index.page(project) is None
    again = alice.sign("publish", "--claim", big).succeeded().output
    assert "published with" in again
    assert big.name in index.files(project)


def test_without_the_index_nothing_happens_and_it_says_so(alice, dist):
    away = alice.environment | {"SEAL_INDEX": "http://127.0.0.1:9/"}
    alice.environment = away
    refused = alice.sign("publish", "--claim", dist())
    assert refused.status == 69 and "127.0.0.1:9" in refused.errors


def test_settings_that_are_missing_are_named(alice, dist):
    for name in ("SEAL_INDEX", "SEAL_ROOT", "SEAL_TOKEN"):
        kept = alice.environment
        alice.environment = {key: value for key, value in kept.items() if key != name}
        refused = alice.sign("publish", "--claim", dist())
        alice.environment = kept
        assert refused.status == 64 and name in refused.errors


def test_several_projects_in_one_transaction_are_refused(alice, dist, projects, tmp_path):
    other = wheel(projects(1)[0]).write(tmp_path)
    refused = alice.sign("publish", "--claim", dist(), other)
    assert refused.status == 64 and "one project" in refused.errors


def test_a_broken_wheel_is_refused_before_anything_is_sent(alice, project, tmp_path):
    broken = tmp_path / f"{project.replace('-', '_')}-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK\x05\x06 not a wheel")
    refused = alice.sign("publish", "--claim", broken)
    assert refused.status == 65 and str(broken) in refused.errors


def test_an_index_that_drafts_something_else_gets_no_signature(index, alice, bob, project, dist):
    """Whoever owns the index drafts what they like, consistently: the request is changed on its way."""
    claimed(alice, project, dist())
    other = facts(wheel(project, "6.6"))
    lies = {
        "another file": lambda changes: changes["add"].append(other),
        "another key": lambda changes: changes.update(
            maintainers={"keyids": [alice.key_id, bob.key_id], "threshold": 1}
        ),
        "their key only": lambda changes: changes.update(maintainers={"keyids": [bob.key_id], "threshold": 1}),
        "a yank": lambda changes: changes.update(yank={dist().name: "old"}),
        "a removal": lambda changes: changes.update(remove=[dist().name]),
        "other bytes": lambda changes: changes["add"][0].update(sha256="0" * 64),
    }
    for what, lie in lies.items():

        def change_request(path, body, lie=lie):
            if not path.endswith("/drafts"):
                return body
            changes = json.loads(body)
            lie(changes)
            return json.dumps(changes).encode()

        with proxy(index, change_request=change_request) as (url, exchanges):
            alice.environment["SEAL_INDEX"] = url
            refused = alice.sign("publish", dist("2.0"))
        assert refused.status == 76, f"{what}: {refused.describe()}"
        assert "nothing was signed" in refused.errors, what
        assert not [each for each in exchanges if each.path.endswith(("/signatures", "/transaction"))], what
        assert alice.seal("pending").output == "", what
    alice.environment["SEAL_INDEX"] = index.simple_url
    alice.sign("publish", dist("2.0")).succeeded()


def test_a_draft_that_is_not_what_its_pages_make_it_gets_no_signature(index, alice, project, dist):
    def outlive(draft):
        draft["signed"]["expires"] = "2999-01-01T00:00:00Z"

    def link_elsewhere(draft):
        draft["pages"]["index.html"] = draft["pages"]["index.html"].replace("../../packages/", "https://evil.example/")

    def delegate(draft):
        draft["signed"]["delegations"] = {"keys": {}, "roles": []}

    def reach_out(draft):
        listed = draft["signed"]["targets"]
        listed["pip/index.html"] = listed[f"{project}/index.html"]

    for lie in (outlive, link_elsewhere, delegate, reach_out):

        def change(path, body, lie=lie):
            if not path.endswith("/drafts"):
                return body
            draft = json.loads(body)
            lie(draft)
            return json.dumps(draft).encode()

        with proxy(index, change=change) as (url, exchanges):
            alice.environment["SEAL_INDEX"] = url
            refused = alice.sign("publish", "--claim", dist())
        assert refused.status == 76, f"{lie.__name__}: {refused.describe()}"
        assert not [each for each in exchanges if each.path.endswith(("/signatures", "/transaction"))]
        alice.environment["SEAL_INDEX"] = index.simple_url
        alice.seal("drop", project)


def test_an_index_that_shows_other_metadata_is_found_out(index, alice, project, dist):
    claimed(alice, project, dist())

    def change(path, body):
        return body.replace(b'"version":', b'"version": ', 1) if "recently-claimed" in path else body

    def forge(path, body):
        return body.replace(alice.key_id.encode(), b"0" * 64) if "project-" in path else body

    for lie in (change, forge):
        fresh = alice.environment | {"XDG_DATA_HOME": str(alice.home / lie.__name__)}
        with proxy(index, change=lie) as (url, _):
            shown = run(SEAL, "maintainers", project, environment=fresh | {"SEAL_INDEX": url})
        assert shown.status == (0 if lie is change else 76), shown.describe()


def test_keys_need_no_network(tmp_path):
    """In a network namespace without any interface."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text(PASSPHRASE)
    passphrase.chmod(0o600)
    made = run(
        "unshare", "--net", "--map-root-user", SEAL, "key", "new", "--keys", tmp_path / "keys",
        "--passphrase-file", passphrase,
    )  # fmt: skip
    assert "key id" in made.succeeded().output
