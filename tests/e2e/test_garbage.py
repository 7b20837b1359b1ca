"""Random and mutated bytes at the socket: no crash, no leak, no hang.

ALMA_GARBAGE_MB sets how much (3 by default; a longer run takes 100).
"""

import os
import random
import socket

from resumes import TEXT, multipart, real_resume
from tokens import token_for
from harness import ADMIN

MEGABYTES = float(os.environ.get("ALMA_GARBAGE_MB", "3"))

CONTENT_TYPE, BODY = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}, TEXT)
_, DOCX_BODY = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}, real_resume("docx"))


def post(path, content_type, body):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token_for(ADMIN)}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


SEEDS = [
    post("/leads/?first_name=A%20B&last_name=%C3%A9", CONTENT_TYPE, BODY),
    post("/leads/", CONTENT_TYPE, DOCX_BODY[:8000]),
    post("/users/", "application/json", b'{"email":"a@b.c","password":"12345678","role":"X","list":[1,2.5e3,null,"\\u00e9"]}'),
    post("/token", "application/x-www-form-urlencoded", b"username=&grant_type=password&x=%41%42"),
    b"POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;e=1\r\na=b&c\r\n1\r\nd\r\n0\r\nT: v\r\n\r\n",
    f"GET /leads/?limit=2&q=a&sort=-created_at&cursor=AAAA&status=PENDING HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
    f"{token_for(ADMIN)}\r\n\r\n".encode(),
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=\"[::1]:1\"\r\n\r\n",
]
TOKENS = [b"\r\n", b"\r\n\r\n", b"\x00", b"\xff", b"--", b"%", b"%%", b'"', b"\\", b"Content-Length: 5\r\n", b"chunked", b"0",
          b"4294967296", b"-1", b"{", b"[", b";", b"=", b"&", b":", b"\x7f", b"\xc3\xa9", b"\xe2\x80\xae"]


def mutated(chance):
    data = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randrange(1, 8)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(6):
            case 0:
                data[at:at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at:at] = chance.choice(TOKENS)
            case 2:
                del data[at:at + chance.randrange(1, 50)]
            case 3:
                data[at:at] = data[at:at + chance.randrange(1, 200)] * chance.randrange(1, 4)
            case 4:
                data[at:at] = chance.randbytes(chance.randrange(1, 50))
            case 5:
                other = chance.choice(SEEDS)
                data[at:] = other[chance.randrange(len(other)):]
    return bytes(data)


def throw(port, data):
    """Sends it all, and waits for the server to be done with it (or for half a second)."""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        except OSError:
            pass


def test_garbage_does_no_harm(start):
    service = start(LOG_LEVEL="warning")
    chance = random.Random(int(os.environ.get("ALMA_GARBAGE_SEED", "1")))
    sent, warm = 0, None
    while sent < MEGABYTES * 1_000_000:
        data = chance.randbytes(chance.randrange(1, 4000)) if chance.random() < 0.2 else mutated(chance)
        throw(service.port, data)
        sent += len(data)
        if warm is None and sent > MEGABYTES * 300_000:
            warm = service.memory_bytes()
        assert service.process.poll() is None, service.log()[-4000:]
    assert service.submit().status_code == 200
    leads = service.leads()
    assert len(leads) == len(service.storage.objects())
    # ASan keeps freed memory in quarantine (256 MB), hence the allowance.
    assert service.memory_bytes() < warm + 300_000_000
    assert "request failed" not in service.log()
    metrics = service.anonymous.get("/metrics").text
    assert 'status="400"' in metrics and 'status="500"' not in metrics
