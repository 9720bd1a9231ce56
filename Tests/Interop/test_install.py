"""Installing with pip and uv as they come."""

import json
import sys

import pytest
from support.commands import pip, run, uv
from support.distributions import sdist, wheel
from support.index import JSON
from support.installing import installed
from support.proxies import proxy, through
from support.uploading import publish


def test_pip_installs_with_dependencies(index, family, tmp_path):
    pip("install", "--index-url", index.simple_url, "--target", tmp_path, family.top).succeeded()
    assert installed(tmp_path) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}
    program = "import tb_family_top, tb_family_leaf; print(tb_family_top.VERSION, tb_family_leaf.VERSION)"
    shown = run(sys.executable, "-c", program, environment={"PYTHONPATH": str(tmp_path)})
    assert shown.succeeded().output == "1.0 1.0\n"


def test_uv_installs_with_dependencies(index, family, tmp_path):
    uv("pip", "install", "--default-index", index.simple_url, "--target", tmp_path, family.top).succeeded()
    assert installed(tmp_path) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}


@pytest.mark.parametrize("installer", [pip, uv])
def test_an_extra_brings_what_it_needs(index, projects, tmp_path, installer):
    main, wanted, unwanted = projects(3)
    requires = [f"{wanted}; extra == 'more'", f"{unwanted}; extra == 'other'"]
    publish(index, wheel(main, requires=requires, extras=["more", "other"]), wheel(wanted), wheel(unwanted))
    arguments = ("--index-url", index.simple_url, "--target", tmp_path, f"{main}[more]")
    installer(*(["pip"] if installer is uv else []), "install", *arguments).succeeded()
    assert installed(tmp_path) == {main: "1.0", wanted: "1.0"}


def test_pip_downloads(index, family, tmp_path):
    pip("download", "--index-url", index.simple_url, "--dest", tmp_path, "--no-deps", f"{family.leaf}==2.0").succeeded()
    file = family.files["leaf 2"]
    assert (tmp_path / file.filename).read_bytes() == file.content


def test_pip_lists_versions(index, family):
    shown = pip("index", "versions", "--index-url", index.simple_url, "--json", family.leaf).succeeded()
    assert json.loads(shown.output)["versions"] == ["2.0", "1.0"]


def test_pip_finds_prereleases_where_asked(index, family):
    shown = pip("index", "versions", "--pre", "--index-url", index.simple_url, "--json", family.leaf).succeeded()
    assert json.loads(shown.output)["versions"] == ["3.0rc1", "2.0", "1.0"]


def test_pip_obeys_requires_python(index, project, tmp_path):
    publish(index, wheel(project, "1.0"), wheel(project, "2.0", requires_python=">=3.99"))
    pip("install", "--index-url", index.simple_url, "--target", tmp_path, project).succeeded()
    assert installed(tmp_path) == {project: "1.0"}


def test_pip_installs_under_hashes(index, family, tmp_path):
    lines = [f"{file.project}=={file.version} --hash=sha256:{file.sha256}" for file in leaf_first(family)]
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("\n".join(lines) + "\n")
    target = tmp_path / "target"
    arguments = ["--index-url", index.simple_url, "--target", target, "--require-hashes", "-r", requirements]
    pip("install", *arguments).succeeded()
    assert installed(target) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}


def leaf_first(family):
    return [family.files[each] for each in ("leaf 1", "middle", "top")]


def test_uv_compiles_hashes_that_pip_installs(index, family, tmp_path):
    given, compiled, target = tmp_path / "in.txt", tmp_path / "out.txt", tmp_path / "target"
    given.write_text(f"{family.top}[more]\n")
    arguments = ["--default-index", index.simple_url, "--generate-hashes", given, "-o", compiled]
    uv("pip", "compile", *arguments).succeeded()
    for file in leaf_first(family):
        assert f"--hash=sha256:{file.sha256}" in compiled.read_text()
    pip(
        "install", "--index-url", index.simple_url, "--target", target, "--require-hashes", "-r", compiled
    ).succeeded()
    assert installed(target) == {family.top: "1.0", family.middle: "1.5", family.leaf: "1.0"}


def test_pip_builds_from_an_sdist(index, project, tmp_path):
    publish(index, sdist(project))
    arguments = ["--no-build-isolation", "--no-binary", ":all:", "--target", tmp_path, project]
    pip("install", "--index-url", index.simple_url, *arguments).succeeded()
    assert installed(tmp_path) == {project: "1.0"}


