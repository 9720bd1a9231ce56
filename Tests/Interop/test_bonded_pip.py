"""Installing through `bonded-pip`: the same pip, the same arguments, the same exit status, and every file verified."""

import json
import os
import re
import signal
import socket
import stat

import pytest
from support.bonded_pip import FETCH, FORGED, UNVERIFIED, USAGE, Customer, assert_refused
from support.distributions import sdist, wheel
from support.installing import imported, installed
from support.maintainers import Maintainer
from support.mirror import EVERYTHING, FILE
from support.processes import alive, descendants, kill
from support.proxies import proxy, through
from support.uploading import publish

VERIFIED = re.compile(r"^bonded-pip: verified (\d+) files? of (\d+) projects?", re.MULTILINE)


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_it_installs_with_dependencies_and_says_what_it_verified(index, family, tmp_path, installer):
    customer = Customer(tmp_path / "customer", installer).trust(index)
    shown = customer.install(family.top, target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}
    assert imported(tmp_path / "target", family.top) == "1.0"
    assert VERIFIED.search(shown.errors).groups() == ("3", "3"), shown.describe()
    assert "bonded-pip" not in shown.output, "standard output is pip's own"


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_an_extra_brings_what_it_needs(index, projects, tmp_path, installer):
    main, wanted, unwanted = projects(3)
    requires = [f"{wanted}; extra == 'more'", f"{unwanted}; extra == 'other'"]
    publish(index, wheel(main, requires=requires, extras=["more", "other"]), wheel(wanted), wheel(unwanted))
    customer = Customer(tmp_path / "customer", installer).trust(index)
    customer.install(f"{main}[more]", target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {main: "1.0", wanted: "1.0"}


def test_it_downloads_what_the_index_has(customer, family, tmp_path):
    customer.run("download", "--dest", tmp_path / "dist", "--no-deps", f"{family.leaf}==2.0").succeeded()
    file = family.files["leaf 2"]
    assert (tmp_path / "dist" / file.filename).read_bytes() == file.content


def test_it_makes_wheels_of_sdists(index, customer, project, tmp_path):
    publish(index, sdist(project))
    customer.run("wheel", "--no-build-isolation", "--wheel-dir", tmp_path / "dist", project).succeeded()
    (made,) = (tmp_path / "dist").iterdir()
    assert made.name.startswith(sdist(project).filename.removesuffix(".tar.gz")) and made.suffix == ".whl"


def test_what_a_build_needs_comes_through_it_too(index, customer, project, tmp_path):
    """pip fetches the back end in a child of its own: from this index, which has none."""
    publish(index, sdist(project))
    refused = customer.install(project).failed()
    assert "No matching distribution found for flit_core" in refused.text, refused.describe()


def test_it_obeys_hashes(index, customer, family, tmp_path):
    files = [family.files[each] for each in ("leaf 1", "middle", "top")]
    requirements = tmp_path / "requirements.txt"
    lines = [f"{file.project}=={file.version} --hash=sha256:{file.sha256}" for file in files]
    requirements.write_text("\n".join(lines))
    customer.install("--require-hashes", "-r", requirements, target=tmp_path / "right").succeeded()
    assert installed(tmp_path / "right") == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}
    requirements.write_text("\n".join(lines).replace(files[0].sha256, "0" * 64))
    refused = customer.install("--require-hashes", "-r", requirements, target=tmp_path / "wrong").failed()
    assert "HASHES" in refused.text.upper(), refused.describe()
    assert not installed(tmp_path / "wrong")


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_yanked_file_is_taken_only_where_it_is_asked_for(index, project, tmp_path, installer):
    alice = Maintainer(index, f"alice-{project}")
    alice.register()
    maintainers = {"keyids": [alice.key_id], "threshold": 1}
    alice.publish(project, wheel(project, "1.0"), wheel(project, "2.0"), maintainers=maintainers)
    alice.sign(alice.draft(project, yank={wheel(project, "2.0").filename: "broken"}))
    customer = Customer(tmp_path / "customer", installer).trust(index)
    customer.install(project, target=tmp_path / "any").succeeded()
    assert installed(tmp_path / "any") == {project: "1.0"}
    shown = customer.install(f"{project}==2.0", target=tmp_path / "exact").succeeded()
    assert installed(tmp_path / "exact") == {project: "2.0"}
    assert "broken" in shown.text


def test_it_lists_versions(customer, family):
    shown = customer.run("index", "versions", "--json", family.leaf).succeeded()
    assert json.loads(shown.output)["versions"] == ["2.0", "1.0"]


def test_a_dry_run_reads_metadata_and_fetches_no_file(index, mirror, family, tmp_path):
    customer = Customer(tmp_path / "customer").trust(index, url=mirror.simple_url)
    report = tmp_path / "report.json"
    customer.run("install", "--dry-run", "--ignore-installed", "--report", report, family.top).succeeded()
    assert len(json.loads(report.read_text())["install"]) == 3
    assert not [each.path for each in mirror.exchanges if each.path.endswith(".whl")]


