"""Logs as JSON: a line is an object, whatever a client sends, and holds no secret."""

import json
import random
import socket
from urllib.parse import urlsplit

import pytest
from support.distributions import wheel
from support.index import read_quickstart
from support.services import serving, wait_for_line
from support.uploading import publish
from support.waiting import wait_until


@pytest.fixture
def server(index, tmp_path):
    with serving(index, tmp_path, environment={"BONDED_LOG_FORMAT": "json", "BONDED_LOG_LEVEL": "debug"}) as server:
        yield server


def lines(server):
    return [json.loads(line) for line in server.log().split("\n")[:-1]]


def test_every_line_is_an_object_and_says_what_the_text_says(server, project, tmp_path):
    publish(server, wheel(project))
    admin = read_quickstart(server.data / "quickstart.env")["ADMIN_TOKEN"]
    assert server.get("/admin/v1/roles", headers={"Authorization": f"Bearer {admin}"}).status_code == 200
    assert server.get("/admin/v1/roles", headers={"Authorization": "Bearer bonded-0123456789abcdef-secret"}).status_code == 401
    wait_for_line(tmp_path / "further.log", '"status":401')
    said = lines(server)
    for line in said:
        assert {"time", "level", "label", "message"} <= line.keys(), line
        assert line["time"].endswith("Z") and line["level"] in ("debug", "info", "notice", "warning", "error"), line
    (upload,) = [line for line in said if line.get("target") == "/legacy/"]
    assert upload["label"] == "bonded.access" and upload["method"] == "POST" and upload["status"] == 200
    assert upload["peer"] == "127.0.0.1" and upload["microseconds"] > 0 and upload["user_agent"] == "interop"
    (first, *_) = [line for line in said if line["message"] == "admin"]
    assert first["label"] == "bonded.serve" and first["account"] == "admin" and first["call"] == "GET roles"

    text = server.log()
    for secret in (server.token, admin, "bonded-0123456789abcdef-secret", server.token.split("-")[-1]):
        assert secret not in text


def test_hostile_requests_are_lines_like_others(server):
    address = urlsplit(server.base_url)
    noise = random.Random(7)
    rounds = 400
    for _ in range(rounds):
        target, agent = (noise.randbytes(noise.randint(1, 80)).replace(b"\n", b"") for _ in range(2))
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(b"GET /" + target + b" HTTP/1.1\r\nHost: a\r\nUser-Agent: " + agent + b"\r\nConnection: close\r\n\r\n")
            while connection.recv(4096):
                pass
    forged = '/x","level":"error","message":"forged"}'
    server.get("/simple/", headers={"User-Agent": '\x9b31m\xe9"}{'.encode("latin-1")})
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(f"GET {forged} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        connection.recv(4096)

    def requests():
        ours = [line for line in lines(server) if line["label"] == "bonded.access"]
        return [line for line in ours if line["target"] not in ("/healthz", "/simple/")]

    wait_until(lambda: len(requests()) == rounds + 1, "each request has its line")
    assert all(" " <= character < "\x7f" or character == "\n" for character in server.log())
    assert not [line for line in lines(server) if line["message"] == "forged"]
    assert [line for line in requests() if line["target"] == forged]


def test_the_setting_stands_in_the_file_and_text_is_the_default(index, tmp_path):
    with serving(index, tmp_path, "log: {format: json}") as server:
        assert lines(server)
    other = tmp_path / "text"
    other.mkdir()
    with serving(index, other) as server:
        assert " info bonded.serve" in server.log()

