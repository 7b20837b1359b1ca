"""Idempotency-Key on POST /leads/: what is sent again is one lead, whoever is asked and whatever broke in between."""

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import LEAD_KEYS, Refusal, refusal
from mails import confirmations, eml_mails
from polling import eventually
from resumes import MAX_BYTES, TEXT, Resume, multipart, random_resume

MALFORMED = Refusal(400, "Invalid Idempotency-Key. It must have 1 to 255 printable ASCII characters.")
REUSED = Refusal(422, "Idempotency-Key was already used for a different submission. Please use a new one.")


@pytest.fixture
def key():
    return secrets.token_hex(16)


@pytest.fixture(autouse=True)
def one_resume_a_lead(service):
    yield
    assert len(service.storage.objects()) == len(service.leads())


def submit(service, key, *arguments, **fields):
    return service.submit(*arguments, headers={"Idempotency-Key": key}, **fields)


def leads_of(service, email):
    return [lead for lead in service.leads() if lead["email"] == email]


def test_a_repetition_is_answered_as_the_first_one_was(service, key):
    first = submit(service, key, email=f"{key}@example.com")
    assert set(first.json()) == LEAD_KEYS
    uuid = first.json()["uuid"]
    assert service.attorney.put(f"/leads/{uuid}/status", json={"status": "REACHED_OUT"}).status_code == 200
    again = submit(service, key, email=f"{key}@example.com")
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(leads_of(service, f"{key}@example.com")) == 1


def test_each_prospect_gets_one_mail(start, key):
    service = start()
    for _ in range(3):
        submit(service, key, email=f"{key}@example.com")
    eventually(lambda: confirmations(eml_mails(service), f"{key}@example.com"), 15)
    assert service.storage.query("SELECT count(*) FROM outbox")[0][0] == 0 or \
        eventually(lambda: service.storage.query("SELECT count(*) FROM outbox")[0][0] == 0, 15)
    assert len(confirmations(eml_mails(service), f"{key}@example.com")) == 1


def test_the_same_submission_twice_at_the_same_moment_is_one_lead(service, key):
    ready = threading.Barrier(8)

    def send(_):
        ready.wait()
        return submit(service, key, email=f"{key}@example.com")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert len(leads_of(service, f"{key}@example.com")) == 1


def test_quotes_do_not_make_another_key(service, key):
    assert submit(service, f'"{key}"').json() == submit(service, key).json()


@pytest.mark.parametrize("changed", [{"first_name": "Grace"}, {"last_name": "Hopper"}, {"email": "grace@example.com"}])
def test_another_text_under_the_same_key_is_refused(service, key, changed):
    submit(service, key)
    assert refusal(submit(service, key, **changed)) == REUSED


@pytest.mark.parametrize("resume", [Resume("resume.txt", TEXT.content + b"!", "text/plain"),
                                    Resume("other.txt", TEXT.content, "text/plain")])
def test_another_resume_under_the_same_key_is_refused(service, key, resume):
    submit(service, key)
    assert refusal(submit(service, key, resume)) == REUSED


def test_the_largest_resume_is_compared_to_its_end(service, key):
    resume = random_resume(MAX_BYTES)
    first = submit(service, key, resume)
    assert submit(service, key, resume).json() == first.json()
    assert refusal(submit(service, key, Resume(resume.name, resume.content[:-1] + b"\x00", resume.media_type))) == REUSED


@pytest.mark.parametrize("bad", ["", '""', '"open', "a\tb", "k" * 256, '"a";p=1'])
def test_a_malformed_key_is_refused(service, bad):
    assert refusal(submit(service, bad)) == MALFORMED


def test_a_key_that_is_sent_twice_is_refused(service):
    content_type, body = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}, TEXT)
    with service.raw() as connection:
        connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\n"
                        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").send(body)
        assert connection.read_response().status == 400


def test_what_was_refused_leaves_the_key_free(service, key):
    assert submit(service, key, email="nonsense").status_code == 400
    assert submit(service, key).status_code == 200


def test_without_the_header_nothing_is_folded(service):
    assert service.submitted()["uuid"] != service.submitted()["uuid"]


def test_a_client_that_lost_the_answer_finds_its_lead(start, key):
    """The service is killed after it stored the lead and before anyone read the answer."""
    service = start()
    content_type, body = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": f"{key}@example.com"}, TEXT)
    connection = service.raw()
    connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nIdempotency-Key: {key}\r\n"
                    f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").send(body)
    eventually(lambda: leads_of(service, f"{key}@example.com"), 15, "the lead is stored")
    service.kill()
    connection.close()
    service.start()
    stored, = leads_of(service, f"{key}@example.com")
    assert submit(service, key, email=f"{key}@example.com").json()["uuid"] == stored["uuid"]
    assert len(leads_of(service, f"{key}@example.com")) == 1


def test_a_kill_at_any_moment_makes_no_second_lead(start, key):
    service = start()
    for round_number in range(5):
        email = f"{key}{round_number}@example.com"
        content_type, body = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": email}, TEXT)
        with service.raw() as connection:
            connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nIdempotency-Key: {key}{round_number}\r\n"
                            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n").send(body)
            threading.Event().wait(0.004 * round_number)  # the moment that this test is about
            service.kill()
        service.start()
        answer = submit(service, f"{key}{round_number}", email=email)
        assert answer.status_code == 200
        assert [lead["uuid"] for lead in leads_of(service, email)] == [answer.json()["uuid"]]


def test_an_erased_lead_does_not_come_back(service, key):
    uuid = submit(service, key).json()["uuid"]
    assert service.admin.delete(f"/leads/{uuid}").status_code == 200
    assert submit(service, key).json()["uuid"] != uuid


@pytest.mark.postgresql
def test_instances_know_each_others_keys(instances, key):
    services = [service.start() for service in instances(3)]
    first = submit(services[0], key)
    assert submit(services[1], key).json()["uuid"] == first.json()["uuid"]
    ready = threading.Barrier(6)

    def send(number):
        ready.wait()
        return submit(services[number % 3], f"{key}-b")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["uuid"] for answer in answers}) == 1
    assert len(services[0].leads()) == 2
