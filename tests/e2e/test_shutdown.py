"""The end of the process, and a second one that wants what the first one has."""

import json
import signal
import socket
import time

import pytest

from harness import run
from polling import eventually
from resumes import multipart, random_resume


def slow_upload(service):
    """A connection on which half of a submission has been sent, and the other half."""
    content_type, body = multipart({"first_name": "Slow", "last_name": "Client", "email": "slow@example.com"},
                                   random_resume(300_000))
    connection = service.raw()
    connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:150_000])
    return connection, body[150_000:]


def refuses_connections(service):
    try:
        socket.create_connection(("127.0.0.1", service.port), timeout=1).close()
        return False
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_finished_before_the_end(start, number):
    service = start()
    connection, rest = slow_upload(service)
    service.anonymous.get("/healthz")
    service.process.send_signal(number)
    eventually(lambda: refuses_connections(service), 5, "no new connections are taken")
    with connection:
        answer = connection.ask(rest)
        assert answer.status == 200, answer
        lead = json.loads(answer.body)
        assert connection.is_closed()
    assert service.wait(10) == 0
    service.start()
    assert [stored["uuid"] for stored in service.leads()] == [lead["uuid"]]
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").content == random_resume(300_000).content


def test_a_second_signal_ends_the_process_at_once(start):
    service = start()
    connection, _ = slow_upload(service)
    service.anonymous.get("/healthz")
    service.terminate()
    eventually(lambda: "stopping" in service.log(), 5, "it waits for the upload")
    service.terminate()
    assert service.wait(3) == 1
    service.process = None
    assert "second signal" in service.log()
    connection.close()
    service.start()
    assert service.leads() == [] and service.storage.objects() == set()


def test_idle_connections_do_not_hold_up_the_end(start):
    service = start()
    with service.raw() as idle, service.raw() as used:
        used.ask("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        begin = time.monotonic()
        service.terminate()
        assert used.is_closed() and idle.is_closed()
        assert service.wait(10) == 0
        assert time.monotonic() - begin < 5


def test_a_client_that_never_finishes_is_waited_for_ten_seconds_at_most(start):
    service = start()
    connection, _ = slow_upload(service)
    begin = time.monotonic()
    service.terminate()
    assert service.wait(14) == 0
    assert time.monotonic() - begin < 12.5
    connection.close()
    service.start()
    assert service.leads() == [] and service.storage.objects() == set()


def test_a_second_service_on_the_same_port_says_so(start):
    first = start()
    second = run(start.storage(), first.directory / "second", "serve", PORT=first.port, within=20)
    assert second.returncode != 0
    assert str(first.port) in second.stderr and "in use" in second.stderr
    assert first.anonymous.get("/healthz").status_code == 200


@pytest.mark.embedded
def test_a_second_service_on_the_same_data_directory_names_the_first(start):
    first = start()
    second = run(first.storage, first.directory / "second", "serve", PORT=0, within=20)
    assert second.returncode != 0
    assert str(first.process.pid) in second.stderr and "DATA_DIR" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
    assert first.submit().status_code == 200


def test_a_killed_service_leaves_no_lock_behind(start):
    service = start()
    service.kill()
    service.start()
    assert service.submit().status_code == 200
