"""Keys that live elsewhere: in a passphrase, another program's file, an ssh-agent, an external program."""

import base64
import hashlib
import json
import os
import socket
import struct
import subprocess
import threading
from contextlib import contextmanager

import nacl.bindings as sodium
import pytest
from cryptography.hazmat.primitives import hashes, hmac, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from securesystemslib.signer import CryptoSigner
from support.attacker import open_key
from support.commands import run
from support.distributions import wheel
from support.maintainers import key_id
from support.sealing import SEAL, Workstation, seal
from support.terminals import on_a_terminal
from support.waiting import wait_until

STRONG = "orbit lantern velvet cactus marble anchor"


@pytest.fixture
def passphrase(tmp_path):
    return secret(tmp_path / "passphrase", b"a new passphrase\n")


@pytest.fixture
def alice(index, project, tmp_path):
    return Workstation(index, f"alice-{project}", tmp_path / "alice")


def secret(path, content):
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def fields(output):
    return dict(line.replace("key id", "keyid").split(maxsplit=1) for line in output.splitlines())


def raw(key):
    return key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )


def pem(key, encryption=None):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption or serialization.NoEncryption()
    )


def public_pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def publishes(alice, project, tmp_path, *key):
    """The key registers and signs for a project, end to end."""
    assert "is active" in alice.seal("key", "register", *key).succeeded().output
    file = wheel(project).write(tmp_path / "dist")
    assert "published with" in alice.seal("publish", "--claim", file, *key).succeeded().output


# --- a passphrase


def test_a_derived_key_is_the_same_everywhere(tmp_path):
    file = secret(tmp_path / "strong", f"{STRONG}\n".encode())
    shown = fields(seal("key", "derive", "--account", "alice", "--passphrase-file", file).succeeded().output)
    salt = hashlib.blake2b(b"bonded derived key 1\nalice", digest_size=16).digest()
    seed = sodium.crypto_pwhash_alg(32, STRONG.encode(), salt, 4, 1 << 30, sodium.crypto_pwhash_ALG_ARGON2ID13)
    expected = Ed25519PrivateKey.from_private_bytes(seed)
    assert shown["keyid"] == key_id(CryptoSigner(expected))
    other = fields(seal("key", "derive", "--account", "bob", "--passphrase-file", file).succeeded().output)
    assert other["keyid"] != shown["keyid"]


def test_a_derived_key_publishes(alice, project, tmp_path):
    file = secret(tmp_path / "strong", f"{STRONG}\n".encode())
    publishes(alice, project, tmp_path, "--key", "derived", "--account", alice.account, "--passphrase-file", file)


@pytest.mark.parametrize(
    "weak",
    [
        "hunter2", "Password1!", "correct horse battery staple", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "Tr0ub4dor&3",
        "abcdefghijklmnopqrstuvwxyz0123456789", "alice alice alice alice alice alice alice alice",
        "passwordpasswordpassword", "x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9x9", "asdfasdfasdfasdfasdfasdfasdf",
        "qwertyuiopasdfghjkl1234567890", "orbit orbit orbit orbit orbit orbit orbit",
    ],
)  # fmt: skip
def test_a_weak_passphrase_makes_no_key(weak, tmp_path):
    file = secret(tmp_path / "weak", weak.encode())
    refused = seal("key", "derive", "--account", "alice", "--passphrase-file", file)
    assert refused.status == 65 and "six or more words" in refused.errors
    assert weak not in refused.text


def test_a_random_passphrase_without_words_is_strong_enough(tmp_path):
    file = secret(tmp_path / "random", b"k9$Vq2!xTf7@Lm3#")
    seal("key", "derive", "--account", "alice", "--passphrase-file", file).succeeded()


# --- another program's file


def imported(path, folder, passphrase, *arguments):
    made = seal("key", "import", path, "--keys", folder, "--passphrase-file", passphrase, *arguments)
    return open_key(fields(made.succeeded().output)["file"], b"a new passphrase")


def test_a_key_of_openssl_is_imported(tmp_path, passphrase):
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "key.pem").succeeded()
    (tmp_path / "key.pem").chmod(0o600)
    expected = serialization.load_pem_private_key((tmp_path / "key.pem").read_bytes(), None)
    signer = imported(tmp_path / "key.pem", tmp_path / "keys", passphrase)
    assert signer.public_key.keyid == key_id(CryptoSigner(expected))


def legacy(key):
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return json.dumps(
        {
            "keytype": "ed25519", "scheme": "ed25519", "keyid_hash_algorithms": ["sha256", "sha512"],
            "keyval": {"public": public.hex(), "private": raw(key).hex()},
        }
    ).encode()  # fmt: skip


