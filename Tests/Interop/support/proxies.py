"""A proxy in front of the index that records what is asked for and can change what is answered."""

import threading
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import requests

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    request_headers: dict
    status: int
    headers: dict


@dataclass(frozen=True)
class Answer:
    """What somebody else says in the index's place."""

    body: bytes | Iterable[bytes]  # pieces are sent one by one, for as long as somebody takes them
    content_type: str = "application/octet-stream"
    status: int = 200
    length: int | None = None  # what is promised of pieces; without, they end where the connection does
    headers: dict = field(default_factory=dict)  # further ones


@contextmanager
def proxy(index, change=None, change_headers=None, change_request=None, instead=None):
    """Runs a proxy to `index`; yields its base URL and the list of exchanges so far.

    - instead: (path, request headers) -> an Answer, for which the index is not asked, or None
    - change: (path, body) -> body
    - change_headers: (path, headers) -> headers
    - change_request: (path, body) -> body
    """
    exchanges = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            other = instead and instead(self.path, self.headers)
            if other:
                return self.answer(other)
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP | {"host"}}
            if change:
                headers["Accept-Encoding"] = "identity"  # what is to be changed must be readable
            if change_request:
                sent = change_request(self.path, sent)
                headers = {name: value for name, value in headers.items() if name.lower() != "content-length"}
            blank = dict.fromkeys(("Accept", "Accept-Encoding", "User-Agent"))
            with requests.request(
                self.command, urljoin(index.base_url, self.path), headers=blank | headers,
                data=sent, allow_redirects=False, stream=True, timeout=30,
            ) as answer:  # fmt: skip
                body = answer.raw.read(decode_content=False)
            given = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            if change and self.command != "HEAD":
                body = change(self.path, body)
                given = {name: value for name, value in given.items() if name.lower() != "content-length"}
                given["Content-Length"] = str(len(body))
            if change_headers:
                given = change_headers(self.path, given)
            exchanges.append(Exchange(self.command, self.path, dict(self.headers), answer.status_code, given))
            self.send_response_only(answer.status_code, answer.reason)
            for name, value in given.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def answer(self, other):
            whole = isinstance(other.body, bytes)
            length = len(other.body) if whole else other.length
            headers = {"Content-Type": other.content_type} | other.headers
            headers |= {} if length is None else {"Content-Length": str(length)}
            headers |= {} if whole else {"Connection": "close"}
            exchanges.append(Exchange(self.command, self.path, dict(self.headers), other.status, headers))
            self.send_response_only(other.status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            try:
                for piece in [other.body] if whole else other.body:
                    self.wfile.write(piece)
            except OSError:  # whoever asked has left
                pass
            self.close_connection = not whole

        do_HEAD = do_POST = do_DELETE = do_GET

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", exchanges
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def through(index, base_url, url):
    """One of the index's URLs, behind the proxy."""
    assert urlsplit(url).netloc == urlsplit(index.base_url).netloc
    return url.replace(index.base_url, base_url, 1)
