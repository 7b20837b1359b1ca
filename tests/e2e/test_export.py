"""GET /leads/export: a CSV file that every program reads alike."""

import csv
import io

import pytest

from harness import ATTORNEY, refusal
from polling import eventually
from test_hostile_text import NAMES

NAMES_OF_COLUMNS = ["uuid", "first_name", "last_name", "email", "status", "assignee", "created_at", "updated_at", "notes_count",
                    "resume_name", "resume_type", "resume_size"]


def export(service, **params):
    response = service.attorney.get("/leads/export", params=params)
    assert response.status_code == 200, response.text
    return response


def rows_of(response):
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_an_export_of_no_leads_has_the_names_of_its_columns(start):
    response = export(start())
    assert response.content == b"\xef\xbb\xbf" + ",".join(NAMES_OF_COLUMNS).encode() + b"\r\n"


def test_an_export_is_a_file_to_be_saved(service):
    service.submitted()
    response = export(service)
    assert response.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    today = response.headers["Content-Disposition"].removeprefix('attachment; filename="leads-').removesuffix('.csv"')
    assert len(today) == 10 and today[4] == today[7] == "-"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.content.startswith(b"\xef\xbb\xbf") and response.content.endswith(b"\r\n")


def test_an_export_has_what_the_list_has(service):
    lead = service.submitted(first_name="Ann", last_name="Export")["uuid"]
    service.attorney.put(f"/leads/{lead}/assignee", json={"assignee": ATTORNEY})
    service.attorney.post(f"/leads/{lead}/notes", json={"text": "a note"})
    details = service.attorney.get(f"/leads/{lead}/details").json()
    row = next(row for row in rows_of(export(service)) if row["uuid"] == lead)
    assert list(row) == NAMES_OF_COLUMNS
    assert row == {name: str(details[name]) for name in NAMES_OF_COLUMNS}


@pytest.mark.parametrize("name", [*NAMES, "+1", "@SUM(A1)", "-2+3", "=cmd|' /C calc'!A0", "＝1+1", "two words"], ids=ascii)
def test_any_name_survives_and_is_no_formula(service, name):
    lead = service.submitted(first_name=name, last_name=name)["uuid"]
    row = next(row for row in rows_of(export(service)) if row["uuid"] == lead)
    expected = "'" + name if name[0] in "=+-@＝＋－＠" else name
    assert row["first_name"] == row["last_name"] == expected
    assert None not in row and None not in row.values(), "a row has as many cells as there are names"


def test_the_filters_and_orders_of_the_list_apply(start):
    service = start()
    leads = [service.submitted(first_name=name)["uuid"] for name in ("Łukasz", "Bob", "Lukas")]
    service.attorney.put(f"/leads/{leads[0]}/assignee", json={"assignee": ATTORNEY})

    def exported(**params):
        return [row["uuid"] for row in rows_of(export(service, **params))]
    assert exported() == leads
    assert exported(sort="-created_at") == leads[::-1]
    assert exported(q="lukas", sort="-created_at") == [leads[2], leads[0]]
    assert exported(assignee="me") == [leads[0]]
    assert exported(created_to="2000-01-01") == []
    answer = refusal(service.attorney.get("/leads/export", params={"status": "x"}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "status"]


def test_an_export_is_in_the_audit_log_without_what_was_searched_for(start):
    service = start()
    export(service, q="Unmistakable", status="PENDING", assignee="none")
    assert service.attorney.head("/leads/export").status_code == 200
    export(service)

    def entries():
        log = service.admin.get("/admin/audit/", params={"limit": 200}).json()
        found = [entry for entry in log if entry["action"] == "LEADS_EXPORTED"]
        return found if len(found) == 2 else None
    entries = eventually(entries, 15, "both exports are logged, and no HEAD")
    assert [entry["details"] for entry in entries] == [{}, {"status": "PENDING", "assignee": None, "has_text": True}]
    assert all((entry["actor"], entry["lead_uuid"]) == (ATTORNEY, None) for entry in entries)
    assert "nmistakable" not in repr(entries)


def test_a_long_export_is_streamed(start):
    service = start.service()
    service.storage.insert_leads(3000)
    service.start()
    response = export(service)
    assert response.headers.get("Transfer-Encoding") == "chunked"
    rows = rows_of(response)
    assert sorted(row["email"] for row in rows) == sorted(f"lead{n}@example.com" for n in range(3000))
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
