"""How much, how many, how long: every bound of a connection, and what happens beyond it."""

import random
import time
from pathlib import Path

import pytest

from harness import ADMIN
from polling import eventually
from resumes import TEXT, multipart
from tokens import token_for

GET = "GET /healthz HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("fields,passes", [(99, True), (100, False), (600, False)])
def test_a_hundred_fields_are_enough(service, fields, passes):
    with service.raw() as connection:
        answer = connection.ask(GET + "X: y\r\n" * fields + "\r\n")
        assert answer.status == (200 if passes else 431) or not passes and answer.status == 400
        assert passes or connection.is_closed()


@pytest.mark.parametrize("size,passes", [(8_000, True), (15_000, True), (17_000, False), (200_000, False)])
def test_a_header_section_has_sixteen_kibibytes(service, size, passes):
    with service.raw() as connection:
        answer = connection.ask(GET + "".join(f"X-{n}: {'y' * 500}\r\n" for n in range(size // 510)) + "\r\n")
        if passes:
            assert answer.status == 200
        else:
            assert answer is None or answer.status == 431
            assert connection.is_closed()


def test_one_huge_field_is_refused(service):
    with service.raw() as connection:
        answer = connection.ask(GET + "X: " + "y" * 100_000 + "\r\n\r\n")
        assert answer is None or answer.status == 431
        assert connection.is_closed()


def test_a_huge_target_is_refused(service):
    with service.raw() as connection:
        answer = connection.ask("GET /" + "x" * 100_000 + " HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer is None or answer.status in (414, 431)
        assert connection.is_closed()


def test_a_header_that_takes_too_long_ends_the_connection(service):
    """Trickled at one byte per half second, as Slowloris does."""
    begin = time.monotonic()
    with service.raw(timeout=0.5) as connection:
        connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\nX: ")
        while not ended(connection):
            assert time.monotonic() - begin < 14
    assert time.monotonic() - begin > 8


def ended(connection):
    """One more byte, half a second of listening; True once the server has closed, with or without an answer."""
    try:
        connection.send("y")
        data = connection.socket.recv(65536)
        assert not data or data.startswith(b"HTTP/1.1 408")
        return True
    except TimeoutError:
        return False
    except (BrokenPipeError, ConnectionResetError):
        return True


def test_a_body_that_trickles_ends_the_connection(service):
    """Less than 1 KiB/s, after 5 s."""
    begin = time.monotonic()
    with service.raw(timeout=0.5) as connection:
        connection.send("POST /token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                        "Content-Length: 60000\r\n\r\n")
        while not ended(connection):
            assert time.monotonic() - begin < 12
    assert time.monotonic() - begin > 4


def test_slow_clients_do_not_hold_up_others(service):
    slow = [service.raw() for _ in range(200)]
    try:
        for connection in slow:
            connection.send("POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                            "Content-Length: 1000\r\n\r\n--b")
        begin = time.monotonic()
        service.submitted()
        assert time.monotonic() - begin < 2
    finally:
        for connection in slow:
            connection.close()


def test_the_body_of_a_get_is_ignored(service):
    with service.raw() as connection:
        answer = connection.ask(f"GET /leads/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token_for(ADMIN)}\r\n"
                                "Content-Length: 5\r\n\r\nhello")
        assert answer.status == 200


@pytest.mark.parametrize("body", [b"username=" + b"x" * 70_000, b"a=b&" * 20_000])
def test_a_form_has_sixty_four_kibibytes(service, body):
    response = service.anonymous.post("/token", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert response.status_code == 413


@pytest.mark.parametrize("path,content_type,unit", [("/token", "application/x-www-form-urlencoded", b"a&"),
                                                    ("/token", "application/x-www-form-urlencoded", b"%"),
                                                    ("/token", "application/x-www-form-urlencoded", b";"),
                                                    ("/users/initial", "application/json", b"["),
                                                    ("/users/initial", "application/json", b'{"a":')])
def test_a_body_made_to_be_slow_to_read_is_cheap(service, path, content_type, unit):
    begin = time.monotonic()
    response = service.anonymous.post(path, data=unit * (60_000 // len(unit)), headers={"Content-Type": content_type})
    assert 400 <= response.status_code < 500
    assert time.monotonic() - begin < 3


def test_more_connections_than_allowed_wait_and_are_served_in_turn(start):
    service = start(MAX_CONNECTIONS=4)
    held = [service.raw() for _ in range(4)]
    for connection in held:
        assert connection.ask(GET + "\r\n").status == 200
    with service.raw() as waiting:
        waiting.send(GET + "\r\n")
        held.pop().close()
        assert waiting.read_response().status == 200
    for connection in held:
        connection.close()


def test_connections_cut_at_random_bytes_leak_nothing(service):
    """Descriptors, at the end of 300 broken uploads, are as many as before."""
    descriptors = Path(f"/proc/{service.process.pid}/fd")
    assert service.submit().status_code == 200
    before = len(list(descriptors.iterdir()))
    content_type, body = multipart({"first_name": "A", "last_name": "B", "email": "a@b.c"}, TEXT)
    request = (f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
               + body)
    chance = random.Random(1)
    for _ in range(300):
        with service.raw() as connection:
            connection.send(request[:chance.randrange(len(request))])
    eventually(lambda: len(list(descriptors.iterdir())) <= before + 8, 15)
