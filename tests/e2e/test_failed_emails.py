"""Notifications that no attempt could deliver, and what an admin does about them."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ATTORNEY, FAILED_EMAIL_KEYS, PASSWORD, TIMESTAMP, Refusal, refusal
from mails import NOTIFICATION, addresses, notifications
from polling import eventually

SENT = {"message": "Email sent successfully and removed from failed emails"}
DELETED = {"message": "Failed email record deleted successfully"}
UNKNOWN = Refusal(404, "Failed email record not found")


def failed_emails(service):
    response = service.admin.get("/admin/failed-emails/")
    assert response.status_code == 200, response.text
    return response.json()


def resend(service, identifier):
    return service.admin.post(f"/admin/failed-emails/{identifier}/resend")


@pytest.fixture
def failing(start, relay):
    """A service whose relay refuses every message, with one attempt for each mail; the relay is relay.latest."""
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 1})
    relay.latest.behave("refuse_data")
    return service


def one_failure(service, **fields):
    lead = service.submitted(**{"email": f"{uuid.uuid4()}@example.com"} | fields)
    return lead, eventually(lambda: [row for row in failed_emails(service) if row["lead_uuid"] == lead["uuid"]], 15)[0]


def test_none_failed_is_an_empty_array(service):
    assert failed_emails(service) == []


def test_a_failure_is_documented_exactly(failing):
    lead, row = one_failure(failing, first_name="John", last_name="Doe")
    assert set(row) == FAILED_EMAIL_KEYS
    assert (row["lead_uuid"], row["lead_name"], row["lead_email"]) == (lead["uuid"], "John Doe", lead["email"])
    assert row["attorney_emails"] == [ATTORNEY]
    assert "554" in row["error_message"] and "Message refused on demand" in row["error_message"]
    assert row["status"] == "FAILED"
    assert isinstance(row["id"], int) and isinstance(row["lead_id"], int)
    assert TIMESTAMP.fullmatch(row["created_at"])


def test_only_notifications_are_tracked(failing):
    one_failure(failing)
    one_failure(failing)
    assert len(failed_emails(failing)) == 2


def test_failures_wait_for_all_attempts(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 3, "MAIL_RETRY_BASE_SECONDS": 1})
    relay.latest.behave("defer")
    begin = time.monotonic()
    _, row = one_failure(service)
    assert time.monotonic() - begin > 1.5, "the first two failures are followed by pauses of about 1 and 2 s"
    assert "451" in row["error_message"] and "Try again later" in row["error_message"]


def test_every_recipient_is_listed(failing):
    failing.admin.post("/users/", json={"email": "second@law.example", "password": PASSWORD})
    _, row = one_failure(failing)
    assert sorted(row["attorney_emails"]) == [ATTORNEY, "second@law.example"]


@pytest.mark.parametrize("code", [452, 550])
def test_a_recipient_that_is_refused_alone_is_listed_alone(start, relay, code):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 2, "MAIL_RETRY_BASE_SECONDS": 1})
    refused = f"code{code}@law.example"
    service.admin.post("/users/", json={"email": refused, "password": PASSWORD})
    lead, row = one_failure(service)
    assert row["attorney_emails"] == [refused] and str(code) in row["error_message"]
    assert len(notifications(relay.latest.mails(), lead["email"])) == 1, "the others get it once"
    answer = refusal(resend(service, row["id"]))
    assert answer.status == 500 and str(code) in answer.detail
    assert len(notifications(relay.latest.mails(), lead["email"])) == 1


def test_a_relay_that_is_away_is_told_in_plain_words(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 1})
    relay.latest.stop()
    _, row = one_failure(service)
    assert row["error_message"].strip()
    assert "onnect" in row["error_message"]


def test_a_resend_that_succeeds_removes_the_row(failing, relay):
    lead, row = one_failure(failing)
    relay.latest.behave("ok")
    response = resend(failing, row["id"])
    assert (response.status_code, response.json()) == (200, SENT)
    assert failed_emails(failing) == []
    assert addresses(notifications(relay.latest.mails(), lead["email"])[0], "To") == [ATTORNEY]
    assert refusal(resend(failing, row["id"])) == UNKNOWN


def test_a_resend_that_fails_keeps_the_row(failing):
    _, row = one_failure(failing)
    answer = refusal(resend(failing, row["id"]))
    assert answer.status == 500
    assert answer.detail.startswith("Failed to resend email: ") and "Message refused on demand" in answer.detail
    kept = failed_emails(failing)
    assert len(kept) == 1 and (kept[0]["id"], kept[0]["status"]) == (row["id"], "FAILED")


def test_of_parallel_resends_one_sends(failing, relay):
    lead, row = one_failure(failing)
    relay.latest.behave("ok", delay=0.5)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: resend(failing, row["id"]), range(8)))
    assert [answer.json() for answer in answers if answer.status_code == 200] == [SENT]
    for answer in answers:
        if answer.status_code != 200:
            assert refusal(answer) in (Refusal(400, "Email is not in failed status"), UNKNOWN)
    assert len(notifications(relay.latest.mails(), lead["email"])) == 1
    assert failed_emails(failing) == []


def test_a_resend_under_way_is_not_in_failed_status(failing, relay):
    _, row = one_failure(failing)
    relay.latest.behave("ok", delay=2)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(resend, failing, row["id"])
        eventually(lambda: [entry["status"] for entry in failed_emails(failing)] == ["PENDING"])
        assert refusal(resend(failing, row["id"])) == Refusal(400, "Email is not in failed status")
        assert first.result().status_code == 200


def test_a_row_that_is_being_resent_is_not_deleted(failing, relay):
    """What is being sent cannot be called back: it must not go out after it was said to be deleted."""
    _, row = one_failure(failing)
    relay.latest.behave("ok", delay=2)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(resend, failing, row["id"])
        eventually(lambda: [entry["status"] for entry in failed_emails(failing)] == ["PENDING"])
        answer = refusal(failing.admin.delete(f"/admin/failed-emails/{row['id']}"))
        assert answer == Refusal(409, "Email is being resent. Please try again in a moment.")
        assert first.result().status_code == 200


def test_a_deleted_row_is_gone(failing):
    lead, row = one_failure(failing)
    response = failing.admin.delete(f"/admin/failed-emails/{row['id']}")
    assert (response.status_code, response.json()) == (200, DELETED)
    assert failed_emails(failing) == []
    assert refusal(failing.admin.delete(f"/admin/failed-emails/{row['id']}")) == UNKNOWN
    assert lead in failing.leads()


@pytest.mark.parametrize("identifier", ["0", "-1", "99999999999999999999999", "x", "1.0", "%31x", "'"])
def test_a_row_that_is_none_is_not_found(service, identifier):
    assert refusal(resend(service, identifier)) == UNKNOWN
    assert refusal(service.admin.delete(f"/admin/failed-emails/{identifier}")) == UNKNOWN


def test_rows_outlive_a_restart(failing):
    _, row = one_failure(failing)
    failing.restart()
    assert failed_emails(failing) == [row]


@pytest.mark.embedded
def test_a_resend_cut_by_a_crash_can_be_tried_again(failing, relay):
    """The row must not stay PENDING for ever; the lease of a dead process on embedded storage ends at the start."""
    lead, row = one_failure(failing)
    relay.latest.behave("hang_data")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: resend(failing, row["id"])).add_done_callback(lambda _: None)
        eventually(lambda: failed_emails(failing)[0]["status"] == "PENDING")
        failing.kill()
    relay.latest.behave("ok")
    failing.start()
    assert eventually(lambda: (response := resend(failing, row["id"])).status_code == 200 and response, 15).json() == SENT
    assert [mail["Subject"] for mail in notifications(relay.latest.mails(), lead["email"])] == [NOTIFICATION]


# --- many at once ---

def bulk(service, action, identifiers):
    response = service.admin.post(f"/admin/failed-emails/bulk/{action}", json={"ids": identifiers}, timeout=90)
    assert response.status_code == 200, response.text
    return [(outcome["id"], outcome["result"], outcome["detail"]) for outcome in response.json()]


def test_many_are_resent_with_an_outcome_for_each(failing, relay):
    rows = [one_failure(failing)[1]["id"] for _ in range(3)]
    unknown = (4711, "NOT_FOUND", UNKNOWN.detail)
    refused = bulk(failing, "resend", rows)
    assert [(identifier, result) for identifier, result, _ in refused] == [(row, "FAILED") for row in rows]
    assert all("Message refused on demand" in detail for _, _, detail in refused)
    relay.latest.behave("ok")
    assert bulk(failing, "resend", [rows[0], 4711, rows[2]]) == [(rows[0], "SENT", None), unknown, (rows[2], "SENT", None)]
    assert [row["id"] for row in failed_emails(failing)] == [rows[1]]
    assert bulk(failing, "delete", [4711, rows[1]]) == [unknown, (rows[1], "DELETED", None)]
    assert failed_emails(failing) == []


def test_a_relay_that_hangs_does_not_hold_up_the_answer_for_each_of_many(failing, relay):
    rows = [one_failure(failing)[1]["id"] for _ in range(5)]
    relay.latest.behave("hang_data")
    begin = time.monotonic()
    outcomes = bulk(failing, "resend", rows)
    assert time.monotonic() - begin < 55
    results = [result for _, result, _ in outcomes]
    assert results[:2] == ["FAILED"] * 2 and results[-1] == "BUSY"
    assert {row["status"] for row in failed_emails(failing)} == {"FAILED"}


@pytest.mark.parametrize("identifiers", [[], list(range(1, 202)), ["7"], [0], 7, None])
def test_what_are_no_ids_is_refused(service, identifiers):
    for action in ("resend", "delete"):
        assert service.admin.post(f"/admin/failed-emails/bulk/{action}", json={"ids": identifiers}).status_code == 422


# --- what has not failed yet ---

def waiting(service, **parameters):
    response = service.admin.get("/admin/outbox/", params=parameters)
    assert response.status_code == 200, response.text
    return response


def test_what_waits_is_listed_with_the_relays_words_and_the_next_try(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 10})
    relay.latest.behave("defer")
    lead = service.submitted(first_name="John", last_name="Doe")
    mails = eventually(lambda: (mails := waiting(service).json()) and all(mail["last_error"] for mail in mails) and mails, 15)
    assert [mail["kind"] for mail in mails] == ["NOTIFICATION", "CONFIRMATION"]
    for mail in mails:
        assert set(mail) == {"id", "kind", "lead_uuid", "lead_name", "attempts", "next_attempt_at", "last_error", "created_at"}
        assert (mail["lead_uuid"], mail["lead_name"]) == (lead["uuid"], "John Doe")
        assert mail["attempts"] >= 1 and TIMESTAMP.fullmatch(mail["next_attempt_at"])
    page = waiting(service, limit=1)
    assert [mail["id"] for mail in page.json()] == [mails[0]["id"]]
    following = service.admin.get(page.links["next"]["url"])
    assert [mail["id"] for mail in following.json()] == [mails[1]["id"]] and "next" not in following.links
    relay.latest.behave("ok")
    eventually(lambda: waiting(service).json() == [], 30, "all are sent")
