"""What must not get in, and the words it is refused with (Warehouse's own, which clients look for)."""

import io
import struct
import tarfile
import zipfile

import pytest
from support.distributions import Distribution, core_metadata, escaped, sdist, wheel, zipped
from support.index import Server
from support.uploading import publish, upload

INVALID = "Invalid distribution file."
MANY = 80 * 1024 * 1024


def assert_refused(index, status, message, distribution, **options):
    """Refused with `status` and a text that begins with `message`: in the reason, and in the body as asked for.

    A message that begins with `…` may stand anywhere in the text.
    """
    before = index.page(distribution.project)
    plain = upload(index, distribution, accept="text/plain", **options)
    fields = upload(index, distribution, accept="application/json;q=0.9, text/plain;q=0.8", **options)
    for answer in (plain, fields):
        assert answer.status_code == status, f"{answer.status_code} {answer.reason}: {answer.text}"
        assert_says(answer.reason, message)
    assert_says(plain.text, "…" + message.lstrip("…"))
    body = fields.json()
    assert_says(body["message"], "…" + message.lstrip("…"))
    assert body["code"].startswith(f"{status} ")
    assert_says(body["code"].removeprefix(f"{status} "), message)
    assert index.page(distribution.project) == before, "a refused upload changed the page"


def assert_says(text, message):
    if message.startswith("…"):
        assert message[1:] in text
    else:
        assert text.startswith(message)


NAME_RULE = (
    "'-bad-' is an invalid value for Name. Error: Start and end with a letter or numeral containing only ASCII "
    "numeric and '.', '_' and '-'. See https://packaging.python.org/specifications/core-metadata for more information."
)
FORM_RULES = {
    "protocol": ({"protocol_version": "2"}, "Unknown protocol version."),
    "name": ({"name": "-bad-"}, NAME_RULE),
    "filetype": ({"filetype": "bdist_egg"}, "Invalid value for filetype. Error: Use a known file type."),
    "blake2": (
        {"blake2_256_digest": "zz"},
        "Invalid value for blake2_256_digest. Error: Use a valid, hex-encoded, BLAKE2 message digest.",
    ),
    "pyversion": (
        {"pyversion": None},
        "Invalid value for pyversion. Error: Python version is required for binary distribution uploads.",
    ),
    "no digest": ({"sha256_digest": None, "blake2_256_digest": None}, "Error: Include at least one message digest."),
    "metadata version": ({"metadata_version": "9.9"}, "'9.9' is not a valid metadata version."),
    "summary": ({"summary": "x" * 513}, "'summary' field must be 512 characters or less."),
    "direct dependency": (
        {"requires_dist": ["evil @ https://example.org/evil.whl"]},
        "…Can't have direct dependency: ",
    ),
    "sha256": (
        {"sha256_digest": "00" * 32},
        "The digest supplied does not match a digest calculated from the uploaded file.",
    ),
    "blake2 of something else": (
        {"blake2_256_digest": "00" * 32},
        "The digest supplied does not match a digest calculated from the uploaded file.",
    ),
    "md5": ({"md5_digest": "00" * 16}, "The digest supplied does not match a digest calculated from the uploaded file."),
}


@pytest.mark.parametrize("rule", FORM_RULES)
def test_a_form_that_breaks_a_rule_is_refused(index, project, rule):
    changes, message = FORM_RULES[rule]
    assert_refused(index, 400, message, wheel(project), **changes)


def test_an_sdist_for_one_python_version_is_refused(index, project):
    message = "Invalid value for pyversion. Error: Use 'source' as Python version for an sdist."
    assert_refused(index, 400, message, sdist(project), pyversion="cp311")


def test_a_form_without_a_file_is_refused(index, project):
    assert_refused(index, 400, "Upload payload does not have a file.", wheel(project), send_file=False)


@pytest.mark.parametrize("action", ["submit", "submit_pkg_info", "doc_upload"])
def test_an_action_of_old_is_gone(index, project, action):
    assert upload(index, wheel(project), action=action).status_code == 410


def test_a_wrong_token_is_forbidden(index, project):
    message = "Invalid or non-existent authentication information. "
    assert_refused(index, 403, message, wheel(project), auth=("__token__", "pypi-wrong"))


def test_a_password_is_forbidden(index, project):
    message = (
        "Username/Password authentication is no longer supported. "
        "Migrate to API Tokens or Trusted Publishers instead. "
    )
    assert_refused(index, 403, message, wheel(project), auth=("ada", index.token))


