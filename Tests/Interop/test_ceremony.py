"""The first ceremony on several machines, with files carried by hand: three holders, an operator, and those who tamper on
the way. Its backups, its transcript, its QR code."""

import hashlib
import json
import os
import re
import signal
import subprocess
import time
from datetime import datetime, timezone

import pytest
import zxingcpp
from support.attacker import open_key
from support.commands import clean_environment, run
from support.sealing import SEAL
from support.terminals import on_a_terminal
from support.waiting import wait_until
from tuf.api.metadata import Metadata, Root, Targets

PLAN = """
root: {holders: [alice, bob, carol], threshold: 2}
targets: {holders: [alice, bob, carol], threshold: 2}
claimed: {holders: [bob, carol], threshold: 2}
unclaimed: {holders: [alice, bob, carol], threshold: 2}
bins: 4
"""
FILES = ("root", "targets", "claimed", "unclaimed")


class Machine:
    """A machine without a network: a home of its own, its own copy of the plan, one passphrase."""

    def __init__(self, name, folder, key=()):
        self.name = name
        self.home = folder / name
        self.home.mkdir()
        self.plan = self.home / "plan.yaml"
        self.plan.write_text(PLAN)
        self.passphrase = secret(self.home / "passphrase", f"the pass phrase of {name}")
        self.key = key

    def seal(self, *arguments):
        return run(SEAL, *arguments, environment={"HOME": str(self.home)})

    def ceremony(self, step, *arguments):
        return self.seal("ceremony", step, *arguments)

    def holder(self, step, *arguments):
        """A step with the holder's key."""
        key = self.key or ("--passphrase-file", self.passphrase)
        return self.ceremony(step, *arguments, "--plan", self.plan, "--holder", self.name, *key)

    def new_key(self):
        return self.seal("key", "new", "--passphrase-file", self.passphrase).succeeded()

    def contribute(self, out):
        self.holder("contribute", "--out", out).succeeded()
        return out

    def sign(self, draft, out, *more):
        return self.holder("sign", draft, "--out", out, "--yes", *more)

    def prepare(self, contributions, out, *more):
        return self.ceremony(
            "prepare", "--plan", self.plan, "--contribution", *contributions, *(("--out", out) if out else ()),
            "--online-passphrase-file", self.passphrase, *more,
        )  # fmt: skip

    def assemble(self, prepared, signed, out):
        return self.ceremony("assemble", prepared, "--plan", self.plan, "--signed", *signed, "--out", out)


def secret(path, text):
    path.write_text(text + "\n")
    path.chmod(0o600)
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_qr(lines):
    """What a phone reads off paper: dark ink, as the blocks are."""
    scale = 4
    rows = []
    for line in lines:
        upper = bytes(pixel for character in line for pixel in [0 if character in "█▀" else 255] * scale)
        lower = bytes(pixel for character in line for pixel in [0 if character in "█▄" else 255] * scale)
        rows += [upper] * scale + [lower] * scale
    image = memoryview(b"".join(rows)).cast("B", shape=[len(rows), len(rows[0])])
    (found,) = zxingcpp.read_barcodes(image)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    return found.text


def altered(path, to, change):
    fields = json.loads(path.read_text())
    change(fields)
    to.write_text(json.dumps(fields))
    return to


