"""Rate limit and login throttle of several instances on one database: what they admit, they admit together."""

import collections
import itertools
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends import PostgresqlServer, PostgresqlStorage
from harness import ADMIN, ATTORNEY, NO_LOGIN, PASSWORD, TOO_MANY, Refusal, refusal

pytestmark = pytest.mark.postgresql

REFUSED = Refusal(429, TOO_MANY)


@pytest.fixture
def limited(instances):
    """limited(NAME=value): three instances that run."""
    return lambda **settings: [service.start() for service in instances(3, **settings)]


@pytest.fixture
def server():
    """One that writes down what it is asked."""
    server = PostgresqlServer(log_statement="all")
    yield server
    server.remove()


def at_once(count, action):
    """action(number) for each of so many, as close to the same moment as threads can be."""
    ready = threading.Barrier(count)

    def act(number):
        ready.wait()
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(act, range(count)))


def statuses(responses):
    return collections.Counter(response.status_code for response in responses)


def assert_waits(responses, at_most):
    for response in responses:
        if response.status_code == 429:
            assert refusal(response) == REFUSED
            assert at_most - 20 <= int(response.headers["Retry-After"]) <= at_most


def login(service, password="wrong", source="203.0.113.1", username=ATTORNEY):
    return service.anonymous.post("/token", data={"username": username, "password": password},
                                  headers={"X-Forwarded-For": source})


# --- submissions ---

def test_of_many_submissions_at_the_same_moment_exactly_the_rate_is_admitted(limited):
    services = limited(LEAD_RATE_LIMIT="5/minute")
    responses = at_once(60, lambda number: services[number % 3].submit())
    assert statuses(responses) == {200: 5, 429: 55}
    assert_waits(responses, 60)
    assert len(services[0].leads()) == 5
    assert statuses(service.submit() for service in services) == {429: 3}


def test_the_window_slides_for_all_together(limited):
    """At most two in any second, whichever instances they went to; and further ones when these are a second old."""
    services = limited(LEAD_RATE_LIMIT="2/second")
    accepted = []
    deadline = time.monotonic() + 4

    def submit(number):
        client = services[number].client()
        while time.monotonic() < deadline:
            sent = time.monotonic()
            if services[number].submit(client=client).status_code == 200:
                accepted.append((sent, time.monotonic()))

    at_once(3, submit)
    assert len(accepted) >= 5
    for three in itertools.combinations(accepted, 3):
        assert max(received for _, received in three) - min(sent for sent, _ in three) >= 1


def test_the_answers_say_what_is_left_of_all(limited):
    services = limited(LEAD_RATE_LIMIT="5/minute")
    left = [services[number % 3].submit().headers["RateLimit"] for number in range(5)]
    assert [field.split(";")[1] for field in left] == ["r=4", "r=3", "r=2", "r=1", "r=0"]


def test_a_source_without_budget_is_refused_by_every_instance_before_its_body_is_read(limited):
    services = limited(LEAD_RATE_LIMIT="1/minute")
    services[0].submitted()
    for service in services:
        with service.raw() as connection:
            answer = connection.ask("POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                                    "Content-Length: 5000000\r\n\r\n")
            assert (answer.status, json.loads(answer.body)) == (429, {"detail": TOO_MANY})


def test_bad_submissions_use_the_budget_of_all_and_incomplete_ones_do_not(limited):
    one, other, third = limited(LEAD_RATE_LIMIT="2/minute")
    assert [one.submit(first_name=None).status_code for _ in range(6)] == [422] * 6
    assert other.submit(email="nonsense").status_code == 400
    assert third.submit().status_code == 200
    assert refusal(one.submit()) == REFUSED


def test_a_restart_of_all_forgets_nothing(limited):
    services = limited(LEAD_RATE_LIMIT="2/minute")
    assert [service.submit().status_code for service in services] == [200, 200, 429]
    for service in services:
        service.kill()
        service.start()
    assert statuses(service.submit() for service in services) == {429: 3}


def test_a_flood_of_a_refused_source_does_not_reach_the_database(instances, server, tmp_path):
    storage = PostgresqlStorage(tmp_path / "apart", server=server)
    one, other = (service.start() for service in instances(2, storage=storage, LEAD_RATE_LIMIT="2/minute"))

    def questions():
        return (server.directory / "log").read_text(errors="replace").count("pg_advisory_xact_lock(hashtextextended($1")

    assert [one.submit().status_code for _ in range(2)] == [200, 200]
    before = questions()
    assert before > 0
    assert {one.submit().status_code for _ in range(100)} == {429}
    assert questions() == before
    # The other one did not see the submissions: it asks once a second.
    begin = time.monotonic()
    assert {other.submit().status_code for _ in range(100)} == {429}
    assert questions() - before <= 2 + time.monotonic() - begin


def test_a_refused_source_is_refused_while_the_database_is_away_and_others_have_to_wait(instances, server, tmp_path):
    storage = PostgresqlStorage(tmp_path / "apart", server=server)
    service, = instances(1, storage=storage, LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1")
    service.start()
    service.submitted(headers={"X-Forwarded-For": "203.0.113.1"})
    server.stop()
    assert refusal(service.submit(headers={"X-Forwarded-For": "203.0.113.1"})) == REFUSED
    response = service.submit(headers={"X-Forwarded-For": "203.0.113.2"})
    assert response.status_code == 503 and "database" in refusal(response).detail
    assert response.headers["Retry-After"].isdigit()


# --- logins ---

def test_of_many_guesses_at_the_same_moment_exactly_the_allowance_is_judged(limited):
    services = limited(LOGIN_RATE_LIMIT="3/hour", TRUSTED_PROXIES="127.0.0.1")
    responses = at_once(30, lambda number: login(services[number % 3]))
    assert statuses(responses) == {401: 3, 429: 27}
    assert_waits(responses, 3600)
    assert {refusal(response) for response in responses} == {REFUSED, Refusal(401, NO_LOGIN)}
    assert statuses(login(service, PASSWORD) for service in services) == {429: 3}, "a lucky guess comes too late"
    assert login(services[0], PASSWORD, source="198.51.100.1").status_code == 200


def test_what_strangers_use_up_is_used_up_everywhere_and_an_owner_still_gets_in(limited):
    services = limited(LOGIN_RATE_LIMIT="1/hour", TRUSTED_PROXIES="127.0.0.1")
    assert login(services[0], PASSWORD, source="198.51.100.1").status_code == 200
    guesses = [login(services[number % 3], source=f"203.0.113.{number}").status_code for number in range(6)]
    assert guesses == [401] * 4 + [429] * 2
    assert statuses(login(service, PASSWORD, source="198.51.100.1") for service in services) == {200: 3}


def test_right_passwords_use_no_allowance_anywhere(limited):
    services = limited(LOGIN_RATE_LIMIT="1/hour", TRUSTED_PROXIES="127.0.0.1")
    assert statuses(login(services[number % 3], PASSWORD) for number in range(6)) == {200: 6}
    assert login(services[0], PASSWORD, username=ADMIN).status_code == 200
