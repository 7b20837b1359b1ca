"""Erasing a lead, and leads that are past their retention."""

import json

import pytest

from harness import ADMIN, NOT_ADMIN, Refusal, refusal, run
from polling import eventually

PERSON = {"first_name": "Unmistakable", "last_name": "Personsname", "email": "unmistakable@person.example"}


def rows_of(service, lead):
    """What the database has of the lead, in any table but the audit log."""
    found = service.storage.query(f"SELECT id FROM leads WHERE uuid = '{lead}'")
    return found, [service.storage.query(f"SELECT count(*) FROM {table}")[0][0]
                   for table in ("lead_notes", "outbox", "failed_emails")]


def test_nothing_of_an_erased_lead_is_left_but_a_receipt(start):
    service = start()
    before = set(service.storage.objects())
    lead = service.submitted(**PERSON)["uuid"]
    service.attorney.post(f"/leads/{lead}/notes", json={"text": "of the erased one"})
    eventually(lambda: rows_of(service, lead)[1][1] == 0, 15, "the mails are sent")
    assert len(set(service.storage.objects()) - before) == 1

    assert refusal(service.attorney.delete(f"/leads/{lead}")) == Refusal(403, NOT_ADMIN)
    receipt = service.admin.delete(f"/leads/{lead}")
    assert receipt.status_code == 200, receipt.text
    assert receipt.json() == {"uuid": lead, "audit_id": receipt.json()["audit_id"], "resume": "REMOVED",
                              "erased": {"status": "PENDING", "notes": 1, "queued_mails": 0, "failed_mails": 0}}
    assert rows_of(service, lead) == ([], [0, 0, 0])
    assert set(service.storage.objects()) == before
    for path in ("", "/details", "/resume", "/notes", "/timeline", "/duplicates"):
        assert refusal(service.admin.get(f"/leads/{lead}{path}")) == Refusal(404, "Lead not found")
    assert refusal(service.admin.delete(f"/leads/{lead}")) == Refusal(404, "Lead not found")

    def entry():
        log = service.admin.get("/admin/audit/", params={"limit": 200}).json()
        return next((entry for entry in log if entry["id"] == receipt.json()["audit_id"]), None)
    logged = eventually(entry, 15, "the sealed entry")
    assert (logged["action"], logged["actor"], logged["lead_uuid"]) == ("LEAD_ERASED", ADMIN, lead)
    assert logged["details"] == receipt.json()["erased"]
    service.stop()
    verified = run(service.storage, service.storage.data_dir.parent, "audit", "verify", "--json")
    assert verified.returncode == 0 and json.loads(verified.stdout.splitlines()[-1])["findings"] == 0


@pytest.mark.embedded
def test_no_byte_of_the_rows_stays_where_queries_look(start):
    service = start()
    lead = service.submitted(**PERSON)["uuid"]
    assert service.admin.delete(f"/leads/{lead}").status_code == 200
    tables = [name for (name,) in service.storage.query("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = [row for table in tables for row in service.storage.query(f"SELECT * FROM {table}")]
    assert "nmistakable" not in repr(rows)


def test_leads_past_their_retention_are_erased_and_others_are_not(start):
    service = start(with_staff=True)
    old = service.submitted(**PERSON)["uuid"]
    reached = service.submitted()["uuid"]
    service.attorney.put(f"/leads/{reached}/status", json={"status": "REACHED_OUT"})
    service.stop()
    service.storage.age_leads(days=400)
    service.settings |= {"RETENTION_DAYS_PENDING": 399, "RETENTION_DAYS_REACHED_OUT": 401}
    service.start()
    young = service.submitted()["uuid"]
    eventually(lambda: service.attorney.get(f"/leads/{old}").status_code == 404, 20, "the old lead is erased")
    assert service.attorney.get(f"/leads/{reached}").status_code == 200
    assert service.attorney.get(f"/leads/{young}").status_code == 200

    def entry():
        log = service.admin.get("/admin/audit/", params={"limit": 200}).json()
        return next((entry for entry in log if entry["action"] == "LEAD_ERASED"), None)
    logged = eventually(entry, 15, "the sealed entry")
    assert (logged["actor_kind"], logged["lead_uuid"]) == ("SERVICE", old)


def test_without_retention_nothing_is_erased(start):
    service = start()
    old = service.submitted()["uuid"]
    service.stop()
    service.storage.age_leads(days=30_000)
    service.start()
    service.submitted()
    assert service.attorney.get(f"/leads/{old}").status_code == 200


@pytest.mark.parametrize("value", ["0", "-1", "x", "36501", "1.5"])
def test_a_retention_that_is_none_stops_the_start(start, tmp_path, value):
    storage = start.storage()
    result = run(storage, tmp_path, "serve", RETENTION_DAYS_PENDING=value, PORT=0)
    assert result.returncode == 2 and "RETENTION_DAYS_PENDING" in result.stderr and "valid is" in result.stderr