def encrypted_legacy(document, password):
    """As securesystemslib.pyca_crypto_keys wrote it."""
    salt, iv = os.urandom(16), os.urandom(16)
    derived = PBKDF2HMAC(hashes.SHA256(), 32, salt, 100_000).derive(password)
    encryptor = Cipher(algorithms.AES(derived), modes.CTR(iv)).encryptor()
    ciphertext = encryptor.update(document) + encryptor.finalize()
    mac = hmac.HMAC(derived, hashes.SHA256())
    mac.update(ciphertext)
    return b"@@@@".join(
        [salt.hex().encode(), b"100000", mac.finalize().hex().encode(), iv.hex().encode(), ciphertext.hex().encode()]
    )


def test_files_of_securesystemslib_are_imported(tmp_path, passphrase):
    key = Ed25519PrivateKey.generate()
    plain = secret(tmp_path / "plain", legacy(key))
    encrypted = secret(tmp_path / "encrypted", encrypted_legacy(legacy(key), b"old password"))
    old = secret(tmp_path / "old", b"old password\n")
    expected = key_id(CryptoSigner(key))
    assert imported(plain, tmp_path / "keys", passphrase).public_key.keyid == expected
    signer = imported(encrypted, tmp_path / "more", passphrase, "--original-passphrase-file", old)
    assert signer.public_key.keyid == expected
    wrong = secret(tmp_path / "wrong", b"another\n")
    refused = seal(
        "key", "import", encrypted, "--keys", tmp_path / "none", "--passphrase-file", passphrase,
        "--original-passphrase-file", wrong,
    )  # fmt: skip
    assert refused.status == 77 and not (tmp_path / "none").exists()


def second_version(key, stated):
    """PKCS#8 that states a public key (RFC 5958, version 2)."""
    public = stated.public_key().public_bytes_raw()
    fields = bytes.fromhex("020101300506032b657004220420") + raw(key) + b"\x81\x21\x00" + public
    der = b"\x30" + bytes([len(fields)]) + fields
    return b"-----BEGIN PRIVATE KEY-----\n" + base64.b64encode(der) + b"\n-----END PRIVATE KEY-----\n"


def test_a_key_that_states_its_public_half_is_imported(tmp_path, passphrase):
    key = Ed25519PrivateKey.generate()
    file = secret(tmp_path / "key.pem", second_version(key, key))
    assert imported(file, tmp_path / "keys", passphrase).public_key.keyid == key_id(CryptoSigner(key))


def test_what_is_no_ed25519_key_is_refused_with_the_reason(tmp_path, passphrase):
    key, other = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    mismatched = legacy(key).replace(raw(key).hex().encode(), raw(other).hex().encode())
    attributes = pem(key).replace(b"MC4CAQAw", b"MC4CAQUw")
    cases = {
        "ecdsa": (pem(ec.generate_private_key(ec.SECP256R1())), "not an Ed25519 key"),
        "encrypted": (pem(key, serialization.BestAvailableEncryption(b"x")), "openssl pkey"),
        "mismatched": (mismatched, "public half"),
        "openssh": (
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            ), "ssh-add",
        ),
        "lying": (second_version(key, other), "does not belong"),
        "text": (b"hello", "no PKCS#8"),
        "cut": (pem(key)[:60] + b"\n-----END PRIVATE KEY-----\n", "not an Ed25519 key"),
        "broken": (pem(key).replace(b"MC4", b"M%4"), "broken"),
        "version": (attributes, "not an Ed25519 key"),
        "empty": (b"", "no PKCS#8"),
    }
    for name, (content, reason) in cases.items():
        file = secret(tmp_path / name, content)
        refused = seal("key", "import", file, "--keys", tmp_path / "keys", "--passphrase-file", passphrase)
        assert refused.status == 65 and reason in refused.errors, refused.describe()
    file = secret(tmp_path / "open.pem", pem(key))
    file.chmod(0o644)
    refused = seal("key", "import", file, "--keys", tmp_path / "keys", "--passphrase-file", passphrase)
    assert refused.status == 1 and "chmod 600" in refused.errors
    assert not (tmp_path / "keys").exists()


# --- an ssh-agent


@pytest.fixture
def agent(tmp_path):
    """A real agent with two Ed25519 keys and one of another kind."""
    path = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    wait_until(path.exists, "the agent listens")
    environment = {"SSH_AUTH_SOCK": str(path)}
    for kind, name in (("ecdsa", "other"), ("ed25519", "work"), ("ed25519", "home")):
        file = tmp_path / f"id-{name}"
        run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", name, "-f", file).succeeded()
        run("ssh-add", "-q", file, environment=environment).succeeded()
    yield path
    process.terminate()
    process.wait()