class Site:
    """Three holders and an operator, who has prepared the ceremony."""

    def __init__(self, folder):
        self.folder = folder
        # Carol's key is behind a program, as a hardware key would be.
        run("openssl", "genpkey", "-algorithm", "ed25519", "-out", folder / "carol.pem").succeeded()
        run("openssl", "pkey", "-in", folder / "carol.pem", "-pubout", "-out", folder / "carol.pub").succeeded()
        program = f"cat >{folder}/message && openssl pkeyutl -sign -rawin -inkey {folder}/carol.pem -in {folder}/message"
        hardware = ("--key", f"exec:{program}", "--public-key", folder / "carol.pub")
        self.operator = Machine("operator", folder)
        self.alice = Machine("alice", folder)
        self.bob = Machine("bob", folder)
        self.carol = Machine("carol", folder, hardware)
        self.holders = (self.alice, self.bob, self.carol)
        self.alice.new_key()
        self.bob.new_key()
        self.medium = folder / "medium"
        self.medium.mkdir()
        self.contributions = [
            machine.contribute(self.medium / f"{machine.name}.contribution") for machine in self.holders
        ]
        self.prepared = self.operator.home / "prepared"
        said = self.operator.prepare(self.contributions, self.prepared).succeeded().output
        self.fingerprint = re.search(r"^fingerprint +([0-9a-f]{64})$", said, re.M)[1]
        self.draft = self.medium / "draft.json"
        self.draft.write_bytes((self.prepared / "draft.json").read_bytes())

    def signed_by_all(self):
        """One after another."""
        path = self.draft
        for machine in self.holders:
            out = self.folder / f"{machine.name}.signed"
            if not out.exists():
                machine.sign(path, out).succeeded()
            path = out
        return path


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def bundle(site):
    """What alice and carol have signed apart, and bob in neither copy's chain: thresholds are enough."""
    alice, carol, bob = (site.folder / f"{name}.copy" for name in ("alice", "carol", "bob"))
    shown = site.alice.sign(site.draft, alice, "--fingerprint", site.fingerprint).succeeded().output
    assert "alice signs:\n  root version 1" in shown and "\n  claimed version 1" not in shown
    assert site.fingerprint in shown and sha256(site.alice.plan) in shown
    site.carol.sign(site.draft, carol).succeeded()
    site.bob.sign(carol, bob).succeeded()

    waits = site.operator.assemble(site.prepared, [alice, carol], site.folder / "bundle")
    assert waits.status == 1 and "1 of 2 of the keys of claimed" in waits.errors
    assert "Not signed yet: bob" in waits.errors and not (site.folder / "bundle").exists()
    held = site.operator.assemble(site.prepared, [bob, alice], site.folder / "bundle").succeeded()
    assert sha256(site.folder / "bundle/metadata/1.root.json") in held.output
    return site.folder / "bundle"


def test_python_tuf_trusts_what_three_machines_made(site, bundle):
    root, targets, claimed, unclaimed = (
        Metadata.from_file(str(bundle / f"metadata/1.{name}.json")) for name in FILES
    )
    root.verify_delegate("root", root)
    root.verify_delegate("targets", targets)
    targets.verify_delegate("claimed", claimed)
    targets.verify_delegate("unclaimed", unclaimed)
    assert isinstance(root.signed, Root) and isinstance(unclaimed.signed, Targets)
    keys = {contribution.stem: json.loads(contribution.read_text())["key"] for contribution in site.contributions}
    named = [root.signed.keys[key].keyval["public"] for key in root.signed.roles["root"].keyids]
    assert named == [keys[name]["keyval"]["public"] for name in ("alice", "bob", "carol")]
    assert root.signed.roles["root"].threshold == 2
    # Two holders are enough for python-tuf, too, and one is not.
    missing = Metadata.from_file(str(bundle / "metadata/1.root.json"))
    for key in list(missing.signatures)[:1]:
        del missing.signatures[key]
    missing.verify_delegate("root", missing)
    del missing.signatures[next(iter(missing.signatures))]
    with pytest.raises(Exception, match="1/2"):
        missing.verify_delegate("root", missing)


def test_a_bundle_of_several_machines_holds_no_holders_key(site, bundle):
    assert sorted(path.name for path in bundle.iterdir()) == ["bundle.json", "metadata", "online-keys", "transcript.txt"]
    fingerprint = sha256(bundle / "metadata/1.root.json")
    said = site.operator.ceremony("verify", bundle, "--fingerprint", fingerprint).succeeded().output
    assert "so does its transcript" in said and "root: 2 of 3" in said
    passphrase = site.operator.passphrase.read_bytes().strip()
    for role in ("timestamp", "snapshot", "recently-claimed", "bins"):
        key = open_key(bundle / f"online-keys/{role}.key", passphrase)
        assert key.public_key.keyid in said


def test_the_transcript_says_what_was_done_and_its_qr_code_is_roots_hash(site, bundle):
    text = (bundle / "transcript.txt").read_text()
    fingerprint = sha256(bundle / "metadata/1.root.json")
    assert sha256(site.operator.plan) in text and site.fingerprint in text and "Software: seal " in text
    today = datetime.now(timezone.utc).strftime("%Y-%m-")
    for what in (
        "alice contributes", "bob contributes", "carol contributes", "the online keys are made",
        "alice signs root, targets, unclaimed", "carol signs root, targets, claimed, unclaimed", "bundle is verified",
    ):  # fmt: skip
        assert re.search(rf"^  {today}\S+Z  .*{what}", text, re.M), what
    for path in [*(bundle / "metadata").iterdir(), *(bundle / "online-keys").iterdir()]:
        assert f"{sha256(path)}  {path.relative_to(bundle)}\n" in text
    code = [line for line in text.splitlines() if re.fullmatch("[ █▀▄]{40,}", line)]
    assert read_qr(code) == fingerprint


