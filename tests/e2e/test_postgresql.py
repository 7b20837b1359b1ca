"""A PostgreSQL server that is away, at the start and later; and several instances on one database."""

import collections
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from backends import PostgresqlServer, PostgresqlStorage, administer
from command_line import must
from harness import ADMIN, ATTORNEY, NO_CREDENTIALS, PASSWORD, Refusal, refusal, run
from mails import CONFIRMATION, NOTIFICATION
from polling import eventually

pytestmark = pytest.mark.postgresql


@pytest.fixture
def server():
    server = PostgresqlServer()
    yield server
    server.remove()


@pytest.fixture
def apart(start, server, tmp_path):
    """A service on a server of its own, which the test may stop."""
    storage = PostgresqlStorage(tmp_path / "apart", server=server)
    service = start(storage=storage)
    service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
    return service


# --- a server that is away ---

@pytest.mark.parametrize("how", ["stop", "kill"])
def test_while_the_server_is_away_answers_are_503_and_then_all_goes_on(apart, server, how):
    before = apart.submitted()
    getattr(server, how)()
    for response in (apart.submit(), apart.admin.get("/leads/"), apart.admin.get(f"/leads/{before['uuid']}"),
                     apart.anonymous.post("/token", data={"username": ADMIN, "password": PASSWORD})):
        assert response.status_code == 503, response.text
        assert response.headers["Retry-After"].isdigit()
        assert "database" in refusal(response).detail
    eventually(lambda: apart.anonymous.get("/readyz").status_code == 503)
    assert apart.anonymous.get("/readyz").json()["failing"] == ["database"]
    assert apart.anonymous.get("/healthz").status_code == 200

    server.start()
    eventually(lambda: apart.anonymous.get("/readyz").status_code == 200)
    after = apart.submitted()
    assert [lead["uuid"] for lead in apart.leads()] == [before["uuid"], after["uuid"]]
    assert "the database cannot be reached" in apart.log() and "the database can be reached again" in apart.log()


def test_a_restart_under_load_loses_and_doubles_nothing(apart, server):
    """Clients submit without pause while the server is restarted: 200 or 503, and what was answered is there once."""
    answered, statuses = [], collections.Counter()
    is_over = threading.Event()

    def submit(number):
        client = apart.client()
        count = 0
        while not is_over.is_set():
            count += 1
            email = f"lead{number}-{count}@example.com"
            response = apart.submit(email=email, client=client)
            statuses[response.status_code] += 1
            if response.status_code == 200:
                answered.append(email)

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(submit, number) for number in range(4)]
        for how in ("stop", "kill", "stop"):
            enough = len(answered) + 20
            eventually(lambda: len(answered) >= enough, 30)
            getattr(server, how)()
            server.start()
        enough = len(answered) + 20
        eventually(lambda: len(answered) >= enough, 30)
        is_over.set()
        for client in clients:
            client.result()
    assert set(statuses) <= {200, 503}, statuses
    stored = collections.Counter(lead["email"] for lead in apart.leads())
    assert set(answered) <= set(stored)
    assert set(stored.values()) == {1}, "a lead was doubled"


def wait_for_standby(storage, name):
    """Commits wait for a standby of this name; for none when it is empty."""
    administer(storage.server, f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
    administer(storage.server, "SELECT pg_reload_conf()")


def submissions_that_wait_for_the_standby(storage):
    """The process of each; the last statement of a submission is its entry in the audit log."""
    return [pid for pid, in storage.query("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
                                          "AND query LIKE '%INSERT INTO audit_pending%'")]


def count_leads(storage):
    """Nothing while the server does not let us ask."""
    try:
        return storage.query("SELECT count(*) FROM leads")[0][0]
    except psycopg2.Error:
        return None


def test_a_lead_that_no_standby_has_is_not_answered_although_the_server_shows_it(apart):
    """After a crash, what was committed stands on the server; were that lost now, so would be the lead."""
    apart.submitted()  # reserves keys: the next write is a submission's
    storage = apart.storage
    wait_for_standby(storage, "nobody")
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(apart.submit)
        for pid in eventually(lambda: submissions_that_wait_for_the_standby(storage)):
            os.kill(pid, signal.SIGKILL)  # the whole server starts anew
        eventually(lambda: count_leads(storage) == 2)
        with pytest.raises(TimeoutError):
            answer.result(timeout=1)
        wait_for_standby(storage, "")
        assert answer.result(timeout=15).status_code == 200
    assert len(apart.leads()) == 2


def unusable(server):
    """URLs with what is wrong about them."""
    return ((server.tcp_uri(password="hunter2"), "password authentication failed"),
            (server.uri("missing"), "does not exist"), ("postgresql://u:hunter2@127.0.0.1:1/leads", "refused"))


def test_a_command_says_why_the_server_cannot_be_used(start, server):
    storage = start.storage(with_staff=False)
    for url, reason in unusable(server):
        for command in (("migrate", "up"), ("migrate", "status"), ("user", "list")):
            result = run(storage, storage.data_dir.parent, *command, DATABASE_URL=url)
            assert result.returncode == 1
            assert "DATABASE_URL" in result.stderr and reason in result.stderr
            assert len(result.stderr.strip().splitlines()) == 1
            assert "hunter2" not in result.stderr + result.stdout


def test_a_start_without_the_server_says_why_and_is_not_ready(start, server):
    for url, reason in unusable(server):
        service = start.service(with_staff=False)
        service.settings["DATABASE_URL"] = url
        service.start()
        ready = service.anonymous.get("/readyz")
        assert ready.status_code == 503 and ready.json()["failing"] == ["database"]
        assert service.submit().status_code == 503
        assert "DATABASE_URL" in service.log() and reason in service.log()
        assert "hunter2" not in service.log()
        service.stop()


def test_a_service_that_started_before_its_server_goes_on_when_that_is_there(start, server, tmp_path, relay):
    storage = PostgresqlStorage(tmp_path / "early", server=server)
    storage.environment  # makes the database
    server.stop()
    service = start(storage=storage, **relay().settings)
    assert service.submit().status_code == 503
    server.start()
    eventually(lambda: service.anonymous.get("/readyz").status_code == 200, 15)
    service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
    lead = service.submitted()
    eventually(lambda: {mail["Subject"] for mail in relay.latest.mails()} == {CONFIRMATION, NOTIFICATION}, 15)
    assert service.leads() == [lead]


def test_a_password_in_the_url_is_never_printed(start, server, tmp_path):
    storage = PostgresqlStorage(tmp_path / "secret", server=server)
    service = start.service(storage=storage)
    service.settings["DATABASE_URL"] = server.tcp_uri(storage.database)
    service.start()
    server.stop()
    assert service.submit().status_code == 503
    assert f"at 127.0.0.1:{server.port}" in service.log()
    assert "sesame" not in service.log()


# --- several instances ---

def test_instances_may_start_at_the_same_time_on_an_empty_database(instances):
    services = instances(4, with_staff=False)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda service: service.start(), services))
    assert sum(service.log().count("schema migrated") for service in services) == 1


