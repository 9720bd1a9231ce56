"""Maintainers' key files, as a person makes them: on a terminal, or by a script."""

import json
import os
import subprocess

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from support.attacker import open_key
from support.commands import clean_environment
from support.sealing import SEAL, seal
from support.terminals import on_a_terminal

@pytest.fixture
def folder(tmp_path):
    return tmp_path / "home/keys"


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text("correct horse\n")
    file.chmod(0o600)
    return file


def new(folder, passphrase, label="laptop"):
    made = seal("key", "new", "--label", label, "--keys", folder, "--passphrase-file", passphrase).succeeded()
    return dict(line.split(maxsplit=1) for line in made.output.replace("key id", "keyid").splitlines())


def test_a_new_key_is_private_encrypted_and_listed(folder, passphrase):
    key = new(folder, passphrase)
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert os.stat(key["file"]).st_mode & 0o777 == 0o600
    assert json.loads(open(key["file"]).read())["kdf"]["memory_kib"] == 256 * 1024
    assert open_key(key["file"], b"correct horse").public_key.keyid == key["keyid"]

    second = new(folder, passphrase, label="desktop")
    listed = seal("key", "list", "--keys", folder).succeeded().output
    assert [line.split()[:2] for line in listed.splitlines()] == sorted(
        [[key["keyid"], "laptop"], [second["keyid"], "desktop"]]
    )


def test_the_public_key_and_nothing_else_is_exported(folder, passphrase):
    key = new(folder, passphrase)
    refused = seal("key", "export", key["file"])
    assert refused.status == 64 and "--public" in refused.text
    pem = seal("key", "export", "--public", key["file"]).succeeded().output
    signer = open_key(key["file"], b"correct horse")
    assert load_pem_public_key(pem.encode()).public_bytes_raw().hex() == signer.public_key.keyval["public"]
    tuf = seal("key", "export", "--public", "--format", "tuf", key["file"]).succeeded().output
    assert json.loads(tuf) == signer.public_key.to_dict()


def test_the_passphrase_is_asked_for_twice_and_never_shown(folder):
    status, shown = on_a_terminal(SEAL, "key", "new", "--keys", folder, answers=[b"hunter2 hunter2\n"] * 2)
    assert status == 0, shown
    assert "hunter2" not in shown
    (file,) = folder.glob("*.key")
    assert open_key(file, b"hunter2 hunter2")


def test_two_different_answers_are_asked_for_again(folder):
    answers = [b"one one one\n", b"two two two\n", b"three three\n", b"three three\n"]
    status, shown = on_a_terminal(SEAL, "key", "new", "--keys", folder, answers=answers)
    assert status == 0 and "differ" in shown
    (file,) = folder.glob("*.key")
    assert open_key(file, b"three three")


def test_ctrl_c_at_the_prompt_makes_no_key(folder):
    status, shown = on_a_terminal(SEAL, "key", "new", "--keys", folder, answers=[b"\x03"])
    assert status == 130, shown
    assert not folder.exists()


def test_without_a_terminal_it_says_what_to_do(folder):
    process = subprocess.run(
        [SEAL, "key", "new", "--keys", folder], stdin=subprocess.DEVNULL, capture_output=True, text=True,
        start_new_session=True, env=clean_environment(), timeout=60,
    )  # fmt: skip
    assert process.returncode == 1
    assert "passphrase" in process.stderr
    assert not folder.exists()