def test_a_terminal_shows_the_code_in_black_on_white(site, bundle):
    status, shown = on_a_terminal(SEAL, "ceremony", "verify", bundle, answers=[])
    code = re.findall("\x1b\\[30;107m([ █▀▄]+)\x1b\\[0m", shown)
    assert status == 0 and read_qr(code) == sha256(bundle / "metadata/1.root.json")
    assert "\x1b" not in run(SEAL, "ceremony", "verify", bundle).output


@pytest.mark.parametrize("answer", ["n", "yes"])
def test_a_holder_reads_what_they_sign_and_says_yes(site, tmp_path, answer):
    out = tmp_path / "signed"
    status, shown = on_a_terminal(
        SEAL, "ceremony", "sign", site.draft, "--plan", site.bob.plan, "--holder", "bob", "--out", out,
        answers=[site.bob.passphrase.read_bytes(), f"{answer}\n".encode()], environment={"HOME": str(site.bob.home)},
    )  # fmt: skip
    assert site.fingerprint in shown and "the pass phrase of" not in shown
    assert (status, out.exists()) == ((0, True) if answer == "yes" else (1, False)), shown


# --- what goes wrong on the way: each is refused with a reason, and leaves nothing


def refused(outcome, reason, out, status=65):
    assert outcome.status == status and reason in outcome.errors, outcome.describe()
    assert out is None or not out.exists()


def test_a_holder_with_another_plan_does_not_sign(site, tmp_path):
    stranger = Machine("carol", tmp_path, site.carol.key)
    stranger.plan.write_text(PLAN.replace("[alice, bob, carol], threshold: 2}\ntargets", "[alice, bob, carol], threshold: 1}\ntargets"))
    refused(stranger.sign(site.draft, tmp_path / "out"), "another plan", tmp_path / "out")
    # Nor when the digest in the draft is made to fit.
    digest = sha256(stranger.plan)
    forged = altered(site.draft, tmp_path / "forged", lambda draft: draft.update(plan=digest))
    refused(stranger.sign(forged, tmp_path / "out"), "another plan", tmp_path / "out")


def test_a_contribution_to_another_plan_does_not_count(site, tmp_path):
    stranger = Machine("carol", tmp_path, site.carol.key)
    stranger.plan.write_text(PLAN + "# with another comment\n")
    other = stranger.contribute(tmp_path / "carol.contribution")
    refused(site.operator.prepare([*site.contributions[:2], other], tmp_path / "out"), "another plan", tmp_path / "out")


def test_contributions_are_one_of_each_holder(site, tmp_path):
    out = tmp_path / "out"
    missing = site.operator.prepare(site.contributions[:2], out)
    refused(missing, "not there: carol", out)
    twice = site.operator.prepare([*site.contributions, site.contributions[0]], out)
    refused(twice, "two contributions name 'alice'", out)
    shared = Machine("bob", tmp_path, site.carol.key).contribute(tmp_path / "bob.contribution")
    same = site.operator.prepare([site.contributions[0], shared, site.contributions[2]], out)
    refused(same, "'bob' and 'carol' have one and the same key", out)
    renamed = altered(site.contributions[0], tmp_path / "renamed", lambda fields: fields.update(holder="bob"))
    refused(site.operator.prepare([*site.contributions[::2], renamed], out), "nothing proves that 'bob'", out)
    mallory = Machine("mallory", tmp_path, site.carol.key)
    refused(mallory.holder("contribute", "--out", out), "'mallory' holds no key in the plan", out)
    refused(site.operator.prepare([site.operator.plan], out), "is no contribution", out)


def test_an_old_contribution_and_an_old_draft_do_not_count(site, tmp_path):
    for clock, reason in (("+31d", "more than 30 days ago"), ("-2d", "look at this machine's clock")):
        later = run(
            "faketime", "-f", clock, SEAL, "ceremony", "prepare", "--plan", site.operator.plan, "--contribution",
            *site.contributions, "--out", tmp_path / "out", "--online-passphrase-file", site.operator.passphrase,
        )  # fmt: skip
        refused(later, reason, tmp_path / "out")
        late = run(
            "faketime", "-f", clock, SEAL, "ceremony", "sign", site.draft, "--plan", site.bob.plan, "--holder", "bob",
            "--out", tmp_path / "out", "--yes", "--passphrase-file", site.bob.passphrase,
            environment={"HOME": str(site.bob.home)},
        )  # fmt: skip
        refused(late, reason, tmp_path / "out")


