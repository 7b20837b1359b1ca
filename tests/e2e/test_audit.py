"""The audit log: what it records, the timeline of a lead, and that tampering is found."""

import json

import pytest

import command_line
from harness import ADMIN, ATTORNEY, PASSWORD, Refusal, refusal, run
from polling import eventually

TIMELINE_KEYS = {"id", "action", "actor_kind", "actor", "user", "details", "created_at"}
LOG_KEYS = TIMELINE_KEYS | {"position", "hash", "lead_uuid"}


def timeline(service, lead, **params):
    response = service.attorney.get(f"/leads/{lead}/timeline", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def log(service, limit=200):
    response = service.admin.get("/admin/audit/", params={"limit": limit})
    assert response.status_code == 200, response.text
    return response.json()


def logged(service, action, count=1):
    """The entries of an action, newest first, when there are so many."""
    def found():
        entries = [entry for entry in log(service) if entry["action"] == action]
        return entries if len(entries) >= count else None
    return eventually(found, 15, f"{count} sealed entries {action}")


def verify(storage, *arguments):
    result = run(storage, storage.data_dir.parent, "audit", "verify", "--json", *arguments)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines, result.stderr
    return result.returncode, lines[:-1], lines[-1]


def head(storage):
    status, _, summary = verify(storage)
    assert status == 0
    return f"{summary['position']}:{summary['hash']}"


def test_a_timeline_has_what_happened_to_the_lead_and_who_did_it(service):
    lead = service.submitted()["uuid"]
    assert service.attorney.put(f"/leads/{lead}/status", json={"status": "REACHED_OUT"}).status_code == 200
    assert service.admin.get(f"/leads/{lead}/resume").status_code == 200
    assert service.admin.head(f"/leads/{lead}/resume").status_code == 200
    assert service.attorney.get(f"/leads/{lead}").status_code == 200
    entries = timeline(service, lead)
    assert all(set(entry) == TIMELINE_KEYS for entry in entries)
    assert [(entry["action"], entry["actor_kind"], entry["actor"], entry["details"]) for entry in entries][:2] == [
        ("RESUME_READ", "USER", ADMIN, {}),
        ("LEAD_STATUS_CHANGED", "USER", ATTORNEY, {"from": "PENDING", "to": "REACHED_OUT"})]
    assert (entries[-1]["action"], entries[-1]["actor_kind"], entries[-1]["actor"]) == ("LEAD_SUBMITTED", "PROSPECT", None)
    assert len([entry for entry in entries if entry["action"] == "RESUME_READ"]) == 1, "a HEAD reads nothing"


def test_a_timeline_has_pages_that_go_on_where_the_one_before_ended(service):
    lead = service.submitted()["uuid"]
    for at in range(7):
        service.attorney.put(f"/leads/{lead}/status", json={"status": ("REACHED_OUT", "PENDING")[at % 2]})
    whole = timeline(service, lead)
    assert [entry["id"] for entry in whole] == sorted((entry["id"] for entry in whole), reverse=True)
    response, paged = service.attorney.get(f"/leads/{lead}/timeline", params={"limit": 3}), []
    while True:
        assert len(response.json()) <= 3
        paged += response.json()
        if "next" not in response.links:
            break
        response = service.attorney.get(response.links["next"]["url"])
    assert paged == whole


@pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "x"}, {"cursor": -1}])
def test_a_page_that_is_none_is_refused(service, params):
    lead = service.submitted()["uuid"]
    assert refusal(service.attorney.get(f"/leads/{lead}/timeline", params=params)).status == 422
    assert refusal(service.admin.get("/admin/audit/", params=params)).status == 422


@pytest.mark.parametrize("lead", ["00000000-0000-4000-8000-000000000000", "nonsense"])
def test_a_lead_that_is_none_has_no_timeline(service, lead):
    assert refusal(service.attorney.get(f"/leads/{lead}/timeline")) == Refusal(404, "Lead not found")


def test_the_log_holds_nothing_of_a_prospect(service):
    lead = service.submitted(first_name="Unmistakable", last_name="Personsname", email="unmistakable@person.example")
    service.attorney.put(f"/leads/{lead['uuid']}/status", json={"status": "REACHED_OUT"})
    entries = eventually(lambda: [entry for entry in log(service) if entry["lead_uuid"] == lead["uuid"]][1:] and log(service),
                         15, "two sealed entries of the lead")
    assert all(set(entry) == LOG_KEYS for entry in entries)
    assert "nmistakable" not in json.dumps(entries) and "ersonsname" not in json.dumps(entries)


