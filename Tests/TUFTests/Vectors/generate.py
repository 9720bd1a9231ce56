"""Writes the other JSON files beside this one, with python-tuf, securesystemslib and pyca/cryptography.

Needs: pip install tuf 'securesystemslib[crypto]'

Private keys are made anew, so every run gives other keys and signatures.
"""

import hashlib
import itertools
import json
import pathlib
import random
from datetime import datetime, timezone

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, SuccinctRoles, TargetFile, Targets,
    Timestamp,
)

HERE = pathlib.Path(__file__).parent
EXPIRES = datetime(2036, 2, 29, 23, 59, 59, tzinfo=timezone.utc)
MESSAGE = b'{"_type":"targets","path":"\x00\xff"}'


def write(name, value):
    (HERE / name).write_text(json.dumps(value, indent=1) + "\n")


def flipped(signature):
    return signature[:-1] + bytes([signature[-1] ^ 1])


def keyid(key):
    return hashlib.sha256(encode_canonical(key).encode()).hexdigest()


def keys_and_signatures():
    vectors = []

    def add(name, key, signature, valid, supported=True):
        vectors.append({
            "name": name, "key": key.to_dict(), "keyid": key.keyid, "canonical": encode_canonical(key.to_dict()),
            "message": MESSAGE.hex(), "signature": signature.hex(), "valid": valid, "supported": supported,
        })

    def add_good_and_bad(name, signer, other):
        signature = bytes.fromhex(signer.sign(MESSAGE).signature)
        foreign = bytes.fromhex(other.sign(MESSAGE).signature)
        wrong = bytes.fromhex(signer.sign(MESSAGE + b" ").signature)
        key = signer.public_key
        key.verify_signature(signer.sign(MESSAGE), MESSAGE)
        add(f"{name}: right", key, signature, True)
        add(f"{name}: last bit flipped", key, flipped(signature), False)
        add(f"{name}: another key's", key, foreign, False)
        add(f"{name}: over another message", key, wrong, False)
        add(f"{name}: empty", key, b"", False)
        add(f"{name}: cut short", key, signature[:-1], False)
        add(f"{name}: a byte more", key, signature + b"\0", False)

    for name, make in {
        "ed25519": CryptoSigner.generate_ed25519, "ecdsa P-256": CryptoSigner.generate_ecdsa,
        "rsa 3072": CryptoSigner.generate_rsa,
    }.items():
        add_good_and_bad(name, make(), make())
    p384 = [CryptoSigner(ec.generate_private_key(ec.SECP384R1())) for _ in range(2)]
    add_good_and_bad("ecdsa P-384", *p384)
    rsa2048 = [CryptoSigner(rsa.generate_private_key(65537, 2048)) for _ in range(2)]
    add_good_and_bad("rsa 2048", *rsa2048)

    private = ec.generate_private_key(ec.SECP256R1())
    old = SSlibKey.from_crypto(private.public_key())
    old = SSlibKey(keyid(old.to_dict() | {"keytype": "ecdsa-sha2-nistp256"}), "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", old.keyval)
    add("ecdsa by its old key type", old, private.sign(MESSAGE, ec.ECDSA(hashes.SHA256())), True)
    add("ecdsa over another digest", old, private.sign(MESSAGE, ec.ECDSA(hashes.SHA512())), False)

    private = rsa.generate_private_key(65537, 2048)
    key = SSlibKey.from_crypto(private.public_key())
    pkcs1 = private.sign(MESSAGE, padding.PKCS1v15(), hashes.SHA256())
    add("rsa with the older padding", key, pkcs1, False)
    wrong_digest = private.sign(
        MESSAGE, padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=64), hashes.SHA512())
    add("rsa over another digest", key, wrong_digest, False)

    private = rsa.generate_private_key(65537, 1024)
    signature = private.sign(
        MESSAGE, padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32), hashes.SHA256())
    add("rsa of 1024 bits", SSlibKey.from_crypto(private.public_key()), signature, False, supported=False)

    signer = CryptoSigner.generate_ed25519()
    good = bytes.fromhex(signer.sign(MESSAGE).signature)
    public = signer.public_key.keyval["public"]
    for name, keytype, scheme, value in [
        ("an unknown key type", "post-quantum", "ed25519", public),
        ("an unknown scheme", "ed25519", "ed25519-2", public),
        ("a short key", "ed25519", "ed25519", public[:-2]),
        ("a key that is not hexadecimal", "ed25519", "ed25519", "z" * 64),
        ("a PEM key that is none", "ecdsa", "ecdsa-sha2-nistp256", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"),
    ]:
        json_key = {"keytype": keytype, "scheme": scheme, "keyval": {"public": value}}
        vectors.append({
            "name": name, "key": json_key, "keyid": keyid(json_key), "canonical": encode_canonical(json_key),
            "message": MESSAGE.hex(), "signature": good.hex(), "valid": False, "supported": False,
        })
    # The neutral element as a public key: a signature of zeroes over everything, were it not refused.
    neutral = {"keytype": "ed25519", "scheme": "ed25519", "keyval": {"public": "01" + "00" * 31}}
    vectors.append({
        "name": "a key of small order", "key": neutral, "keyid": keyid(neutral), "canonical": encode_canonical(neutral),
        "message": MESSAGE.hex(), "signature": "01" + "00" * 63, "valid": False, "supported": True,
    })
    write("keys.json", vectors)


def bins():
    source = random.Random(15)
    paths = ["a", "flask/flask-3.0.0.tar.gz", "é/\U0001f600", "x/" + "y" * 500]
    paths += [f"p{source.randrange(10**6)}/f-{source.randrange(100)}.whl" for _ in range(60)]
    vectors = []
    for bits in [1, 2, 3, 4, 5, 7, 8, 9, 12, 14, 16, 17, 20, 24, 31, 32]:
        roles = SuccinctRoles([], 1, bits, "bin")
        first = list(itertools.islice(roles.get_roles(), 3))
        vectors.append({
            "bits": bits, "count": roles.number_of_bins, "first": first,
            "roles": {path: roles.get_role_for_target(path) for path in paths},
        })
    write("bins.json", vectors)


def globs():
    source = random.Random(7)
    patterns = {
        "*", "*/*", "?", "??", "*.tgz", "targets/*.tgz", "foo-version-?.tgz", "foo.tgz", "[abc]", "[a-c]x", "[!a-c]x",
        "[^a]", "[]a]", "[!]a]", "[", "[a", "[]", "[!]", "a[", "[z-a]", "[!z-a]", "[a-]", "[-a]", "[!-a]", "[a-c-e]",
        "[b-a-z]", "[b-a!x]", "[--/]", "[\\]", "\\*", "[[]", "[a&&b]", "[~|]", "*a*b*c", "**", "a**b", "re*/*",
        "project/[0-9]*", "[a/b]", "", "/", "*/", "a/", "/a", ".", "[.]", "(a|b)", "a{1}", "^a$", "é", "?/?", "[é-\U0001f600]",
        "[*]", "[?]", "[!*]", "*.[tz]*", "[a-cx-z]", "[a-c-x-z]", "[c-ab-d]", "[a-a]", "[!!]", "[!a-!]", "[+--]",
    }
    alphabet = "ab-!]*?[\\^/.z"
    while len(patterns) < 700:
        patterns.add("".join(source.choice(alphabet) for _ in range(source.randrange(1, 9))))
    texts = [
        "a", "b", "c", "x", "ax", "dx", "]", "[", "-", "!", "^", "\\", "*", "?", "a/b", "[a/b]", "targets/bar.tgz",
        "foo.tgz", "foo-version-2.tgz", "foo-version-alpha.tgz", "abc", "aXbYcZ", "aab", "a]", "a-", "b-", "z", "-z",
        "é", "\U0001f600", "flask/index.html", "re/x", "requests/requests-2.tar.gz", "project/9x", "z!", "[]", "[!]",
        "ab", "ba", "b]", "a.z", ".", "..z", "&", "|", "~", "+", "0", "a\nb", "aaaaaaaaaaaaaaaaaaaaaaaab",
    ]
    matches = DelegatedRole._is_target_in_pathpattern
    write("globs.json", {
        "texts": texts,
        "patterns": {
            pattern: [number for number, text in enumerate(texts) if matches(text, pattern)]
            for pattern in sorted(patterns)
        },
    })


def hash_prefixes():
    vectors = []
    for path in ["a", "flask/flask-3.0.0.tar.gz", "é/x"]:
        for prefixes in [["0"], list("01234567"), list("89abcdef"), ["ca9", "978112ca1bbd"], [], ["ca978112ca1bbdca"]]:
            role = DelegatedRole("r", [], 1, False, None, prefixes)
            vectors.append({"path": path, "prefixes": prefixes, "covers": role.is_delegated_path(path)})
    write("prefixes.json", vectors)


def documents():
    signers = {name: CryptoSigner.generate_ed25519() for name in ["root", "timestamp", "snapshot", "targets", "bins"]}
    pem = CryptoSigner.generate_ecdsa()
    root = Root(3, expires=EXPIRES, unrecognized_fields={"x-note": ["kept", {"é": None}]})
    for name in ["root", "timestamp", "snapshot", "targets"]:
        root.add_key(signers[name].public_key, name)
    root.add_key(pem.public_key, "root")
    root.roles["root"].threshold = 2
    root.roles["targets"].unrecognized_fields["x-rotate"] = 7
    bins = SuccinctRoles([signers["bins"].public_key.keyid], 1, 8, "bin", {"x-a": 1})
    unclaimed = Targets(4, expires=EXPIRES, delegations=Delegations(
        {signers["bins"].public_key.keyid: signers["bins"].public_key}, succinct_roles=bins))
    key = signers["targets"].public_key
    targets = Targets(5, expires=EXPIRES, delegations=Delegations({key.keyid: key}, {
        "claimed": DelegatedRole("claimed", [key.keyid], 1, False, ["*/*"], None, {"x-b": "kept"}),
        "hashed": DelegatedRole("hashed", [key.keyid], 1, True, None, ["00", "f"]),
    }, None, {"x-c": []}))
    targets.targets["flask/é \"1\".whl"] = TargetFile(3, {"sha256": "ab" * 32, "sha512": "cd" * 64}, "x", {"custom": {"n": 1}, "x-d": 2})
    snapshot = Snapshot(6, expires=EXPIRES, meta={
        "targets.json": MetaFile(5), "bin-00.json": MetaFile(1, 10, {"sha256": "ef" * 32}, {"x-e": True}),
    })
    documents = {}
    for name, payload, signing in [
        ("root", root, [signers["root"], pem]), ("timestamp", Timestamp(8, expires=EXPIRES), [signers["timestamp"]]),
        ("snapshot", snapshot, [signers["snapshot"]]), ("targets", targets, [signers["targets"]]),
        ("unclaimed", unclaimed, [signers["targets"]]),
    ]:
        metadata = Metadata(payload, unrecognized_fields={"x-outer": 1})
        for signer in signing:
            metadata.sign(signer, append=True)
        documents[name] = {
            "file": metadata.to_bytes().decode(), "signed": metadata.signed_bytes.hex(),
            "keyids": [signer.public_key.keyid for signer in signing],
        }
    write("documents.json", documents)


keys_and_signatures()
bins()
globs()
hash_prefixes()
documents()