def test_pip_resolves_from_metadata_alone(index, family, tmp_path):
    """A dry run reads pages and `.metadata`; it fetches not one wheel."""
    report = tmp_path / "report.json"
    with proxy(index) as (base_url, exchanges):
        arguments = ["--dry-run", "--ignore-installed", "--report", report, family.top]
        pip("install", "--index-url", through(index, base_url, index.simple_url), *arguments).succeeded()
    asked = [exchange.path for exchange in exchanges]
    assert len([path for path in asked if path.endswith(".whl.metadata")]) == 3, asked
    assert not [path for path in asked if path.endswith(".whl")], asked
    assert all(exchange.status == 200 for exchange in exchanges)
    resolved = {each["metadata"]["name"]: each for each in json.loads(report.read_text())["install"]}
    assert sorted(resolved) == sorted([family.top, family.middle, family.leaf])
    hashes = resolved[family.leaf]["download_info"]["archive_info"]["hashes"]
    assert hashes == {"sha256": family.files["leaf 1"].sha256}


def test_uv_resolves_from_metadata_alone(index, family, tmp_path):
    given = tmp_path / "in.txt"
    given.write_text(f"{family.top}\n")
    with proxy(index) as (base_url, exchanges):
        uv("pip", "compile", "--default-index", through(index, base_url, index.simple_url), given).succeeded()
    asked = [exchange.path for exchange in exchanges]
    assert [path for path in asked if path.endswith(".whl.metadata")], asked
    assert not [path for path in asked if path.endswith(".whl")], asked


def test_pip_reads_a_part_of_a_wheel_where_no_metadata_is_offered(index, project, tmp_path):
    """fast-deps: HEAD, then ranges. The page in between is made to offer no metadata."""
    publish(index, wheel(project, payload=bytes(range(256)) * 4000))

    def without_metadata(path, body):
        if not path.startswith("/simple/"):
            return body
        page = json.loads(body)
        for file in page["files"]:
            for key in ("core-metadata", "data-dist-info-metadata", "dist-info-metadata"):
                file.pop(key, None)
        return json.dumps(page).encode()

    with proxy(index, change=without_metadata) as (base_url, exchanges):
        arguments = ["--use-feature=fast-deps", "--dry-run", "--ignore-installed", project]
        pip("install", "--index-url", through(index, base_url, index.simple_url), *arguments).succeeded()
    ranged = [exchange for exchange in exchanges if exchange.status == 206]
    assert ranged, exchanges
    assert all(exchange.headers["Content-Range"].startswith("bytes ") for exchange in ranged)


def test_pip_refuses_a_wheel_that_was_changed_on_the_way(index, project, tmp_path):
    publish(index, wheel(project))

    def changed(path, body):
        return body[:-1] + bytes([body[-1] ^ 1]) if path.endswith(".whl") else body

    with proxy(index, change=changed) as (base_url, _):
        arguments = ["--index-url", through(index, base_url, index.simple_url), "--target", tmp_path, project]
        refused = pip("install", *arguments).failed()
    assert "HASHES" in refused.text.upper(), refused.describe()


def test_pip_and_uv_find_a_project_however_its_name_is_written(index, projects, tmp_path):
    (project,) = projects(1)
    publish(index, wheel(project))
    written = project.replace("-", "._").upper()
    pip("install", "--index-url", index.simple_url, "--target", tmp_path / "pip", written).succeeded()
    uv("pip", "install", "--default-index", index.simple_url, "--target", tmp_path / "uv", written).succeeded()
    assert installed(tmp_path / "pip") == installed(tmp_path / "uv") == {project: "1.0"}


def test_an_unknown_project_is_said_to_be_unknown(index):
    refused = pip("download", "--index-url", index.simple_url, "--no-deps", "tb-nobody-ever-made-this").failed()
    assert "No matching distribution found" in refused.text
    refused = uv("pip", "install", "--default-index", index.simple_url, "--dry-run", "tb-nobody-ever-made-this").failed()
    assert "was not found in the package registry" in refused.text, refused.describe()


def test_uv_obeys_upload_time(index, family, tmp_path):
    """`--exclude-newer` fails closed where a page gives no upload time."""
    arguments = ["pip", "install", "--default-index", index.simple_url, "--target", tmp_path, family.leaf]
    uv(*arguments, "--exclude-newer", "2020-01-01T00:00:00Z").failed()
    uv(*arguments, "--exclude-newer", "2199-01-01T00:00:00Z").succeeded()
    assert installed(tmp_path) == {family.leaf: "2.0"}


def test_pip_works_in_a_fresh_virtual_environment(index, family, tmp_path):
    environment = tmp_path / "environment"
    run(sys.executable, "-m", "venv", environment).succeeded()
    run(environment / "bin/pip", "install", "--index-url", index.simple_url, family.top).succeeded()
    shown = run(environment / "bin/python", "-c", "import tb_family_top; print(tb_family_top.__file__)").succeeded()
    assert shown.output.startswith(str(environment))


def test_the_page_that_pip_reads_is_json(index, family):
    with proxy(index) as (base_url, exchanges):
        pip("index", "versions", "--index-url", through(index, base_url, index.simple_url), family.leaf).succeeded()
    assert [exchange.headers["Content-Type"] for exchange in exchanges] == [JSON]