def test_it_writes_no_lock_that_names_a_proxy_of_the_past(customer, family, tmp_path):
    lock = tmp_path / "pylock.toml"
    refused = customer.run("lock", "--output", lock, family.top)
    assert refused.status == USAGE and "bonded-pip proxy" in refused.errors, refused.describe()
    assert not lock.exists()


def test_uv_compiles_hashes(customer, family, tmp_path):
    given, compiled = tmp_path / "in.txt", tmp_path / "out.txt"
    given.write_text(f"{family.top}[more]\n")
    customer.run("--with", "uv", "compile", "--generate-hashes", given, "-o", compiled).succeeded()
    for each in ("leaf 1", "middle", "top"):
        assert f"--hash=sha256:{family.files[each].sha256}" in compiled.read_text()


def test_however_a_name_is_written_it_is_the_project_s(index, customer, project, tmp_path):
    publish(index, wheel(project))
    customer.install(project.replace("-", "._").upper(), target=tmp_path / "target").succeeded()
    assert installed(tmp_path / "target") == {project: "1.0"}


# pip's own affairs.


@pytest.fixture
def fake(tmp_path):
    """A program to be run in pip's place, of these lines of shell."""

    def make(*lines):
        path = tmp_path / "fake-pip"
        path.write_text("\n".join(["#!/bin/bash", *lines, ""]))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return make


def test_arguments_output_and_status_are_passed_through(customer, fake):
    program = fake("printf '<%s>' \"$@\"", "echo complaint >&2", "exit 42")
    after = ["--", "--allow", "two", "--with", "$HOME", "*", ""]
    shown = customer.run("--allow", "one", "install", "--target", "a b", "--with", program, "-r", "x.txt", *after)
    assert shown.status == 42, shown.describe()
    assert "".join(f"<{each}>" for each in ["install", "--target", "a b", "-r", "x.txt", *after]) in shown.output
    assert "complaint" in shown.errors


def test_a_failure_of_pip_s_own_is_pip_s_own(customer):
    shown = customer.install("tb-nobody-ever-made-this")
    assert shown.status == 1 and "No matching distribution found" in shown.errors, shown.describe()
    assert customer.run("install", "--no-such-option").status == 2
    assert customer.run("show", "tb-nobody-ever-made-this").status == 1


@pytest.fixture
def running(customer, fake):
    """Starts it with a pip that has just begun, and takes forever; ends whatever a test leaves of it."""
    program = fake("echo begun", "exec sleep 600")
    started = []

    def start():
        process = customer.start("--with", program, "install", "x", start_new_session=True)
        assert process.stdout.readline() == "begun\n"
        family = descendants(process.pid)
        assert len(family) >= 2
        started.append((process, family))
        return process, family

    yield start
    for process, family in started:
        kill(family)
        process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_pip_and_then_it(running, number):
    """However early it comes."""
    for _ in range(5):
        process, family = running()
        process.send_signal(number)
        assert process.wait(timeout=10) == 128 + number
        assert not alive(family)


def test_ctrl_c_on_a_terminal_goes_to_both(running):
    process, family = running()
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=10) == 128 + signal.SIGINT
    assert not alive(family)


def test_pip_dying_of_a_signal_is_told_as_a_shell_would(customer, fake):
    assert customer.run("--with", fake("kill -KILL $$"), "install", "x").status == 128 + signal.SIGKILL


def test_a_program_that_is_not_there_is_named(customer):
    refused = customer.run("--with", "/nowhere/pip", "install", "x")
    assert refused.status == USAGE and "/nowhere/pip" in refused.errors, refused.describe()


def test_what_was_refused_is_not_forgotten_where_pip_succeeds(index, mirror, project, fake, tmp_path):
    """A program that shrugs off a refusal does not end well."""
    publish(index, wheel(project))
    customer = Customer(tmp_path / "customer").trust(index, url=mirror.simple_url)
    mirror.forge(project, wheel(project, payload=b"evil"))
    program = fake(f"{FETCH} {project} 2>/dev/null", "exit 0")
    assert_refused(customer.run("--with", program, "install", project), FORGED, status=UNVERIFIED)


# Ways around it.


@pytest.fixture
def elsewhere(index, project):
    """Another index, with a file that bonded-pip is to have nothing to do with; what it was asked for, its URLs."""
    publish(index, wheel(project))
    with proxy(index) as (base_url, exchanges):
        yield base_url, exchanges


