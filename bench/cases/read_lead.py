"""GET /leads/{uuid} with a token: 64 connections that ask all the time, one lead after the other of a whole table."""

from contest import Case, Contest
from tools import pgbench, wrk

UUIDS = 100
# What the service asks for the lead (src/leads/lead_store.cpp). For the token it asks for the user, too.
SELECT = "SELECT uuid, first_name, last_name, email, status, created_at, updated_at FROM leads WHERE uuid = $1"


def paths_of(place):
    return [f"/leads/{uuid}" for uuid in place.lead_uuids(UUIDS)]


def on_sqlite(bench):
    """Limit: what the same server answers without a token, a database, or a word of JSON to write."""
    with bench.sqlite.service(THREADS=1) as service:
        yield Contest(ours=wrk(service.url, paths_of(bench.sqlite), bench.token),
                      limits={"GET /healthz": wrk(service.url, ["/healthz"])})


def on_postgresql(bench):
    """Limit: PostgreSQL's own client with the same statement over the same socket, with as many sessions as suit it best."""
    place = bench.postgresql
    uuids = place.lead_uuids(UUIDS)
    with place.service(THREADS=2) as service:
        yield Contest(ours=wrk(service.url, paths_of(place), bench.token),
                      limits={f"pgbench -c {clients}": pgbench(bench.postgresql_server, place.storage.database, SELECT, uuids, clients)
                              for clients in (1, 2, 4, 8, 16, 64)})


CASES = [
    Case("lead-sqlite", "GET /leads/{uuid}, SQLite, one loop", 0.5, on_sqlite),
    Case("lead-postgresql", "GET /leads/{uuid}, PostgreSQL, two loops", 0.9, on_postgresql),
]
