"""Whoever owns the index's machine: its database and its blobs, behind the programs' backs."""

from .commands import run


def sql(server, statement):
    connection = next(line.split("connection:")[1].strip().strip('"') for line in server.config.read_text().splitlines() if "connection:" in line)
    return run("psql", connection, "-v", "ON_ERROR_STOP=1", "-qAtc", statement).succeeded().output.strip()


def blob(server, distribution, suffix=""):
    name = distribution.blake2
    return server.data / "blobs" / name[:2] / name[2:4] / name[4:] / (distribution.filename + suffix)