PAST_IT = {
    "pip": [
        ["--index-url", "{}"], ["--index-url={}"], ["-i", "{}"], ["-i{}"], ["--pypi-url", "{}"],
        ["--extra-index-url", "{}"], ["--extra-index-url={}"], ["-f", "{}"], ["--find-links={}"],
        ["--trusted-host", "127.0.0.1"], ["--proxy", "{}"],
    ],
    "uv": [
        ["--default-index", "{}"], ["--index", "{}"], ["--index-url={}"], ["--extra-index-url", "{}"],
        ["-f", "{}"], ["--allow-insecure-host", "127.0.0.1"],
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("installer", "flags"), [(installer, flags) for installer, each in PAST_IT.items() for flags in each],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)  # fmt: skip
def test_an_option_that_leads_past_it_is_refused(customer, elsewhere, project, installer, flags):
    base_url, exchanges = elsewhere
    program = ("--with", "uv") if installer == "uv" else ()
    refused = customer.install(*(flag.format(f"{base_url}simple/") for flag in flags), project, own=program)
    assert refused.status == USAGE, refused.describe()
    assert flags[0].removesuffix("{}").rstrip("=") in refused.errors, "it names the option"
    assert not exchanges


@pytest.mark.parametrize("flags", [["--extra-index", "{}"], ["-Ui", "{}"], ["-f{}"]], ids=" ".join)
def test_one_that_pip_takes_though_it_is_spelled_otherwise_leads_nowhere(customer, elsewhere, project, flags):
    base_url, exchanges = elsewhere
    refused = customer.install(*(flag.format(f"{base_url}simple/") for flag in flags), project)
    assert refused.status != 0 and base_url.split("/")[2] in refused.errors, refused.describe()
    assert not exchanges


REQUIREMENTS = [
    "--index-url {simple}", "--extra-index-url {simple}", "--find-links {page}", "{name} @ {file}", "{file}",
]  # fmt: skip


@pytest.mark.parametrize("line", REQUIREMENTS)
@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_a_requirements_file_does_not_lead_past_it(index, elsewhere, project, tmp_path, installer, line):
    """Where it names another address, that is refused, or (uv and --index-url) not listened to."""
    base_url, exchanges = elsewhere
    customer = Customer(tmp_path / "customer", installer).trust(index)
    (entry,) = index.files(project).values()
    host = base_url.split("/")[2]
    names = {
        "simple": f"{base_url}simple/", "page": f"{base_url}simple/{project}/", "name": project,
        "file": through(index, base_url, entry["url"]),
    }  # fmt: skip
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(line.format(**names) + "\n" + ("" if "{file}" in line else project))
    target = tmp_path / "target"
    outcome = customer.install("-r", requirements, target=target)
    if installer == "uv" and line.startswith("--index-url"):
        assert VERIFIED.search(outcome.succeeded().errors)
    else:
        assert outcome.status != 0, outcome.describe()
        assert f"bonded-pip: {host} is none of the indexes that you trust" in outcome.errors, outcome.describe()
    assert not exchanges


@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("scheme", ["git+http", "git+https", "git+ssh", "git+git"])
def test_no_repository_is_asked(index, project, tmp_path, installer, scheme):
    """git would be, in part by ways that no HTTP proxy stands in."""
    customer = Customer(tmp_path / "customer", installer).trust(index)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"{scheme}://somebody@127.0.0.1:{server.getsockname()[1]}/{project}.git"
        customer.install(f"{project} @ {address}", timeout=20).failed()
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("installer", ["pip", "uv"])
@pytest.mark.parametrize("setting", ["environment", "file"])
def test_a_user_s_own_settings_do_not_lead_past_it(index, elsewhere, project, tmp_path, installer, setting):
    base_url, exchanges = elsewhere
    customer = Customer(tmp_path / "customer", installer).trust(index)
    simple = f"{base_url}simple/"
    settings = {"NO_PROXY": "*", "no_proxy": "127.0.0.1", "ALL_PROXY": base_url, "http_proxy": base_url}
    if setting == "environment":
        settings |= {f"PIP_{name}": simple for name in ("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "PROXY")}
        names = ("DEFAULT_INDEX", "INDEX", "INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS")
        settings |= {f"UV_{name}": simple for name in names}
    else:
        pip_file, uv_file = tmp_path / "pip.conf", tmp_path / "uv.toml"
        lines = ["[global]", f"extra-index-url = {simple}", f"find-links = {simple}{project}/", f"proxy = {base_url}"]
        pip_file.write_text("\n".join(lines))
        uv_file.write_text(f'extra-index-url = ["{simple}"]\nfind-links = ["{simple}{project}/"]\n')
        settings |= {"PIP_CONFIG_FILE": str(pip_file), "UV_CONFIG_FILE": str(uv_file), "UV_NO_CONFIG": "false"}
    target = tmp_path / "target"
    customer.install(project, target=target, environment=settings).succeeded()
    assert installed(target) == {project: "1.0"}
    assert not exchanges


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_verification_can_be_turned_off_loudly(index, mirror, project, tmp_path, installer):
    publish(index, wheel(project))
    customer = Customer(tmp_path / "customer", installer).trust(index, url=mirror.simple_url)
    mirror.forge(project, wheel(project, code=b'VERSION = "evil"\n'))
    mirror.only(FILE)
    target = tmp_path / "target"
    customer.install(project, target=target).failed()
    mirror.only(*EVERYTHING)
    shown = customer.install(project, target=target, own=("--unsafely-disable-package-verification",)).succeeded()
    assert imported(target, project) == "evil"
    assert "bonded-pip: WARNING: VERIFICATION IS OFF" in shown.errors
    assert not VERIFIED.search(shown.errors)