def test_of_many_first_admins_on_two_instances_one_is_made(instances):
    both = [service.start() for service in instances(2, with_staff=False)]

    def create(number):
        client = both[number % 2].anonymous
        return client.post("/users/initial", json={"email": f"a{number}@law.example", "password": PASSWORD}).status_code

    with ThreadPoolExecutor(16) as pool:
        outcomes = collections.Counter(pool.map(create, range(16)))
    assert outcomes[200] == 1 and set(outcomes) <= {200, 400, 503}, outcomes
    assert both[0].storage.query("SELECT count(*) FROM users") == [(1,)]


def test_what_one_instance_stores_the_other_one_shows(instances):
    one, other = (service.start() for service in instances(2))
    lead = one.submitted()
    assert other.attorney.get(f"/leads/{lead['uuid']}").json()["email"] == lead["email"]
    changed = other.attorney.put(f"/leads/{lead['uuid']}/status", json={"status": "REACHED_OUT"})
    assert changed.status_code == 200
    assert one.attorney.get(f"/leads/{lead['uuid']}").json()["status"] == "REACHED_OUT"


def test_a_deactivation_binds_on_every_instance_at_once(instances):
    one, other = (service.start() for service in instances(2))
    assert other.attorney.get("/leads/").status_code == 200
    must(run(one.storage, one.directory, "user", "deactivate", ATTORNEY))
    assert refusal(other.attorney.get("/leads/")) == Refusal(401, NO_CREDENTIALS)
    assert refusal(one.attorney.get("/leads/")) == Refusal(401, NO_CREDENTIALS)


def test_each_mail_is_sent_by_one_of_the_instances(instances, relay):
    services = [service.start() for service in instances(3, **relay().settings)]
    with ThreadPoolExecutor(6) as pool:
        leads = list(pool.map(lambda number: services[number % 3].submitted(email=f"lead{number}@example.com"), range(30)))

    def subjects():
        return collections.Counter(mail["Subject"] for mail in relay.latest.mails())

    eventually(lambda: sum(subjects().values()) >= 2 * len(leads), 30)
    eventually(lambda: services[0].storage.query("SELECT count(*) FROM outbox") == [(0,)], 30)
    assert subjects() == {CONFIRMATION: len(leads), NOTIFICATION: len(leads)}


def test_an_instance_serves_on_when_a_newer_one_has_migrated_the_database(instances):
    """So that instances can be upgraded one after the other: nothing that is asked of the older ones fails."""
    old = instances(1)[0].start()
    before = old.submitted()
    old.storage.query("INSERT INTO schema_migrations (version, name, checksum, applied_at) "
                      "VALUES (9999, 'of a newer binary', 'none', now() AT TIME ZONE 'UTC') RETURNING 1")
    eventually(lambda: old.anonymous.get("/readyz").status_code == 503)
    assert old.anonymous.get("/readyz").json()["failing"] == ["migrations"]
    after = old.submitted()
    assert old.attorney.get("/leads/").json() == [before, after]
    old.stop()
    old.spawn()
    assert old.wait() != 0 and "newer" in old.log_of_this_run()
    old.process = None
