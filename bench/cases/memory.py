"""Resident memory. What the kernel can drop at any time (the pages of files) counts only where the idle service is meant."""

import contextlib
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from contest import Case, Contest, Figure, fixed
from suite import random_resume

KB, MB = 1_000, 1_000_000
CONNECTIONS = 2_000
UPLOADS = 32
UPLOAD_BYTES = 10 * 1024 * 1024


@contextlib.contextmanager
def fresh_service(bench, **settings):
    """That has answered each kind of request once."""
    with bench.empty().service(**settings) as service:
        service.submitted()
        service.client(bench.token).get("/leads/").raise_for_status()
        time.sleep(1)  # the mails go out
        yield service


@contextlib.contextmanager
def peak_of(service):
    """A list whose one element is, after the block, how far the memory of the service rose in it."""
    before, peak, is_over = service.memory_bytes("RssAnon"), [], threading.Event()

    def watch():
        highest = before
        while not is_over.wait(0.002):
            highest = max(highest, service.memory_bytes("RssAnon"))
        peak.append(highest - before)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        is_over.set()
        watcher.join()


def idle(bench):
    def ours(_):
        with fresh_service(bench) as service:
            return Figure(service.memory_bytes())
    yield Contest(ours, {"a promise": fixed(20 * MB)})


def connection(bench):
    """Each has had an answer, and waits."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def ours(_):
        with fresh_service(bench, MAX_CONNECTIONS=CONNECTIONS + 100) as service:
            before = service.memory_bytes("RssAnon")
            connections = [service.raw() for _ in range(CONNECTIONS)]
            for one in connections:
                one.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                one.read_response()
            after = service.memory_bytes("RssAnon")
            for one in connections:
                one.close()
        return Figure((after - before) / CONNECTIONS)
    yield Contest(ours, {"a promise": fixed(8 * KB)})


def uploads(bench):
    content = random_resume(UPLOAD_BYTES)

    def ours(_):
        with fresh_service(bench) as service:
            together = threading.Barrier(UPLOADS)

            def upload(_):
                together.wait()
                return service.submit(content, client=service.client()).status_code
            with peak_of(service) as peak, ThreadPoolExecutor(UPLOADS) as pool:
                assert list(pool.map(upload, range(UPLOADS))) == [200] * UPLOADS
        return Figure(peak[0])
    yield Contest(ours, {"a promise": fixed(16 * MB)})


def whole_list(bench):
    place = bench.place("sqlite", bench.many_leads)

    def ours(_):
        with place.service() as service:
            service.client(bench.token).get("/leads/?limit=1").raise_for_status()
            with peak_of(service) as peak, service.client(bench.token).get("/leads/", stream=True) as response:
                assert sum(len(piece) for piece in response.iter_content(1 << 20)) > 200 * bench.many_leads
        return Figure(peak[0])
    yield Contest(ours, {"a promise": fixed(8 * MB)})


CASES = [
    Case("memory-idle", "memory, idle", 1.0, idle, "B", less_is_better=True),
    Case("memory-connection", "memory of an idle connection", 1.0, connection, "B", less_is_better=True),
    Case("memory-uploads", "memory more, 32 uploads of 10 MB at once", 1.0, uploads, "B", less_is_better=True),
    Case("memory-list", "memory more, a list of 1,000,000 leads, SQLite", 1.0, whole_list, "B", less_is_better=True),
]
