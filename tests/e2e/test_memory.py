"""Figures of the release binary."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import RELEASE_BINARY
from polling import eventually
from resumes import MAX_BYTES, Resume, multipart, random_resume

MB = 1_000_000

pytestmark = pytest.mark.release


@pytest.fixture
def release(start):
    def start_release(**settings):
        return start(binary=release_binary(), **settings)
    return start_release


def release_binary():
    assert RELEASE_BINARY.exists(), (f"{RELEASE_BINARY} is missing: cmake --preset release && ninja -C build/release app, "
                                     "or set ALMA_RELEASE_BINARY")
    return RELEASE_BINARY


def peak_during(service, work, kind="VmRSS"):
    """The highest figure seen while `work` runs."""
    peak, done = [service.memory_bytes(kind)], threading.Event()

    def watch():
        while not done.wait(0.005):
            peak[0] = max(peak[0], service.memory_bytes(kind))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    return peak[0]


def test_an_idle_service_takes_less_than_30_mb(release):
    service = release()
    service.submitted()
    service.leads()
    eventually(lambda: service.memory_bytes() < 30 * MB, 5, "resident set below 30 MB")


def test_32_uploads_of_10_mb_at_once_take_less_than_100_mb(release):
    service = release()
    content = random_resume(MAX_BYTES)
    together = threading.Barrier(32)

    def upload(_):
        together.wait()
        return service.submit(content, client=service.client()).status_code

    def all_uploads():
        with ThreadPoolExecutor(32) as pool:
            assert list(pool.map(upload, range(32))) == [200] * 32
    assert peak_during(service, all_uploads) < 100 * MB


def test_32_slow_uploads_that_stop_halfway_take_less_than_100_mb(release):
    service = release()
    content_type, body = multipart({"first_name": "A", "last_name": "B", "email": "a@b.c"}, random_resume(MAX_BYTES))
    head = (f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").encode()
    connections = []

    def halves():
        for _ in range(32):
            connection = service.raw()
            connection.send(head + body[:MAX_BYTES // 2])
            connections.append(connection)
        assert service.submit().status_code == 200
    assert peak_during(service, halves) < 100 * MB
    for connection in connections:
        connection.close()


def test_a_list_of_100000_leads_takes_no_memory_of_its_size(release, start):
    storage = start.storage()
    storage.insert_leads(100_000)
    service = release(storage=storage)
    service.submitted()
    before = service.memory_bytes("RssAnon")

    def read_all():
        with service.attorney.get("/leads/", stream=True) as response:
            assert sum(len(piece) for piece in response.iter_content(65536)) > 20 * MB
    # Without the pages of a database file that is mapped: they are the kernel's to drop.
    assert peak_during(service, read_all, "RssAnon") < before + 5 * MB


def test_an_export_of_100000_leads_takes_no_memory_of_its_size(release, start):
    storage = start.storage()
    storage.insert_leads(100_000)
    service = release(storage=storage)
    eventually(lambda: storage.query("SELECT count(*) FROM lead_search_backlog")[0][0] == 0, 180, "the leads are indexed")
    before = service.memory_bytes("RssAnon")

    def export():
        with service.attorney.get("/leads/export", params={"q": "example.com"}, stream=True) as response:
            assert sum(piece.count(b"\n") for piece in response.iter_content(65536)) == 100_001
    assert peak_during(service, export, "RssAnon") < before + 5 * MB


def test_downloads_to_slow_clients_take_no_memory_of_their_size(release):
    service = release()
    lead = service.submitted(Resume("resume.txt", b"R " + random_resume(MAX_BYTES - 2).content))
    token = service.attorney.headers["Authorization"]
    request = f"GET /leads/{lead['uuid']}/resume HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"

    def half_downloads():
        connections = [service.raw() for _ in range(32)]
        for connection in connections:
            connection.send(request)
            connection.socket.recv(1000)
        assert service.submit().status_code == 200
        for connection in connections:
            connection.close()
    assert peak_during(service, half_downloads) < 100 * MB
