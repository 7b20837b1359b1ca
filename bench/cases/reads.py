"""Small answers: 64 connections that ask all the time, for one lead after the other of a whole table; and what an answer costs."""

import struct

from contest import Case, Contest, Figure, fixed
from places import program
from static_server import Nginx
from tools import Requests, pgbench, system_calls_of

UUIDS = 100
# What the service asks for the lead (src/leads/lead_store.cpp). For the token it asks for the user, too.
SELECT = "SELECT uuid, first_name, last_name, email, status, created_at, updated_at FROM leads WHERE uuid = $1"


def paths_of(place):
    return [f"/leads/{uuid}" for uuid in place.lead_uuids(UUIDS)]


def reads_of(service, place, token):
    return Requests(service.url, paths_of(place), token)


def healthz(bench):
    """Limit: nginx with one worker, the same text from its configuration."""
    with bench.place("sqlite", bench.leads).service(THREADS=1) as service:
        answer = service.anonymous.get("/healthz")
        with Nginx(bench.new_directory("nginx"), like=answer, text=answer.text) as nginx:
            ours = Requests(service.url, ["/healthz"])
            yield Contest(ours.at_most, {"nginx, a text": Requests(nginx.url, ["/text"]).at_most}, at_rate=ours.at_rate)


def lead_on_sqlite(bench):
    """Limit: nginx with one worker, the same answers as files."""
    place = bench.place("sqlite", bench.leads)
    with place.service(THREADS=1) as service:
        ours = reads_of(service, place, bench.token)
        answers = {path: service.client(bench.token).get(path) for path in ours.paths}
        with Nginx(bench.new_directory("nginx"), like=answers[ours.paths[0]]) as nginx:
            for path, answer in answers.items():
                nginx.add_file(path, answer.content)
            yield Contest(ours.at_most, {"nginx, files": Requests(nginx.url, ours.paths).at_most}, at_rate=ours.at_rate)


def lead_on_postgresql(bench):
    """Limit: PostgreSQL's own client with the same statement over the same socket, with as many sessions as suit it best."""
    place = bench.place("postgresql", bench.leads)
    with place.service(THREADS=2) as service:
        ours = reads_of(service, place, bench.token)
        uuids = [path.removeprefix("/leads/") for path in ours.paths]
        limits = {f"pgbench -c {clients}": pgbench(bench.postgresql_server, place.storage.database, SELECT, clients, uuids)
                  for clients in (1, 2, 4, 8, 16, 64)}
        yield Contest(ours.at_most, limits, at_rate=ours.at_rate)


def system_calls(bench):
    """Of all threads, for each answer; limit: one to receive the request, one to send the answer."""
    place = bench.place("sqlite", bench.leads)
    with place.service(THREADS=1) as service:
        requests = reads_of(service, place, bench.token)

        def ours(seconds):
            answered = []
            calls = system_calls_of(service.process.pid, lambda: answered.append(requests.at_most(seconds).details["requests"]))
            return Figure(sum(calls.values()) / answered[0], {name: calls[name] / answered[0] for name in calls if calls[name] > answered[0] / 100})
        yield Contest(ours, {"one in, one out": fixed(2)})


def allocations(bench):
    """Of all threads, for each answer."""
    place = bench.place("sqlite", bench.leads)
    count = bench.new_directory("allocations") / "count"
    count.touch()
    with place.service(THREADS=1, LD_PRELOAD=program("count_allocations.so"), ALLOCATION_COUNT=count) as service:
        requests = reads_of(service, place, bench.token)

        def counted():
            return struct.unpack("Q", count.read_bytes())[0]

        def ours(seconds):
            before = counted()
            answered = requests.at_most(seconds).details["requests"]
            return Figure((counted() - before) / answered)
        yield Contest(ours, {"a promise": fixed(4)})


CASES = [
    Case("healthz", "GET /healthz, one loop", 1.1, healthz),
    Case("lead-sqlite", "GET /leads/{uuid}, SQLite, one loop", 0.7, lead_on_sqlite),
    Case("lead-postgresql", "GET /leads/{uuid}, PostgreSQL, two loops", 1.2, lead_on_postgresql),
    Case("lead-system-calls", "system calls of GET /leads/{uuid}, SQLite", 0.9, system_calls, "calls", less_is_better=True),
    Case("lead-allocations", "heap allocations of GET /leads/{uuid}, SQLite", 1.0, allocations, "calls", less_is_better=True),
]