def test_logins_and_changes_of_users_are_recorded(start):
    service = start()
    assert service.anonymous.post("/token", data={"username": ATTORNEY, "password": PASSWORD}).status_code == 200
    assert service.anonymous.post("/token", data={"username": ATTORNEY, "password": "wrong"}).status_code == 401
    assert service.anonymous.post("/token", data={"username": "nobody@law.example", "password": "wrong"}).status_code == 401
    assert logged(service, "LOGIN_SUCCEEDED")[0]["actor"] == ATTORNEY
    assert [(entry["actor_kind"], entry["user"]) for entry in logged(service, "LOGIN_FAILED", 2)] == \
        [("ANONYMOUS", None), ("ANONYMOUS", ATTORNEY)]

    assert service.admin.post("/users/", json={"email": "new@law.example", "password": "long enough"}).status_code == 200
    created = logged(service, "USER_CREATED", 4)[0]  # after those of the staff
    assert (created["actor"], created["user"], created["details"]) == (ADMIN, "new@law.example", {"role": "ATTORNEY"})
    command_line.deactivate(service.storage, "new@law.example")
    deactivated = logged(service, "USER_DEACTIVATED", 2)[0]
    assert (deactivated["actor_kind"], deactivated["actor"], deactivated["user"]) == ("COMMAND_LINE", None, "new@law.example")


def test_the_chain_is_intact_while_the_service_runs_and_after_it(start):
    service = start()
    leads = [service.submitted()["uuid"] for _ in range(5)]
    logged(service, "LEAD_SUBMITTED", 5)
    status, findings, summary = verify(service.storage)
    assert (status, findings) == (0, []) and summary["entries"] >= 5
    service.attorney.put(f"/leads/{leads[0]}/status", json={"status": "REACHED_OUT"})
    service.stop()
    status, findings, after = verify(service.storage, "--expect", f"{summary['position']}:{summary['hash']}")
    assert (status, findings) == (0, []) and after["entries"] == summary["entries"] + 1, "the stop seals what is left"
    assert f"{after['hash']}" in service.log(), "the log has the head"
    service.start()
    eventually(lambda: after["hash"] in service.log_of_this_run(), 15, "the start logs the head, too")


@pytest.mark.parametrize("statement,kind", [
    ("UPDATE audit_log SET action = 'RESUME_READ' WHERE position = 3", "CHANGED"),
    ("UPDATE audit_log SET actor_id = 4711 WHERE position = 3", "CHANGED"),
    ("UPDATE audit_log SET created_at = '2025-01-01T00:00:00.000001' WHERE position = 3", "CHANGED"),
    ("DELETE FROM audit_log WHERE position = 3", "MISSING")])
def test_an_edited_or_deleted_entry_is_found(start, statement, kind):
    storage = a_log_of_some_entries(start)
    storage.tamper_with_audit_log(statement)
    status, findings, _ = verify(storage)
    assert status == 3 and [(finding["kind"], finding["position"]) for finding in findings] == [(kind, 3)]


def test_entries_in_another_order_are_found(start):
    storage = a_log_of_some_entries(start)
    for statement in ("UPDATE audit_log SET position = 1000 WHERE position = 3",
                      "UPDATE audit_log SET position = 3 WHERE position = 4",
                      "UPDATE audit_log SET position = 4 WHERE position = 1000"):
        storage.tamper_with_audit_log(statement)
    status, findings, _ = verify(storage)
    assert status == 3 and {finding["position"] for finding in findings} >= {3, 4}


def test_an_end_that_was_cut_off_is_found_by_a_head_that_was_noted(start):
    storage = a_log_of_some_entries(start)
    noted = head(storage)
    storage.tamper_with_audit_log("DELETE FROM audit_log WHERE position > 3")
    assert verify(storage)[0] == 0
    status, findings, _ = verify(storage, "--expect", noted)
    assert status == 3 and [finding["kind"] for finding in findings] == ["NOT_MET"]


def test_the_log_itself_takes_no_change(start):
    storage = a_log_of_some_entries(start)
    with pytest.raises(Exception, match="append-only|readonly|read-only"):
        storage.query("DELETE FROM audit_log")
    assert verify(storage)[0] == 0


def test_a_head_that_is_none_is_refused(service, tmp_path):
    result = run(service.storage, tmp_path, "audit", "verify", "--expect", "nonsense")
    assert result.returncode == 2 and "POSITION:HASH" in result.stderr


def test_a_killed_service_loses_no_entry_of_what_it_answered(start):
    service = start()
    leads = [service.submitted()["uuid"] for _ in range(3)]
    service.kill()
    service.start()
    for lead in leads:
        assert [entry["action"] for entry in timeline(service, lead)][-1] == "LEAD_SUBMITTED"
    logged(service, "LEAD_SUBMITTED", 3)
    service.stop()
    assert verify(service.storage)[0] == 0


@pytest.mark.postgresql
def test_instances_make_one_chain(instances):
    services = [instance.start() for instance in instances(3)]
    for at in range(12):
        services[at % 3].submitted()
    logged(services[0], "LEAD_SUBMITTED", 12)
    for service in services:
        service.stop()
    status, findings, summary = verify(services[0].storage)
    assert (status, findings) == (0, []) and summary["entries"] >= 12


def a_log_of_some_entries(start):
    service = start()
    for _ in range(6):
        service.submitted()
    service.stop()
    return service.storage
