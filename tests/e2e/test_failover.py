"""Two PostgreSQL servers: the first is killed under load and the second takes over; or the second is away.

ALMA_FAILOVER_RATE sets the submissions in a second (40 by default; the longer run, with ALMA_BINARY=build/release/alma-leads, takes 200).
"""

import json
import os
import time

import psycopg2
import pytest

from backends import PostgresqlServer, PostgresqlStorage
from harness import ADMIN, PASSWORD, refusal
from load import Load, check_stored_once, email_of
from mails import CONFIRMATION
from polling import eventually

pytestmark = pytest.mark.postgresql

RATE = int(os.environ.get("ALMA_FAILOVER_RATE", "40"))
# Each waits for its answer, for some seconds in the worst case; the rate is to hold all the same.
CLIENTS = max(32, RATE // 2)
UNCERTAIN = "does not know whether this was stored"


class Pair:
    """A primary whose commits wait until its standby has them on disk. As a PostgresqlServer to those who want to connect."""

    def __init__(self):
        self.primary = PostgresqlServer(is_durable=True)
        self.standby = PostgresqlServer(is_durable=True, standby_of=self.primary)
        self._on_primary("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._on_primary("SELECT pg_reload_conf()")
        eventually(lambda: self._on_primary("SELECT sync_state FROM pg_stat_replication") == [("sync",)], 30)

    def _on_primary(self, statement):
        connection = psycopg2.connect(self.primary.uri())
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def uri(self, database="postgres"):
        """The URI that docs/operations.md recommends, for two sockets."""
        nodes = (self.primary, self.standby)
        return (f"postgresql://alma@/{database}?host={','.join(node.host for node in nodes)}"
                f"&port={','.join(str(node.port) for node in nodes)}&target_session_attrs=read-write")

    def remove(self):
        self.standby.remove()
        self.primary.remove()


@pytest.fixture
def pair():
    pair = Pair()
    yield pair
    pair.remove()


def test_a_standby_that_is_promoted_takes_over_and_nothing_is_lost(start, pair, tmp_path, relay):
    service = start(storage=PostgresqlStorage(tmp_path / "leads", server=pair), **relay().settings)
    service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
    with Load(service, service.client, CLIENTS, rate=RATE, content=lambda number: b"Resume %d" % number) as load:
        eventually(lambda: len(load.uuids) >= 2 * RATE, 60)
        before = time.monotonic()
        pair.primary.kill()
        time.sleep(1)  # as long as it takes to notice, at the very least
        pair.standby.promote()
        promoted = time.monotonic()

        def first():
            return next((answer for answer in list(load.answers) if answer.status == 200 and answer.ended > promoted), None)

        answer = eventually(first, 20, "writes work again")
        enough = len(load.uuids) + 2 * RATE
        eventually(lambda: len(load.uuids) >= enough, 60)

    taken = answer.ended - promoted
    statuses = load.statuses()
    rate = sum(answer.ended < before and answer.status == 200 for answer in load.answers) / (before - load.answers[0].began)
    print(f"writes {taken:.2f} s after the promotion; {rate:.0f}/s before; {dict(statuses)}; longest answer "
          f"{max(answer.ended - answer.began for answer in load.answers):.1f} s")
    assert taken < 5
    assert set(statuses) == {200, 503}, statuses
    refusals = {answer.number: json.loads(answer.text)["detail"] for answer in load.answers if answer.status == 503}
    assert all("database" in detail for detail in refusals.values()), set(refusals.values())

    stored = check_stored_once(load, service.storage)
    surely_not = {email_of(number) for number, detail in refusals.items() if UNCERTAIN not in detail}
    assert not surely_not & set(stored), "stored, although the answer said that it was not"
    eventually(lambda: service.anonymous.get("/readyz").status_code == 200)
    # A worker that was cut off while it leased mails does not know of them; they are due when the lease ends.
    service.stop()
    service.storage.end_leases()
    service.start()
    eventually(lambda: service.storage.query("SELECT count(*) FROM outbox") == [(0,)], 60 + len(stored) / 20)
    confirmed = {mail["To"].addresses[0].addr_spec for mail in relay.latest.mails() if mail["Subject"] == CONFIRMATION}
    assert confirmed == set(stored)


def test_while_the_standby_is_away_nothing_is_promised_and_nothing_is_lost(start, pair, tmp_path):
    service = start(storage=PostgresqlStorage(tmp_path / "leads", server=pair))
    service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
    before = service.submitted(email="before@example.com")
    pair.standby.stop()
    # The commit waits for the standby. Whether it will stand is for nobody to say.
    answer = refusal(service.submit(email="meanwhile@example.com"))
    assert answer.status == 503 and UNCERTAIN in answer.detail
    assert service.admin.get(f"/leads/{before['uuid']}").json() == before, "reads go on"
    pair.standby.start()
    eventually(lambda: service.submit(email="after@example.com").status_code == 200, 30)
    emails = [email for (email,) in service.storage.query("SELECT email FROM leads ORDER BY id")]
    assert emails == ["before@example.com", "meanwhile@example.com", "after@example.com"]