@pytest.mark.parametrize("name", ["a/{0}", "a\\\\{0}", "../{0}"])
def test_a_file_name_with_a_slash_is_refused(index, project, name):
    file = wheel(project)
    message = "Cannot upload a file with '/' or '\\' in the name."
    assert_refused(index, 400, message, file, filename=name.format(file.filename))


def test_an_unknown_extension_is_refused(index, project):
    assert_refused(index, 400, "Invalid file extension: ", wheel(project), filename=f"{escaped(project)}-1.0.exe")


def test_an_image_is_refused(index, project):
    assert_refused(index, 400, INVALID, wheel(project), content_type="image/png")


@pytest.mark.parametrize("make", [wheel, sdist])
def test_a_file_of_another_project_is_refused(index, projects, make):
    mine, other = projects(2)
    file = make(other)
    swapped = Distribution(mine, "1.0", file.filename, file.content, file.metadata)
    assert_refused(index, 400, f"Start filename for '{mine}' with '{escaped(mine)}'.", swapped)


def test_a_wheel_whose_name_is_not_normalized_is_refused(index, project):
    file = wheel(project)
    name = file.filename.replace(escaped(project), escaped(project).upper())
    expected, given = escaped(project), escaped(project).upper()
    message = f"Filename '{name}' should contain the normalized project name '{expected}', not '{given}'."
    assert_refused(index, 400, message, file, filename=name)


def test_a_file_of_another_version_is_refused(index, project):
    file = wheel(project, "2.0")
    swapped = Distribution(project, "1.0", file.filename, file.content, file.metadata)
    assert_refused(index, 400, "Version in filename should be '1.0' not '2.0'.", swapped)


def test_an_sdist_that_is_a_zip_is_refused(index, project):
    name = escaped(project)
    content = zipped([(f"{name}-1.0/PKG-INFO", core_metadata(project, "1.0"))])
    file = Distribution(project, "1.0", f"{name}-1.0.zip", content, core_metadata(project, "1.0"))
    assert_refused(index, 400, f"…should be '{name}-1.0.tar.gz'.", file)


def test_a_second_sdist_of_a_release_is_refused(index, project):
    publish(index, sdist(project, "1.0"))
    assert_refused(index, 400, "Only one sdist may be uploaded per release.", sdist(project, "1.0.0"))


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """An index that is as strict as PyPI where a private one need not be."""
    settings = {"BONDED_UPLOAD_ALLOW_LOCAL_VERSIONS": "false", "BONDED_UPLOAD_ALLOW_PLAIN_LINUX_WHEELS": "false"}
    server = Server(tmp_path_factory.mktemp("strict") / "data", settings).start()
    yield server
    server.stop()


def test_a_local_version_is_refused_where_that_is_set(index, strict, project):
    file = wheel(project, "1.0+local")
    assert_refused(strict, 400, "The use of local versions in '1.0+local' is not allowed.", file)
    publish(index, file)


def test_a_plain_linux_wheel_is_refused_where_that_is_set(index, strict, project):
    file = wheel(project, tag="cp311-cp311-linux_x86_64")
    message = f"Binary wheel '{file.filename}' has an unsupported platform tag 'linux_x86_64'."
    assert_refused(strict, 400, message, file)
    publish(index, file)


def test_other_bytes_under_a_taken_name_are_refused(index, project):
    first = wheel(project, payload=b"first")
    publish(index, first)
    message = f"File already exists ('{first.filename}', with blake2_256 hash '"
    assert_refused(index, 400, message, wheel(project, payload=b"second"))


def with_content(distribution, content):
    return Distribution(
        distribution.project, distribution.version, distribution.filename, content, distribution.metadata
    )


def tar_and_zip(project):
    return with_content(wheel(project), sdist(project).content + wheel(project).content)


def overlapping(project):
    """A wheel whose central directory names one member twice."""
    name = escaped(project)
    return wheel(project, extra_members=[(f"{name}.py", b"VERSION = 'evil'\n")])


def misleading(project):
    """A wheel whose local header gives a member another name than its central directory does."""
    file = wheel(project)
    name = f"{escaped(project)}.py".encode()
    return with_content(file, file.content.replace(name, b"x" * len(name), 1))


def two_directories(project):
    return sdist(project, extra_members=[("elsewhere/evil.py", b"")])


