"""nginx, set up to be as fast as it can at what we compare ourselves with: static files."""

import shutil
import socket
from contextlib import contextmanager
from pathlib import Path

import requests
from bench import running
from support import processes
from support.waiting import wait_until

CONFIGURATION = """
daemon off;
worker_processes auto;
worker_rlimit_nofile 20000;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 16384; }}
http {{
    access_log {access_log};
    server_tokens off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    open_file_cache max=1000 inactive=10m;
    open_file_cache_valid 10m;
    client_body_temp_path {folder}/temporary;
    proxy_temp_path {folder}/temporary;
    fastcgi_temp_path {folder}/temporary;
    uwsgi_temp_path {folder}/temporary;
    scgi_temp_path {folder}/temporary;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {folder}/files;
        default_type application/octet-stream;
        {locations}
    }}
}}
"""

# What nginx sets by itself, or what does not describe the content.
OWN_HEADERS = {
    "date", "server", "connection", "keep-alive", "content-length", "content-type", "etag", "last-modified",
    "accept-ranges",
}  # fmt: skip


class Site:
    """Static files for nginx, added before it starts."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.files = self.folder / "files"
        self.files.mkdir(parents=True)
        self._locations = []

    def add(self, name, content, answer):
        """A file with the headers of our own `answer`; `content` is bytes or the path of a file."""
        if isinstance(content, bytes):
            (self.files / name).write_bytes(content)
        else:
            shutil.copyfile(content, self.files / name)
        headers = [
            f"add_header {header} '{value}';" for header, value in answer.headers.items()
            if header.lower() not in OWN_HEADERS
        ]  # fmt: skip
        media_type = answer.headers["Content-Type"]
        self._locations.append(f"location = /{name} {{ types {{}} default_type '{media_type}'; {' '.join(headers)} }}")

    @contextmanager
    def served(self, logs=False):
        """Its base URL, while nginx serves it."""
        port = free_port()
        is_root = Path("/proc/self").stat().st_uid == 0
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(
                folder=self.folder, port=port, locations="\n        ".join(self._locations),
                user="user root;" if is_root else "",  # the folder is ours alone
                access_log=f"{self.folder}/access.log" if logs else "off",
            )  # fmt: skip
        )
        command = [executable(), "-p", self.folder, "-e", self.folder / "error.log", "-c", configuration]
        with running(command, self.folder / "nginx.out") as process:
            base = f"http://127.0.0.1:{port}/"
            wait_until(lambda: answers(base) or ended(process), "nginx answers")
            assert process.poll() is None, "nginx ended"
            yield Served(base, port, process)


class Served:
    def __init__(self, base, port, process):
        self.base_url = base
        self.port = port
        self._process = process

    def pids(self):
        return sorted(processes.descendants(self._process.pid))


def executable():
    return shutil.which("nginx") or "/usr/sbin/nginx"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def answers(url):
    try:
        return requests.get(url, timeout=5).status_code
    except requests.RequestException:
        return None


def ended(process):
    return process.poll() is not None
