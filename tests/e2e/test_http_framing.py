"""Requests on which two readers could disagree where they end: refused, and the connection ends."""

import json

import pytest

from raw_http import RawConnection
from tokens import token_for
from harness import ADMIN

SMUGGLED = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GET = "GET /healthz HTTP/1.1\r\n"

MALFORMED = {
    # Transfer-Encoding (RFC 9112, 6.1 and 6.3)
    "length and chunked": POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "gzip and length": POST + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    "gzip alone": POST + "Transfer-Encoding: gzip\r\n\r\n",
    "identity": POST + "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello",
    "xchunked": POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "empty transfer-encoding": POST + "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\nhello",
    "chunked, gzip": POST + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "gzip, chunked": POST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked, chunked": POST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "two transfer-encodings": POST + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked with a parameter": POST + "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n",
    "quoted chunked": POST + 'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked on HTTP/1.0": POST.replace("1.1", "1.0") + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before the colon of transfer-encoding": POST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "vertical tab before chunked": POST + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    # Content-Length (6.2)
    "two lengths": POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "the same length twice": POST + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "a list of lengths": POST + "Content-Length: 5, 5\r\n\r\nhello",
    "a negative length": POST + "Content-Length: -1\r\n\r\n",
    "a positive sign": POST + "Content-Length: +5\r\n\r\nhello",
    "a hexadecimal length": POST + "Content-Length: 0x5\r\n\r\nhello",
    "a length with a space": POST + "Content-Length: 5 5\r\n\r\nhello",
    "an empty length": POST + "Content-Length:\r\n\r\n",
    "an overflowing length": POST + "Content-Length: 18446744073709551621\r\n\r\nhello",
    "a fraction": POST + "Content-Length: 5.0\r\n\r\nhello",
    # chunks (7.1)
    "a chunk size that is none": POST + "Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
    "a negative chunk size": POST + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "a chunk size with 0x": POST + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "an overflowing chunk size": POST + "Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    "an empty chunk size": POST + "Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n",
    "a chunk that is longer than it says": POST + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n",
    "a chunk line ended by LF": POST + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n",
    "chunk data ended by LF": POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\n0\r\n\r\n",
    "a huge chunk extension": POST + "Transfer-Encoding: chunked\r\n\r\n5;" + "x" * 1000 + "\r\nhello\r\n0\r\n\r\n",
    "endless trailers": POST + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + "X-Trailer: x\r\n" * 600 + "\r\n",
    # Host (3.2)
    "no host": GET + "\r\n",
    "two hosts": GET + "Host: x\r\nHost: x\r\n\r\n",
    "a list of hosts": GET + "Host: x, y\r\n\r\n",
    "a host with userinfo": GET + "Host: user@x\r\n\r\n",
    "a host with a path": GET + "Host: x/y\r\n\r\n",
    "a host with a space": GET + "Host: x y\r\n\r\n",
    "a port that is none": GET + "Host: x:port\r\n\r\n",
    "a host with a control character": GET + "Host: x\x01\r\n\r\n",
    # fields (5)
    "a folded field": GET + "Host: x\r\nX-Folded: a\r\n b\r\n\r\n",
    "a first line that is folded": GET + " Host: x\r\n\r\n",
    "a field without a colon": GET + "Host: x\r\nnonsense\r\n\r\n",
    "a field without a name": GET + "Host: x\r\n: value\r\n\r\n",
    "a name with a space": GET + "Host: x\r\nX Name: v\r\n\r\n",
    "a space before the colon": GET + "Host : x\r\n\r\n",
    "a name with a control character": GET + "Host: x\r\nX\x01: v\r\n\r\n",
    "a name beyond ASCII": GET.encode() + b"Host: x\r\nX-\xe9: v\r\n\r\n",
    "a value with NUL": GET + "Host: x\r\nX: a\x00b\r\n\r\n",
    "a value with a bare CR": GET + "Host: x\r\nX: a\rb\r\n\r\n",
    "a value with an escape": GET + "Host: x\r\nX: a\x1bb\r\n\r\n",
    "lines ended by LF": "GET /healthz HTTP/1.1\nHost: x\n\n",
    "one line ended by LF": GET + "Host: x\nX: y\r\n\r\n",
    "lines ended by CR": "GET /healthz HTTP/1.1\rHost: x\r\r",
    # request line (3)
    "HTTP/0.9": "GET /healthz\r\n\r\n",
    "HTTP/1.2": "GET /healthz HTTP/1.2\r\nHost: x\r\n\r\n",
    "HTTP/2.0": "GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "lower case": "GET /healthz http/1.1\r\nHost: x\r\n\r\n",
    "a version with a blank": "GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n",
    "a long version": "GET /healthz HTTP/1.10\r\nHost: x\r\n\r\n",
    "two blanks": "GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tab": "GET\t/healthz\tHTTP/1.1\r\nHost: x\r\n\r\n",
    "a blank in the target": "GET /health z HTTP/1.1\r\nHost: x\r\n\r\n",
    "no target": "GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "a relative target": "GET healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "an asterisk": "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": "GET /healthz#x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a backslash": "GET \\healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target beyond ASCII": b"GET /health\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target with NUL": "GET /health\x00z HTTP/1.1\r\nHost: x\r\n\r\n",
    "an absolute target of another host": "GET http://other/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target of another scheme": "GET ftp://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method that is no token": "G(ET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    "TLS instead of HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100) + b"\r\n\r\n",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_request_of_doubtful_framing_is_refused_and_ends_the_connection(service, case):
    request = MALFORMED[case]
    with service.raw() as connection:
        connection.try_send((request if isinstance(request, bytes) else request.encode("latin-1")) + SMUGGLED.encode())
        connection.finish() if case in ("lines ended by CR", "TLS instead of HTTP") else None
        answer = connection.read_response()
        if answer is not None:
            assert 400 <= answer.status < 600 and answer.status not in (401, 404, 500), answer
            assert answer.headers.get("connection") == "close"
            assert set(json.loads(answer.body)) == {"detail"}
        assert connection.is_closed(), "what follows must not be answered"