def test_a_key_in_an_agent_publishes(alice, project, agent, tmp_path):
    alice.environment["SSH_AUTH_SOCK"] = str(agent)
    ambiguous = alice.seal("key", "register", "--key", "ssh-agent")
    assert ambiguous.status == 1 and "several" in ambiguous.errors
    missing = alice.seal("key", "register", "--key", "ssh-agent:nobody")
    assert missing.status == 1 and "nobody" in missing.errors
    publishes(alice, project, tmp_path, "--key", "ssh-agent:work")
    listed = run("ssh-keygen", "-lf", tmp_path / "id-work.pub").output.split()[1]
    assert alice.seal("refresh", project, "--key", f"ssh-agent:{listed}").succeeded()


def test_no_agent_is_said(alice):
    alice.environment["SSH_AUTH_SOCK"] = "/nonexistent/agent"
    refused = alice.seal("key", "register", "--key", "ssh-agent")
    assert refused.status == 1 and "/nonexistent/agent" in refused.errors


@contextmanager
def hostile_agent(path, answers):
    """Answers each connection's request with the next of some bytes."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()

    def serve():
        for answer in answers:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


def string(data):
    return struct.pack(">I", len(data)) + data


def message(kind, data):
    return string(bytes([kind]) + data)


def test_a_hostile_agent_gets_nowhere(alice, tmp_path):
    key = string(b"ssh-ed25519") + string(Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    keys = message(12, struct.pack(">I", 1) + string(key) + string(b"k"))
    wrong = message(14, string(string(b"ssh-ed25519") + string(bytes(64))))
    cases = {
        "length": [struct.pack(">I", 0xFFFFFFFF)],
        "nothing": [struct.pack(">I", 0)],
        "count": [message(12, struct.pack(">I", 0xFFFFFFFF))],
        "cut": [message(12, struct.pack(">I", 1) + b"\x00\x00\xff\xff")],
        "refusal": [message(5, b"")],
        "hang-up": [b""],
        "signature": [keys, wrong],
        "short": [keys, message(14, b"\x00")],
    }
    for name, answers in cases.items():
        path = tmp_path / f"hostile-{name}"
        alice.environment["SSH_AUTH_SOCK"] = str(path)
        with hostile_agent(path, answers):
            refused = alice.seal("key", "register", "--key", "ssh-agent")
        assert refused.status == 1 and "ssh-agent: " in refused.errors, refused.describe()


# --- an external program


def test_an_external_program_publishes(alice, project, tmp_path):
    run("openssl", "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "hsm.pem").succeeded()
    run("openssl", "pkey", "-in", tmp_path / "hsm.pem", "-pubout", "-out", tmp_path / "hsm.pub").succeeded()
    # openssl wants a file for what Ed25519 signs in one go.
    sign = (
        f"cat > {tmp_path}/message && openssl pkeyutl -sign -rawin -inkey {tmp_path}/hsm.pem -in {tmp_path}/message"
    )
    publishes(alice, project, tmp_path, "--key", f"exec:{sign} | base64 -w0", "--public-key", tmp_path / "hsm.pub")
    alice.seal(
        "refresh", project, "--key", f"exec:{sign} | od -An -v -tx1 | tr -d ' \\n'", "--public-key",
        tmp_path / "hsm.pub",
    ).succeeded()  # fmt: skip
    alice.seal("refresh", project, "--key", f"exec:{sign}", "--public-key", tmp_path / "hsm.pub").succeeded()


def test_a_program_that_fails_or_lies_signs_nothing(alice, tmp_path):
    public = tmp_path / "public.pem"
    public.write_bytes(public_pem(Ed25519PrivateKey.generate()))
    for command, reason in (
        ("exit 3", "status 3"),
        ("head -c 64 /dev/zero", "no signature"),
        ("echo hello", "no signature"),
        ("cat /dev/zero", "ends with"),
        ("kill -9 $$", "signal 9"),
        ("nonexistent-program", "status 127"),
    ):
        refused = alice.seal("key", "register", "--key", f"exec:{command}", "--public-key", public)
        assert refused.status == 1 and reason in refused.errors, refused.describe()
        assert command not in refused.errors.splitlines()[-1], "a command may hold a PIN"
    for empty in ("exec:", "ssh-agent:"):
        assert alice.seal("key", "register", "--key", empty, "--public-key", public).status == 64
    refused = alice.seal("key", "register", "--key", "exec:true")
    assert refused.status == 64 and "--public-key" in refused.errors


def test_a_wrong_passphrase_can_be_corrected_on_a_terminal(tmp_path, alice):
    alice.new_key()
    right = b"correct horse battery staple\n"
    status, shown = on_a_terminal(
        SEAL, "key", "register", answers=[b"wrong\n", b"wrong again\n", right], environment=alice.environment
    )
    assert status == 0 and "is active" in shown, shown
