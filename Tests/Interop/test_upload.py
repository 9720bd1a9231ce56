"""Publishing with the tools that people publish with."""

import secrets

import pytest
import requests
from support.commands import run, tool, twine_upload, uv_publish
from support.distributions import Distribution, sdist, wheel
from support.uploading import assert_served, publish, upload

BACKENDS = {
    "hatchling": ("hatchling", "hatchling.build"),
    "setuptools": ("setuptools>=61", "setuptools.build_meta"),
    "flit": ("flit_core>=3.2", "flit_core.buildapi"),
}


@pytest.fixture(scope="session", params=BACKENDS)
def built(request, tmp_path_factory):
    """(project, its sdist and wheel) as `python -m build` makes them with a real back end."""
    requirement, backend = BACKENDS[request.param]
    project = f"tb-built-{request.param}-{secrets.token_hex(3)}"  # not every back end builds the same bytes again
    module = project.replace("-", "_")
    source = tmp_path_factory.mktemp(request.param)
    (source / "README.md").write_text("# Built\n\nWith *care* and ümlauts.\n")
    (source / f"{module}.py").write_text('"""Built by a real back end."""\n\n__version__ = "1.0"\n')
    (source / "LICENSE").write_text("Use it.\n")
    (source / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{requirement}"]\nbuild-backend = "{backend}"\n\n'
        f'[project]\nname = "{project}"\nversion = "1.0"\ndescription = "Built for a test"\nreadme = "README.md"\n'
        'requires-python = ">=3.8"\ndependencies = ["tb-none>=1; extra == \'never\'"]\n'
        'authors = [{name = "Ada", email = "ada@example.org"}]\nclassifiers = ["Programming Language :: Python :: 3"]\n'
        '[project.urls]\nHomepage = "https://example.org/"\n[project.optional-dependencies]\nmore = ["tb-more"]\n'
    )
    run(tool("python"), "-m", "build", "--no-isolation", source, timeout=120).succeeded()
    files = sorted((source / "dist").iterdir())
    assert [file.suffix for file in files] == [".whl", ".gz"] or [file.suffix for file in files] == [".gz", ".whl"]
    return project, files


def as_distribution(project, file):
    return Distribution(project, "1.0", file.name, file.read_bytes(), b"")


def test_twine_uploads_what_real_back_ends_build(index, built):
    project, files = built
    twine_upload(index, *files).succeeded()
    assert_served(index, *(as_distribution(project, file) for file in files))


def test_twine_uploads_the_same_bytes_again_without_complaint(index, project, tmp_path):
    file = wheel(project).write(tmp_path)
    twine_upload(index, file).succeeded()
    before = index.page(project)
    twine_upload(index, file).succeeded()
    assert index.page(project) == before


def test_twine_is_told_that_a_file_of_that_name_exists(index, project, tmp_path):
    first = wheel(project, payload=b"first")
    twine_upload(index, first.write(tmp_path / "first")).succeeded()
    refused = twine_upload(index, wheel(project, payload=b"second").write(tmp_path / "second")).failed()
    assert "File already exists" in refused.text, refused.describe()
    assert_served(index, first)


def test_twine_6_skips_what_exists(index, project, tmp_path):
    first, second = wheel(project, payload=b"first"), wheel(project, "2.0")
    publish(index, first)
    files = wheel(project, payload=b"other").write(tmp_path), second.write(tmp_path)
    done = twine_upload(index, *files, environment="twine6", flags=["--skip-existing"]).succeeded()
    assert "Skipping" in done.text, done.describe()
    assert_served(index, first, second)


def test_twine_with_a_wrong_token_is_refused(index, project, tmp_path):
    refused = twine_upload(index, wheel(project).write(tmp_path), token="pypi-wrong").failed()
    assert "403" in refused.text and "Invalid or non-existent authentication information" in refused.text
    assert index.page(project) is None


def test_uv_publishes(index, project, tmp_path):
    files = [wheel(project), sdist(project)]
    uv_publish(index, *(file.write(tmp_path) for file in files)).succeeded()
    assert_served(index, *files)


def test_uv_publishes_the_same_bytes_again_without_complaint(index, project, tmp_path):
    file = wheel(project).write(tmp_path)
    uv_publish(index, file).succeeded()
    uv_publish(index, file).succeeded()


def test_uv_is_told_that_a_file_of_that_name_exists(index, project, tmp_path):
    publish(index, wheel(project, payload=b"first"))
    refused = uv_publish(index, wheel(project, payload=b"second").write(tmp_path)).failed()
    assert "File already exists" in refused.text, refused.describe()


def test_uv_skips_what_the_check_url_shows(index, project, tmp_path):
    first, second = wheel(project), wheel(project, "2.0")
    publish(index, first)
    files = first.write(tmp_path), second.write(tmp_path)
    done = uv_publish(index, *files, flags=["--check-url", index.simple_url]).succeeded()
    assert "already exists, skipping" in done.text, done.describe()
    assert_served(index, first, second)


def test_uv_sees_a_conflict_at_the_check_url(index, project, tmp_path):
    publish(index, wheel(project, payload=b"first"))
    other = wheel(project, payload=b"second").write(tmp_path)
    refused = uv_publish(index, other, flags=["--check-url", index.simple_url]).failed()
    assert "do not match" in refused.text, refused.describe()


def test_uv_with_a_wrong_token_is_refused(index, project, tmp_path):
    refused = uv_publish(index, wheel(project).write(tmp_path), token="pypi-wrong").failed()
    assert "403" in refused.text, refused.describe()


@pytest.mark.parametrize("scheme", ["Bearer", "token", "bearer"])
def test_a_token_may_come_in_an_authorization_header(index, project, scheme):
    class Header(requests.auth.AuthBase):
        def __call__(self, request):
            request.headers["Authorization"] = f"{scheme} {index.token}"
            return request

    assert upload(index, wheel(project), auth=Header()).status_code == 200


def test_the_action_may_stand_in_the_query(index, project):
    assert upload(index, wheel(project), action=None, url=index.upload_url + "?:action=file_upload").status_code == 200


def test_a_part_without_content_type_is_taken(index, project):
    assert upload(index, wheel(project), content_type=None).status_code == 200


def test_digests_in_upper_case_are_taken(index, project):
    file = wheel(project)
    publish(index, file, sha256_digest=file.sha256.upper(), blake2_256_digest=file.blake2.upper())


def test_an_upload_is_visible_once_it_is_answered(index, project):
    for number in range(10):
        file = wheel(project, f"1.{number}")
        publish(index, file)
        assert_served(index, file)


def test_an_upload_without_the_slash_is_redirected_with_its_method(index, project):
    answer = upload(index, wheel(project), url=index.upload_url.rstrip("/"))
    assert answer.status_code == 308
    assert answer.headers["Location"].endswith("/legacy/")


def test_a_project_is_the_same_however_its_name_is_written(index, projects):
    (project,) = projects(1)
    odd = project.replace("-", "_").upper()
    publish(index, wheel(project), wheel(odd, "2.0"))
    assert sorted(index.files(project)) == sorted([wheel(project).filename, wheel(odd, "2.0").filename])
