"""HTTP/1.1 with as little work as can be, so that it is the server that is measured."""

import socket
from urllib.parse import urlsplit


class Connection:
    """One connection, kept alive over its requests."""

    def __init__(self, url, timeout=300):
        address = urlsplit(url)
        self.host = address.netloc
        self._socket = socket.create_connection((address.hostname, address.port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)

    def send_file(self, path):
        with open(path, "rb") as file:
            self._socket.sendfile(file)

    def get(self, path):
        self.send(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\nUser-Agent: bench\r\n\r\n".encode())
        return self.receive()

    def receive(self):
        """One answer with a Content-Length: (status, {lower-case name: value}, body)."""
        data = self._left
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        status, *fields = data[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        start, stop = end + 4, end + 4 + int(headers["content-length"])
        while len(data) < stop:
            data += self._more()
        self._left = data[stop:]
        return int(status.split()[1]), headers, data[start:stop]

    def _more(self):
        data = self._socket.recv(1 << 16)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data
