"""GET /leads/: the whole list, and pages of it."""

from contest import Case, Contest
from tools import Requests, pgbench

WHOLE_LIST = 10_000
SELECT = "SELECT uuid, first_name, last_name, email, status, created_at, updated_at FROM leads ORDER BY id"
PAGE = 50


def whole_list(engine):
    """Limit: PostgreSQL's own client, which fetches the same rows, and does nothing with them."""
    def prepare(bench):
        leads = min(WHOLE_LIST, bench.leads)
        rows = bench.place("postgresql", leads).storage
        with bench.place(engine, leads).service(THREADS=1) as service:
            ours = Requests(service.url, ["/leads/"], bench.token, connections=1)
            limit = pgbench(bench.postgresql_server, rows.database, SELECT, clients=1)
            yield Contest(ours.at_most, {"pgbench -c 1": limit}, at_rate=ours.at_rate)
    return prepare


def path_of_page_behind(client, leads):
    """As a client finds it, who goes from page to page."""
    response = client.get("/leads/?limit=200")
    while (leads := leads - len(response.json())) > 0:
        response = client.get(response.links["next"]["url"])
    return response.links["next"]["url"].removeprefix(client.service.url).replace("limit=200", f"limit={PAGE}")


def deep_page(engine):
    """Ours: the page in the middle of many leads; limit: the first one, of the same service."""
    def prepare(bench):
        with bench.place(engine, bench.many_leads).service(THREADS=1) as service:
            def requests(path):
                return Requests(service.url, [path], bench.token, connections=8)

            client = service.client(bench.token)
            first, deep = f"/leads/?limit={PAGE}", path_of_page_behind(client, bench.many_leads // 2)
            assert len(client.get(first).json()) == len(client.get(deep).json()) == PAGE
            yield Contest(requests(deep).at_most, {"page 1": requests(first).at_most}, at_rate=requests(deep).at_rate)
    return prepare


CASES = [
    Case("list-sqlite", "GET /leads/, all of 10,000, SQLite", 1.0, whole_list("sqlite")),
    Case("list-postgresql", "GET /leads/, all of 10,000, PostgreSQL", 0.8, whole_list("postgresql")),
    Case("page-sqlite", "GET /leads/?limit=50, page 10,000 of 20,000, SQLite", 0.95, deep_page("sqlite")),
    Case("page-postgresql", "GET /leads/?limit=50, page 10,000 of 20,000, PostgreSQL", 0.95, deep_page("postgresql")),
]
