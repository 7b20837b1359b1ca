"""An HTTP proxy that fails as networks and stores do, when it is told to.

The file of faults is read for every request: {"next": ["500", "cut_answer"], "rate": 0.1, "kinds": [...], "seed": 1}. First the
faults of "next" are used up, one a request ("none" is one, too); then each request fails with the chance "rate", in one of the
ways of "kinds". "only" restricts all of it to some methods.

412, 500, 503     the answer, whatever was asked; the request has not reached the store
lost_answer       the store has done it, but the connection ends before the answer
cut_request       the connection ends in the middle of the request's body
cut_answer        it ends in the middle of the answer's body
corrupt_request   one byte of the request's body is another
corrupt_answer    one byte of the answer's body is another
stall             nothing comes, for as long as the client waits
down              each connection ends with its next request
"""

import json
import random
import socket

import eventlet

KINDS = ["500", "503", "lost_answer", "cut_request", "cut_answer", "corrupt_request", "corrupt_answer"]
ERROR = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>asked to</Message></Error>"
ERRORS = {"500": (b"500 Internal Server Error", b"InternalError"), "503": (b"503 Slow Down", b"SlowDown"),
          "412": (b"412 Precondition Failed", b"PreconditionFailed")}


class Closed(Exception):
    """One side is gone."""


def read_head(stream):
    if not stream.peek(1)[:1].isalpha():
        raise Closed  # gone, or no HTTP
    lines = []
    while True:
        line = stream.readline(65536)
        if not line:
            raise Closed
        if line in (b"\r\n", b"\n"):
            return lines
        lines.append(line.rstrip(b"\r\n"))


def field(head, name):
    for line in head[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


def read_body(stream, head, is_bodiless=False):
    if is_bodiless:
        return b""
    if (field(head, b"transfer-encoding") or b"").lower() == b"chunked":
        body = b""
        while True:
            size = int(stream.readline().split(b";")[0], 16)
            body += stream.read(size)
            stream.readline()
            if size == 0:
                return body
    length = int(field(head, b"content-length") or 0)
    body = stream.read(length)
    if len(body) < length:
        raise Closed
    return body


def as_bytes(head, body):
    """With a length in place of chunks, so that the body can be changed."""
    if (field(head, b"transfer-encoding") or b"") != b"":
        head = [line for line in head if not line.lower().startswith(b"transfer-encoding:")]
        head.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def corrupted(body, chance):
    if not body:
        return body
    at = chance.randrange(len(body))
    return body[:at] + bytes([body[at] ^ 0x20]) + body[at + 1:]


class FaultProxy:
    def __init__(self, upstream_port, faults_file):
        self._upstream_port = upstream_port
        self._file = faults_file
        self._socket = eventlet.listen(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self._stamp = None
        self._faults = {}
        self._used = 0
        self._chance = random.Random(1)

    def serve(self):
        while True:
            connection, _ = self._socket.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            eventlet.spawn_n(self._talk, connection)

    def _read_faults(self):
        try:
            stamp = self._file.stat()
            stamp = (stamp.st_mtime_ns, stamp.st_ino)
            if stamp != self._stamp:
                self._faults = json.loads(self._file.read_text())
                self._stamp, self._used = stamp, 0
                self._chance = random.Random(self._faults.get("seed", 1))
        except FileNotFoundError:
            pass
        return self._faults

    def _fault_for(self, method):
        faults = self._read_faults()
        if method not in faults.get("only", [method]):
            return "none"
        planned = faults.get("next", [])
        if self._used < len(planned):
            self._used += 1
            return planned[self._used - 1]
        if self._chance.random() < faults.get("rate", 0):
            return self._chance.choice(faults.get("kinds", KINDS))
        return "none"

    def _talk(self, client):
        try:
            with client, socket.create_connection(("127.0.0.1", self._upstream_port)) as store:
                streams = client.makefile("rb"), store.makefile("rb")
                while self._pass_on(client, store, *streams):
                    pass
        except (Closed, OSError, ValueError):
            pass

    def _pass_on(self, client, store, from_client, from_store):
        """One request. @return whether the connection lives on"""
        head = read_head(from_client)
        if self._read_faults().get("down"):
            return False
        method = head[0].split()[0].decode()
        fault = self._fault_for(method)
        if fault == "cut_request":
            length = int(field(head, b"content-length") or 0)
            from_client.read(length // 2)
            return False
        body = read_body(from_client, head)
        if fault == "stall":
            eventlet.sleep(300)
            return False
        if fault in ERRORS:
            status, code = ERRORS[fault]
            text = b"" if method == "HEAD" else ERROR % code
            client.sendall(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(text), text))
            return True
        store.sendall(as_bytes(head, corrupted(body, self._chance) if fault == "corrupt_request" else body))
        answer = read_head(from_store)
        while answer[0].split()[1] == b"100":
            answer = read_head(from_store)
        is_bodiless = method == "HEAD" or answer[0].split()[1] in (b"204", b"304")
        answer_body = read_body(from_store, answer, is_bodiless)
        if fault == "lost_answer":
            return False
        if fault == "corrupt_answer":
            answer_body = corrupted(answer_body, self._chance)
        data = as_bytes(answer, answer_body)
        if fault == "cut_answer":
            client.sendall(data[:len(data) - len(answer_body) // 2 - 1])
            return False
        client.sendall(data)
        return (field(answer, b"connection") or b"").lower() != b"close"
