"""Administrators: `/admin/v1` with their token, and `bonded admin`."""

import json

from .commands import bonded
from .index import read_quickstart


def admin_token(index):
    return read_quickstart(index.data / "quickstart.env")["ADMIN_TOKEN"]


def administrator(index):
    """Calls an operation as an administrator, or with another token; (status, answer)."""
    own = admin_token(index)

    def call(method, path, body=None, token=own):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = index.get(f"/admin/v1/{path}", method, headers=headers, data=None if body is None else json.dumps(body))
        return answer.status_code, answer.json() if answer.content else None

    return call


def admin_command(index, *arguments):
    return bonded("admin", *arguments, "--config", index.config)


def logged(index, kind):
    """The newest entries of one kind in the transaction log, oldest first."""
    shown = bonded("log", "show", "--limit", "200", "--config", index.config).succeeded().output
    return [entry for entry in map(json.loads, shown.splitlines()) if entry["kind"] == kind]
