"""GET /leads/events: what happens to leads, told to everybody who listens, as it happens."""

import contextlib
import time

import pytest

from command_line import activate, deactivate
from events import PATH, Stream
from harness import ADMIN, ATTORNEY
from polling import eventually
from tokens import token_for

KEEP_ALIVE = 15


@pytest.fixture
def listen():
    """listen(client): a stream that is closed in the end."""
    with contextlib.ExitStack() as stack:
        yield lambda client, **options: stack.enter_context(contextlib.closing(Stream(client, **options)))


def streams_of(service):
    return int(float(next(line.split()[1] for line in service.anonymous.get("/metrics").text.splitlines()
                          if line.startswith("alma_event_streams "))))


def test_everything_that_happens_to_a_lead_is_told_once_and_in_order(service, listen):
    stream = listen(service.attorney)
    lead = service.submitted()["uuid"]
    attorney = service.attorney
    attorney.put(f"/leads/{lead}/status", json={"status": "REACHED_OUT"})
    attorney.post(f"/leads/{lead}/claim")
    note = attorney.post(f"/leads/{lead}/notes", json={"text": "called"}).json()["id"]
    attorney.delete(f"/leads/{lead}/notes/{note}")
    attorney.get(f"/leads/{lead}/resume")
    attorney.post("/leads/bulk/status", json={"uuids": [lead], "status": "PENDING"})
    service.admin.delete(f"/leads/{lead}")
    told = [stream.event() for _ in range(7)]
    assert [event["change"] for event in told] == ["CREATED"] + 5 * ["CHANGED"] + ["ERASED"]
    assert {event["uuid"] for event in told} == {lead}

    # Also when the audit log has moved all of it: what comes next is the next change.
    eventually(lambda: any(entry["action"] == "LEAD_ERASED" and entry["lead_uuid"] == lead
                           for entry in service.admin.get("/admin/audit/").json()), 10, "the entries are sealed")
    another = service.submitted()["uuid"]
    assert stream.event() == {"uuid": another, "change": "CREATED"}


def test_a_change_is_told_at_once(service, listen):
    stream = listen(service.attorney)
    durations = []
    for _ in range(5):
        begin = time.monotonic()
        service.submitted()
        stream.event()
        durations.append(time.monotonic() - begin)
    assert min(durations) < 0.5, "the poll alone would take half a second on average"


def test_every_listener_is_told(service, listen):
    streams = [listen(client) for client in [service.attorney] * 5 + [service.admin] * 5]
    lead = service.submitted()["uuid"]
    assert [stream.event()["uuid"] for stream in streams] == [lead] * 10


def test_no_proxy_keeps_or_changes_what_is_said(service, listen):
    headers = listen(service.attorney).response.headers
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["X-Accel-Buffering"] == "no"
    assert "no-store" in headers["Cache-Control"]
    assert "Content-Encoding" not in headers and "Content-Length" not in headers


def test_a_client_that_goes_is_noticed_before_the_next_keep_alive(service):
    stream = Stream(service.attorney)
    assert streams_of(service) >= 1
    stream.close()
    eventually(lambda: streams_of(service) == 0, 5, "its place is free")


def test_head_takes_no_place(service):
    assert service.attorney.head(PATH).headers["Content-Type"] == "text/event-stream"
    eventually(lambda: streams_of(service) == 0, 5)


def test_half_of_the_connections_are_kept_for_others(start, listen):
    service = start(MAX_CONNECTIONS=8)
    streams = [listen(service.attorney) for _ in range(4)]
    refused = service.attorney.get(PATH)
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    assert service.attorney.get("/leads/").status_code == 200
    streams[0].close()
    eventually(lambda: streams_of(service) == 3, 5)
    listen(service.attorney)


def test_a_stop_ends_streams_at_once_and_whole(start, listen):
    service = start()
    streams = [listen(service.attorney) for _ in range(3)]
    begin = time.monotonic()
    service.terminate()
    assert [stream.block() for stream in streams] == [[], [], []]
    assert service.wait(10) == 0
    assert time.monotonic() - begin < 5
    assert "cut off" not in service.log()


def test_whoever_may_not_listen_any_more_hears_no_more_than_one_keep_alive(service, listen):
    expiring = service.client(token_for(ADMIN, KEEP_ALIVE // 2))
    begin = time.monotonic()
    ended, other, lasting = (listen(client, timeout=2 * KEEP_ALIVE) for client in (service.attorney, expiring, service.admin))
    deactivate(service.storage, ATTORNEY)
    try:
        assert lasting.block() == [": keep-alive"]
        assert time.monotonic() - begin > KEEP_ALIVE
        assert ended.block() == [] and other.block() == []
        lead = service.submitted()["uuid"]
        assert lasting.event()["uuid"] == lead
    finally:
        activate(service.storage, ATTORNEY)


@pytest.mark.postgresql
def test_what_another_instance_did_is_told_within_about_a_second_and_once(instances, listen):
    one, other = (service.start() for service in instances(2))
    streams = [listen(one.attorney), listen(other.attorney)]
    for number in range(6):
        begin = time.monotonic()
        lead = (one, other)[number % 2].submitted()["uuid"]
        assert [stream.event() for stream in streams] == [{"uuid": lead, "change": "CREATED"}] * 2
        assert time.monotonic() - begin < 3
        time.sleep(0.3 * (number % 3))  # before and after it was sealed, by whichever of them