def linked(project):
    """An sdist in which a link points out of it."""
    file = sdist(project)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(file.content)) as given, tarfile.open(fileobj=buffer, mode="w:gz") as made:
        for entry in given:
            made.addfile(entry, given.extractfile(entry))
        link = tarfile.TarInfo(f"{escaped(project)}-1.0/link")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../../etc/passwd"
        made.addfile(link)
    return with_content(file, buffer.getvalue())


def lying_about_size(project):
    """A wheel whose directory says that a member is smaller than it inflates to."""
    file = wheel(project, payload=b"A" * 100_000)
    content = bytearray(file.content)
    start = 0
    while (start := content.find(b"PK\x01\x02", start)) >= 0:
        if struct.unpack_from("<I", content, start + 24)[0] == 100_000:
            struct.pack_into("<I", content, start + 24, 10)
            local = struct.unpack_from("<I", content, start + 42)[0]
            struct.pack_into("<I", content, local + 22, 10)
        start += 4
    return with_content(file, bytes(content))


ARCHIVES = {
    "no archive at all": (lambda p: with_content(wheel(p), b"nothing to see"), INVALID),
    "an empty file": (lambda p: with_content(wheel(p), b""), "…"),
    "a tar that is a zip too": (tar_and_zip, INVALID),
    "a zip cut short": (lambda p: with_content(wheel(p), wheel(p).content[:-30]), INVALID),
    "a gzip cut short": (lambda p: with_content(sdist(p), sdist(p).content[:-30]), INVALID),
    "a zip with bytes after it": (lambda p: with_content(wheel(p), wheel(p).content + b"x" * 9), "…"),
    "a zip with bytes before it": (lambda p: with_content(wheel(p), b"#!/bin/sh\n" + wheel(p).content), INVALID),
    "a zip bomb": (lambda p: wheel(p, payload=bytes(MANY)), INVALID),
    "a gzip bomb": (lambda p: sdist(p, payload=bytes(2 * MANY)), INVALID),
    "a member that lies about its size": (lying_about_size, INVALID),
    "a member that climbs out": (lambda p: wheel(p, extra_members=[("../../evil.py", b"")]), INVALID),
    "a member with an absolute path": (lambda p: wheel(p, extra_members=[("/etc/evil.py", b"")]), INVALID),
    "a member twice": (overlapping, INVALID),
    "a member with two names": (misleading, INVALID),
    "a compression nobody uses": (lambda p: wheel(p, compression=zipfile.ZIP_BZIP2), INVALID),
    "an sdist with two directories": (two_directories, INVALID),
    "an sdist that climbs out": (lambda p: sdist(p, extra_members=[("../evil.py", b"")]), INVALID),
    "an sdist with a link out of it": (linked, INVALID),
    "an sdist without PKG-INFO": (lambda p: sdist(p, leave_out=["PKG-INFO"]), INVALID),
    "a wheel without WHEEL": (lambda p: wheel(p, leave_out=["WHEEL"]), "…"),
    "a wheel without METADATA": (
        lambda p: wheel(p, leave_out=["METADATA"]),
        "…does not contain the required METADATA file: ",
    ),
    "a wheel without RECORD": (lambda p: wheel(p, leave_out=["RECORD"]), "…"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("archive", ARCHIVES)
def test_an_archive_that_is_not_what_it_says_is_refused(index, project, archive):
    make, message = ARCHIVES[archive]
    assert_refused(index, 400, message, make(project))
    assert index.page(project) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requires_dist", ["tb-innocent"]),
        ("requires_python", ">=2.7"),
        ("summary", "Another."),
        ("provides_extra", ["more"]),
    ],
)
def test_a_form_that_says_other_than_the_file_is_refused(index, project, field, value):
    answer = upload(index, wheel(project, requires=["tb-hidden"]), **{field: value})
    assert answer.status_code == 400, answer.text
    assert field in answer.reason.lower().replace("-", "_"), answer.reason
    assert index.page(project) is None


def test_the_same_dependencies_written_in_another_way_are_taken(index, project):
    answer = upload(index, wheel(project, requires=["tb_dep (>=1.0)"]), requires_dist=["tb_dep>=1.0"])
    assert answer.status_code == 200, answer.text


def test_the_server_lives_on_after_all_this(index, project):
    publish(index, wheel(project))
    assert list(index.files(project)) == [wheel(project).filename]
