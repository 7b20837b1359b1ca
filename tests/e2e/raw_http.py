"""HTTP over a bare socket: for requests that no client library would send."""

import socket
from dataclasses import dataclass, field


@dataclass
class RawResponse:
    version: str
    status: int
    reason: str
    headers: dict = field(default_factory=dict)  # names in lower case; repeated fields joined by ", "
    body: bytes = b""


class RawConnection:
    """One TCP connection. Every wait ends after `timeout` seconds."""

    def __init__(self, port, host="127.0.0.1", timeout=15.0):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self._in = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._in.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())
        return self

    def try_send(self, data):
        """As send, but a peer that has closed already is no error: it may refuse before reading all."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        return self

    def finish(self):
        """Says that nothing more comes."""
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def read_response(self, to="GET"):
        """The next answer, or None at the end of the connection. `to` is the method of the request."""
        try:
            line = self._in.readline(65536)
        except ConnectionResetError:
            return None
        if not line:
            return None
        version, status, reason = (line.decode("latin-1").rstrip("\r\n").split(" ", 2) + [""])[:3]
        response = RawResponse(version, int(status), reason)
        while (line := self._in.readline(65536)) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            key, value = name.lower(), value.strip()
            response.headers[key] = f"{response.headers[key]}, {value}" if key in response.headers else value
        response.body = self._read_body(response, to)
        return response

    def _read_body(self, response, to):
        if to == "HEAD" or response.status in (204, 304) or response.status < 200:
            return b""
        if response.headers.get("transfer-encoding") == "chunked":
            pieces = []
            while size := int(self._in.readline(1024).split(b";")[0], 16):
                pieces.append(self._in.read(size))
                assert self._in.readline(3) == b"\r\n", "a chunk must end with CRLF"
            assert self._in.readline(3) == b"\r\n", "the last chunk must end with an empty line"
            return b"".join(pieces)
        if "content-length" in response.headers:
            return self._in.read(int(response.headers["content-length"]))
        return self._in.read()

    def ask(self, data, to="GET"):
        """The final answer to a request: skips 1xx ones."""
        self.try_send(data)
        response = self.read_response(to)
        while response is not None and response.status < 200:
            response = self.read_response(to)
        return response

    def is_closed(self):
        """Waits until the server closes; False when it does not within the timeout, or sends something more."""
        try:
            return self._in.read(1) == b""
        except ConnectionResetError:
            return True
        except (TimeoutError, socket.timeout):
            return False
