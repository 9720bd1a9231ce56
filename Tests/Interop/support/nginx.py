"""nginx with deploy/nginx/bonded.conf, in front of an index; and the certificates for it."""

import shutil
import socket
import ssl
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from .commands import REPOSITORY, run
from .services import Elsewhere, free_port, running
from .waiting import wait_until

CONFIGURATION = (REPOSITORY / "deploy/nginx/bonded.conf").read_text()

AROUND = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/temporary;
    proxy_temp_path {folder}/temporary;
    fastcgi_temp_path {folder}/temporary;
    uwsgi_temp_path {folder}/temporary;
    scgi_temp_path {folder}/temporary;
    include {folder}/bonded.conf;
}}
"""


class Authority:
    """Gives out certificates, each a pair of files (certificate, key)."""

    def __init__(self, folder, name):
        self._folder = folder / name
        self._folder.mkdir()
        self.certificate = self._folder / "authority.pem"
        self._key = self._folder / "authority.key"
        openssl("req", "-x509", *NEW_KEY, "-days", 2, "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.certificate)

    def give(self, subject, name, alternatives=None):
        certificate, key, request = (self._folder / f"{name}.{suffix}" for suffix in ("pem", "key", "request"))
        extensions = self._folder / f"{name}.extensions"
        extensions.write_text(f"subjectAltName={alternatives}\n" if alternatives else "basicConstraints=CA:FALSE\n")
        openssl("req", *NEW_KEY, "-subj", subject, "-keyout", key, "-out", request)
        openssl(
            "x509", "-req", "-in", request, "-days", 2, "-CA", self.certificate, "-CAkey", self._key,
            "-CAcreateserial", "-extfile", extensions, "-out", certificate,
        )  # fmt: skip
        return certificate, key


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def openssl(*arguments):
    run("openssl", *arguments).succeeded()


@contextmanager
def proxied(index, folder, certificate, administrators):
    """Runs nginx in front of an index; where it is.

    - certificate: the index's own, with its key.
    - administrators: the authority for administrators.
    """
    folder = Path(folder)
    port, plain_port = free_port(), free_port()
    tls = folder / "tls"
    tls.mkdir()
    shutil.copy(certificate[0], tls / "index.pem")
    shutil.copy(certificate[1], tls / "index.key")
    shutil.copy(administrators.certificate, tls / "administrators.pem")
    configuration = CONFIGURATION
    for there, here in {
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        "server 127.0.0.1:8080;": f"server {urlsplit(index.base_url).netloc};",
        "/etc/bonded/tls": str(tls),
        # So that 127.0.0.2 is a stranger.
        "allow 127.0.0.0/8;": "allow 127.0.0.1;",
    }.items():
        assert there in configuration, there
        configuration = configuration.replace(there, here)
    (folder / "bonded.conf").write_text(configuration)
    is_root = Path("/proc/self").stat().st_uid == 0
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user="user root;" if is_root else ""))
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"
    command = [nginx, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    with running(command, folder / "nginx.out") as process:
        proxy = Elsewhere(index, f"https://127.0.0.1:{port}/")
        proxy.plain_url = f"http://127.0.0.1:{plain_port}/"
        wait_until(lambda: accepts(port) or process.poll() is not None, "nginx answers")
        assert process.poll() is None, (folder / "nginx.out").read_text() + (folder / "error.log").read_text()
        yield proxy


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def protocol(index, authority):
    """What nginx takes of HTTP/2 and HTTP/1.1, as TLS agrees on it."""
    context = ssl.create_default_context(cafile=authority.certificate)
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = urlsplit(index.base_url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        with context.wrap_socket(connection, server_hostname=address.hostname) as secured:
            return secured.selected_alpn_protocol()