def test_the_good_requests_next_to_these_are_answered(service):
    for request in (POST + "Content-Length: 0\r\n\r\n", POST + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                    POST + "transfer-encoding: Chunked\r\n\r\n5;ext=1\r\na=b&c\r\n0\r\nX-Trailer: t\r\n\r\n",
                    GET + "Host: x:8000\r\n\r\n", GET + "Host: [::1]:80\r\n\r\n", GET + "Host: 127.0.0.1\r\n\r\n",
                    GET + "Host:x\r\nX-Empty:\r\nX-Tab:\tv\t\r\n\r\n", "GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n",
                    "GET /healthz?a=%20&b=c HTTP/1.1\r\nHost: x\r\n\r\n", "\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        with service.raw() as connection:
            answer = connection.ask(request + SMUGGLED)
            assert answer.status in (200, 422), request
            assert connection.read_response().status == 200, request


def test_a_body_that_a_get_brings_is_not_read_as_the_next_request(service):
    with service.raw() as connection:
        connection.send(GET + f"Host: x\r\nContent-Length: {len(SMUGGLED)}\r\n\r\n" + SMUGGLED.replace("healthz", "nothing"))
        statuses = []
        while (answer := connection.read_response()) is not None and len(statuses) < 3:
            statuses.append(answer.status)
            if answer.headers.get("connection") == "close":
                break
            connection.try_send(GET + "Host: x\r\nConnection: close\r\n\r\n")
        assert 404 not in statuses and statuses[0] in (200, 400, 413)


def test_pipelined_requests_are_answered_in_their_order(service):
    paths = ["/healthz", "/nothing", "/leads/", "/openapi.json", "/healthz"]
    with service.raw() as connection:
        connection.send("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths))
        assert [connection.read_response().status for _ in paths] == [200, 404, 401, 200, 200]


def test_pipelined_submissions_are_each_stored_once(service):
    body = (b'--b\r\nContent-Disposition: form-data; name="resume"; filename="r.txt"\r\n\r\nhello\r\n--b--\r\n')
    before = len(service.leads())
    with service.raw() as connection:
        one = (f"POST /leads/?first_name=A&last_name=B&email=a@b.c HTTP/1.1\r\nHost: x\r\n"
               f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body
        connection.send(one * 10)
        uuids = {json.loads(connection.read_response().body)["uuid"] for _ in range(10)}
    assert len(uuids) == 10 and len(service.leads()) == before + 10


def test_a_request_may_come_byte_by_byte(service):
    with service.raw() as connection:
        for byte in (GET + "Host: x\r\n\r\n").encode():
            connection.send(bytes([byte]))
        assert connection.read_response().status == 200


def test_a_refusal_before_the_body_does_not_confuse_the_connection(service):
    """The 401 goes out before the body has come: what remains of it is no request."""
    with service.raw() as connection:
        connection.send(f"PUT /leads/x/status HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        f"Content-Length: {len(SMUGGLED)}\r\n\r\n{SMUGGLED.replace('healthz', 'nothing')}")
        assert connection.read_response().status == 401
        following = connection.try_send(GET + "Host: x\r\n\r\n").read_response()
        assert following is None or following.status == 200


def test_http_1_0_closes_unless_asked_otherwise(service):
    with service.raw() as connection:
        answer = connection.ask("GET /healthz HTTP/1.0\r\n\r\n")
        assert answer.status == 200 and connection.is_closed()
    with service.raw() as connection:
        request = "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        assert connection.ask(request).status == 200
        assert connection.ask(request).status == 200


def test_http_1_0_never_gets_chunks(service):
    with RawConnection(service.port) as connection:
        answer = connection.ask(f"GET /leads/ HTTP/1.0\r\nAuthorization: Bearer {token_for(ADMIN)}\r\n\r\n")
        assert answer.status == 200 and "transfer-encoding" not in answer.headers
        assert isinstance(json.loads(answer.body), list)


def test_a_connection_stays_open_until_the_client_says_close(service):
    with service.raw() as connection:
        assert connection.ask(GET + "Host: x\r\n\r\n").status == 200
        answer = connection.ask(GET + "Host: x\r\nConnection: close\r\n\r\n")
        assert answer.status == 200 and answer.headers["connection"] == "close"
        assert connection.is_closed()