def test_a_holder_whose_key_was_exchanged_notices(site, tmp_path):
    """Whoever carries the files puts a key of their own in bob's place, properly proven."""
    thief = Machine("bob", tmp_path)
    thief.new_key()
    false = thief.contribute(tmp_path / "bob.contribution")
    prepared = tmp_path / "prepared"
    site.operator.prepare([site.contributions[0], false, site.contributions[2]], prepared).succeeded()
    draft = prepared / "draft.json"
    refused(site.bob.sign(draft, tmp_path / "out"), "gives 'bob' the key", tmp_path / "out")
    # The others see another fingerprint than the one that was read to them.
    told = site.alice.sign(draft, tmp_path / "out", "--fingerprint", site.fingerprint)
    refused(told, "not the draft that you agreed on", tmp_path / "out")
    # And what they sign of it does not fit what the operator has prepared.
    site.alice.sign(draft, tmp_path / "alice.signed").succeeded()
    mixed = site.operator.assemble(site.prepared, [site.signed_by_all(), tmp_path / "alice.signed"], tmp_path / "out")
    refused(mixed, "over another draft", tmp_path / "out")


def test_a_draft_that_was_tampered_with_is_not_signed(site, tmp_path):
    out = tmp_path / "out"
    online = json.loads(site.contributions[0].read_text())["key"]
    changes = {
        "is no draft": lambda draft: draft.update(_type="bonded-root-draft"),
        "'online' is missing": lambda draft: draft["online"].update(timestamp={"keytype": "ed25519"}),
        "'timestamp' have one and the same key": lambda draft: draft["online"].update(timestamp=online),
        "not there: bob": lambda draft: draft["contributions"].pop(1),
        "nothing proves": lambda draft: draft["contributions"][1].update(key=draft["online"]["bins"]),
        "'threshold' is missing": lambda draft: draft.update(threshold=1),
        "'alice' was made at": lambda draft: draft.update(created="2035-01-01T00:00:00Z"),
    }
    for reason, change in changes.items():
        refused(site.alice.sign(altered(site.draft, tmp_path / "forged", change), out), reason, out)


def test_signatures_that_were_tampered_with_make_no_bundle(site, tmp_path):
    out = tmp_path / "out"
    signed = site.signed_by_all()

    def exchange(draft):
        first, second = draft["signatures"]["root"][:2]
        first["sig"], second["sig"] = second["sig"], first["sig"]

    changes = {
        "is not over this draft": exchange,
        "'signatures' is missing": lambda draft: draft["signatures"]["root"].append(draft["signatures"]["root"][0]),
        "all the signatures of 'alice'": lambda draft: draft["signatures"]["targets"].pop(0),
        "when they signed": lambda draft: draft["signed"].pop("carol"),
        "by a key of that role": lambda draft: draft["signatures"].update(claimed=draft["signatures"]["root"]),
    }
    for reason, change in changes.items():
        forged = altered(signed, tmp_path / "forged", change)
        refused(site.operator.assemble(site.prepared, [forged], out), reason, out)
    refused(site.operator.assemble(site.prepared, [site.draft], out), "Not signed yet: alice, bob, carol", out, status=1)


def test_one_holder_in_two_copies_counts_once(site, tmp_path):
    copies = [tmp_path / "first", tmp_path / "second"]
    for copy in copies:
        site.alice.sign(site.draft, copy).succeeded()
    refused(site.operator.assemble(site.prepared, copies, tmp_path / "out"), "1 of 2 of the keys of root", None, status=1)
    again = site.alice.sign(copies[0], tmp_path / "out")
    refused(again, "'alice' has signed this copy already", tmp_path / "out", status=1)


def test_a_rehearsal_leaves_nothing_behind(site, tmp_path):
    signed = site.signed_by_all()
    before = sorted(site.folder.rglob("*"))
    said = site.operator.prepare(site.contributions, None, "--dry-run").succeeded().output
    assert "Nothing was kept" in said
    said = site.operator.ceremony(
        "assemble", site.prepared, "--plan", site.operator.plan, "--signed", signed, "--dry-run"
    ).succeeded()
    assert "Nothing was kept" in said.output
    assert sorted(site.folder.rglob("*")) == before


