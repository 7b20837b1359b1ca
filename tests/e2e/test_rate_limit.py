"""LEAD_RATE_LIMIT: who is counted, what counts, and for how long."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import TOO_MANY, Refusal, refusal
from polling import eventually
from resumes import MAX_BYTES, TEXT, Resume, multipart, random_resume

REFUSED = Refusal(429, TOO_MANY)


def statuses(service, count, **options):
    return [service.submit(**options).status_code for _ in range(count)]


def test_five_a_minute_are_the_default(start):
    service = start(LEAD_RATE_LIMIT=None)
    assert statuses(service, 6) == [200] * 5 + [429]


def test_a_refusal_says_when_to_come_back(start):
    service = start(LEAD_RATE_LIMIT="1/minute")
    service.submitted()
    response = service.submit()
    assert refusal(response) == REFUSED
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert any(name.lower().startswith("ratelimit") for name in response.headers), dict(response.headers)
    assert len(service.leads()) == len(service.storage.objects()) == 1


@pytest.mark.parametrize("rate,least,most", [("1/hour", 3500, 3600), ("1/minute", 50, 60), ("1/second", 1, 1)])
def test_the_window_is_that_of_the_rate(start, rate, least, most):
    service = start(LEAD_RATE_LIMIT=rate)
    response = eventually(lambda: [answer for answer in (service.submit(),) if answer.status_code == 429])[0]
    assert least <= int(response.headers["Retry-After"]) <= most


def test_accepted_and_bad_submissions_use_the_budget_and_incomplete_ones_do_not(start):
    service = start(LEAD_RATE_LIMIT="5/minute")
    for _ in range(4):
        assert service.submit(first_name=None).status_code == 422
    assert service.submit().status_code == 200
    assert service.submit(email="nonsense").status_code == 400
    assert service.submit(Resume("a.exe", b"x")).status_code == 400
    assert service.submit(Resume("a.txt", b"")).status_code == 400
    assert service.submit(random_resume(MAX_BYTES + 1)).status_code == 413
    assert refusal(service.submit()) == REFUSED


def test_a_content_length_that_is_too_large_uses_the_budget(start):
    service = start(LEAD_RATE_LIMIT="1/minute")
    with service.raw() as connection:
        answer = connection.ask(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                                f"Content-Length: {2**40}\r\n\r\n")
    assert answer.status == 413
    assert refusal(service.submit()) == REFUSED


def test_a_source_without_budget_is_refused_before_its_body_is_read(start):
    service = start(LEAD_RATE_LIMIT="1/minute")
    service.submitted()
    with service.raw() as connection:
        answer = connection.ask("POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                                "Content-Length: 5000000\r\n\r\n")
        assert (answer.status, json.loads(answer.body)) == (429, {"detail": TOO_MANY})


@pytest.mark.parametrize("fault", [{"email": "nonsense"}, {"resume": Resume("a.exe", b"x")}, {"resume": Resume("a.txt", b"")},
                                   {"resume": Resume("a:b.txt", TEXT.content)}])
def test_the_limit_speaks_before_every_check_of_the_content(start, fault):
    service = start(LEAD_RATE_LIMIT="1/minute")
    service.submitted()
    assert refusal(service.submit(**fault)) == REFUSED


def test_the_window_slides(start):
    """At most two in any second, wherever it begins; and the third as soon as the first is a second old."""
    service = start(LEAD_RATE_LIMIT="2/second")
    client = service.client()
    accepted = []
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        sent = time.monotonic()
        if service.submit(client=client).status_code == 200:
            accepted.append((sent, time.monotonic()))
    assert len(accepted) >= 6
    for (sent, _), (_, received) in zip(accepted, accepted[2:]):
        assert received - sent >= 1


def test_parallel_submissions_get_no_more_than_the_budget(start):
    service = start(LEAD_RATE_LIMIT="5/minute")
    with ThreadPoolExecutor(16) as pool:
        answers = sorted(pool.map(lambda _: service.submit().status_code, range(32)))
    assert answers == [200] * 5 + [429] * 27


def test_a_restart_forgets_nothing(start):
    service = start(LEAD_RATE_LIMIT="2/minute")
    assert statuses(service, 2) == [200, 200]
    service.restart()
    assert refusal(service.submit()) == REFUSED


def test_only_submissions_are_limited(start):
    service = start(LEAD_RATE_LIMIT="1/minute")
    assert all(service.attorney.get("/leads/").status_code == 200 for _ in range(5))
    assert service.submit().status_code == 200


# --- who the client is ---

def from_address(service, address, header="X-Forwarded-For"):
    return service.submit(headers={header: address}).status_code


def test_nobody_is_believed_to_be_a_proxy_by_default(start):
    service = start(LEAD_RATE_LIMIT="1/minute")
    assert [from_address(service, f"203.0.113.{n}") for n in (1, 2)] == [200, 429]
    assert from_address(service, "for=203.0.113.3", "Forwarded") == 429
    assert from_address(service, "203.0.113.4", "X-Real-IP") == 429


@pytest.mark.parametrize("header,form", [("X-Forwarded-For", "{}"), ("Forwarded", "for={}"),
                                         ("Forwarded", 'proto=https;For="{}:4711"')])
def test_a_trusted_proxy_says_who_the_client_is(start, header, form):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="10.0.0.0/8, 127.0.0.0/8")
    answers = [from_address(service, form.format(address), header)
               for address in ("203.0.113.1", "203.0.113.1", "203.0.113.2", "203.0.113.2")]
    assert answers == [200, 429, 200, 429]


def test_what_the_client_itself_wrote_into_the_header_is_not_believed(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1/32")
    assert from_address(service, "203.0.113.1") == 200
    assert from_address(service, "198.51.100.7, 203.0.113.1") == 429
    assert from_address(service, "nonsense, 203.0.113.1") == 429


def test_a_chain_of_trusted_proxies_is_followed_to_the_client(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1,10.0.0.0/8")
    assert from_address(service, "203.0.113.1, 10.1.2.3") == 200
    assert from_address(service, "203.0.113.1") == 429


def test_nonsense_in_the_header_is_no_way_around_the_limit(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1")
    answers = [from_address(service, text) for text in ("unknown", "::::", "999.1.1.1", "a" * 500)]
    assert answers.count(200) == 1 and answers.count(429) == 3


def test_an_ipv6_subscriber_is_counted_as_one(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1")
    assert from_address(service, "2001:db8:1:2::1") == 200
    assert from_address(service, "2001:db8:1:2:ffff:ffff:ffff:ffff") == 429
    assert from_address(service, 'for="[2001:db8:1:2::9]:4711"', "Forwarded") == 429
    assert from_address(service, "2001:db8:1:3::1") == 200


def test_an_ipv4_address_written_as_ipv6_is_the_same_client(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1")
    assert from_address(service, "203.0.113.1") == 200
    assert from_address(service, "::ffff:203.0.113.1") == 429


def test_a_forged_chain_longer_than_any_real_one_does_no_harm(start):
    service = start(LEAD_RATE_LIMIT="1/minute", TRUSTED_PROXIES="127.0.0.1")
    assert from_address(service, ", ".join(["10.0.0.1"] * 800)) in (200, 400, 431)
    content_type, body = multipart({}, TEXT)
    assert service.anonymous.post("/leads/", data=body, headers={"Content-Type": content_type}).status_code == 422
