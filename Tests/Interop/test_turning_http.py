"""Rotations and recoveries through `/admin/v1`: an administrator's program asks until it is finished."""

import json

import pytest
from support import claims
from support.commands import bonded
from support.index import Server
from support.recovering import Repository, path
from support.turning import first_holder
from support.waiting import wait_until


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path / "data", {"BONDED_SIGNING_KEY_OVERLAP": "1s"}).start()
    try:
        yield server
    finally:
        server.destroy()


class Administrator:
    def __init__(self, server, folder):
        self.server = server
        self.folder = folder
        self.signed = []
        made = bonded("admin", "token", "create", "--account", "root", "--scope", "admin", "--config", server.config)
        self.token = made.succeeded().output.strip()

    def post(self, path, body):
        return self.server.get(
            f"/admin/v1/{path}", "POST", json=body, headers={"Authorization": f"Bearer {self.token}"}
        )

    def finish(self, path, body, *keys):
        """Asks until it is finished, signing what is drafted; the steps on the way."""
        steps = []

        def finished():
            answer = self.post(path, body)
            assert answer.status_code == 200, answer.text
            step = answer.json()["step"]
            if step not in steps[-1:]:
                steps.append(step)
            if step == "signatures":
                self.sign(answer.json()["draft"]["file"], keys)
            return step == "finished"

        wait_until(finished, f"{path} is finished", seconds=90, every=0.3)
        return steps

    def sign(self, draft, keys):
        self.signed.append(draft["_type"])
        present = self.folder / "draft.json"
        present.write_text(json.dumps(draft))
        for number, key in enumerate(keys):
            out = self.folder / f"signed-{number}.json"
            out.unlink(missing_ok=True)
            if claims.sign(self.server, present, out=out, key=key).status == 0:
                present = out
        signatures = json.loads(present.read_text())["signatures"]
        answer = self.post("offline/signatures", {"signatures": signatures})
        assert answer.status_code == 200, answer.text


def test_a_rotation(server, tmp_path):
    administrator = Administrator(server, tmp_path)
    assert administrator.post("rotation", {"roles": []}).status_code == 400
    assert administrator.post("rotation", {"roles": ["root"]}).status_code == 400
    steps = administrator.finish("rotation", {"roles": ["snapshot"]}, first_holder(server))
    assert "overlapping" in steps and administrator.signed == ["bonded-root-draft"] * 2


def test_a_recovery(server, tmp_path):
    repository = Repository(server, tmp_path)
    administrator = Administrator(server, tmp_path)
    wanted = {"compromised": ["timestamp"], "title": "Stolen", "bulletin": "We recover."}
    refused = administrator.post("recovery", wanted)
    assert refused.status_code == 422 and "targets" in refused.json()["detail"]
    assert administrator.post("recovery/advance", {}).status_code == 404

    begun = administrator.post("recovery", wanted | {"leave": ["targets"]})
    assert begun.status_code == 201 and any("timestamp" in step for step in begun.json()["steps"])
    assert server.get("/simple/plain-demo/").status_code == 503
    assert "We recover." in server.get("/security/1/").text
    assert administrator.post("recovery", wanted | {"leave": ["targets"]}).status_code == 409
    steps = administrator.finish("recovery/advance", {}, first_holder(server))
    assert steps[-1] == "finished"
    assert administrator.signed == ["bonded-root-draft", "bonded-targets-draft"]
    for client in (repository.old.refresh(), repository.new_client()):
        for name, content in repository.good.items():
            assert client.fetch(path(name)) == content
    assert "Recovered" in server.get("/security/1/").text