def test_nothing_is_overwritten(site, bundle, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("precious")
    assert site.alice.holder("contribute", "--out", taken).status == 1
    assert site.alice.sign(site.draft, taken).status == 1
    assert site.operator.prepare(site.contributions, taken).status == 1
    assert site.operator.assemble(site.prepared, [site.signed_by_all()], bundle).status == 1
    backup = ("--passphrase-file", site.operator.passphrase)
    assert site.operator.ceremony("backup", bundle, "--out", taken, *backup).status == 1
    assert taken.read_text() == "precious"


# --- backups


def test_a_backup_brings_the_bundle_back_and_a_wrong_passphrase_nothing(site, bundle, tmp_path):
    key = ("--passphrase-file", secret(tmp_path / "key", "kept in a safe"))
    made = site.operator.ceremony("backup", bundle, "--out", tmp_path / "backup", *key).succeeded()
    assert "no holder's key" in made.output
    content = (tmp_path / "backup").read_bytes()
    assert b'"memory_kib":262144,"name":"argon2id13"' in content and b"keyid" not in content
    site.operator.ceremony("restore", tmp_path / "backup", "--out", tmp_path / "restored", *key).succeeded()
    run("diff", "-r", bundle, tmp_path / "restored").succeeded()

    wrong = site.operator.ceremony(
        "restore", tmp_path / "backup", "--out", tmp_path / "out", "--passphrase-file", site.alice.passphrase
    )
    refused(wrong, "wrong passphrase", tmp_path / "out", status=77)
    for place in (20, len(content) // 2, len(content) - 1):
        (tmp_path / "tampered").write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        tampered = site.operator.ceremony("restore", tmp_path / "tampered", "--out", tmp_path / "out", *key)
        assert tampered.status in (65, 77) and not (tmp_path / "out").exists(), tampered.describe()
    (tmp_path / "cut").write_bytes(content[:-1])
    cut = site.operator.ceremony("restore", tmp_path / "cut", "--out", tmp_path / "out", *key)
    refused(cut, "altered", tmp_path / "out", status=77)


def test_a_backup_of_one_machine_has_the_holders_keys_or_is_for_the_index_alone(site, tmp_path):
    key = ("--passphrase-file", site.operator.passphrase)
    bundle = tmp_path / "bundle"
    held = site.operator.seal(
        "ceremony", "--plan", site.operator.plan, "--out", bundle, *key, "--online-passphrase-file", key[1]
    ).succeeded()
    assert "seal ceremony backup" in held.output
    for flags, names in (((), ["alice.key", "bob.key", "carol.key"]), (("--online-only",), None)):
        backup, restored = tmp_path / f"backup{len(flags)}", tmp_path / f"restored{len(flags)}"
        site.operator.ceremony("backup", bundle, "--out", backup, *key, *flags).succeeded()
        site.operator.ceremony("restore", backup, "--out", restored, *key).succeeded()
        site.operator.ceremony("verify", restored).succeeded()
        offline = restored / "offline-keys"
        assert (sorted(path.name for path in offline.iterdir()) if offline.exists() else None) == names


# --- kill -9


@pytest.mark.parametrize("step", ["prepare", "assemble", "restore", "sign"])
def test_kill_9_leaves_the_result_whole_or_absent(site, bundle, tmp_path, step):
    key = ("--passphrase-file", site.operator.passphrase)
    site.operator.ceremony("backup", bundle, "--out", tmp_path / "backup", *key).succeeded()
    plan = ("--plan", site.operator.plan)
    commands = {
        "prepare": (*plan, "--contribution", *site.contributions, "--online-passphrase-file", key[1]),
        "assemble": (site.prepared, *plan, "--signed", site.signed_by_all()),
        "restore": (tmp_path / "backup", *key),
        "sign": (site.draft, *plan, "--holder", "alice", "--yes", "--passphrase-file", site.alice.passphrase),
    }

    def start(out):
        return subprocess.Popen(
            [str(part) for part in (SEAL, "ceremony", step, *commands[step], "--out", out)],
            env=clean_environment() | {"HOME": str(site.alice.home)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    assert start(tmp_path / "whole").wait(60) == 0
    whole = {path.relative_to(tmp_path / "whole") for path in (tmp_path / "whole").rglob("*")}
    for number, moment in enumerate((0, 0.002, 0.01)):
        folder = tmp_path / f"run{number}"
        folder.mkdir()
        process = start(folder / "out")
        wait_until(lambda: os.listdir(folder) or process.poll() is not None, "it writes", seconds=60, every=0.0005)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait(60)
        if (folder / "out").exists():
            assert {path.relative_to(folder / "out") for path in (folder / "out").rglob("*")} == whole
            if step in ("assemble", "restore"):
                site.operator.ceremony("verify", folder / "out").succeeded()
        for left in os.listdir(folder):
            assert left == "out" or left.startswith("."), left
