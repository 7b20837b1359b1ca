"""What several people do with the same leads: assignment, claims, conditional changes, many at once, duplicates."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ADMIN, ATTORNEY, DEACTIVATED, LEAD_KEYS, Refusal, refusal

DETAILS_KEYS = LEAD_KEYS | {"assignee", "notes_count", "version", "resume_name", "resume_type", "resume_size"}
NOWHERE = "00000000-0000-4000-8000-000000000000"
CHANGED_MEANWHILE = Refusal(412, "The lead was changed meanwhile")


@pytest.fixture
def lead(service):
    return service.submitted()["uuid"]


def details(service, lead):
    response = service.attorney.get(f"/leads/{lead}/details")
    assert response.status_code == 200, response.text
    return response


def assign(client, lead, assignee, **headers):
    return client.put(f"/leads/{lead}/assignee", json={"assignee": assignee}, headers=headers)


def actions(service, lead):
    return [entry["action"] for entry in service.attorney.get(f"/leads/{lead}/timeline").json()]


def test_the_details_are_the_lead_and_what_the_staff_keeps(service):
    lead = service.submitted(first_name="John", last_name="Doe")
    response = details(service, lead["uuid"])
    assert set(response.json()) == DETAILS_KEYS
    assert {key: response.json()[key] for key in LEAD_KEYS} == lead
    assert response.json()["assignee"] is None and response.json()["resume_size"] > 0
    assert response.headers["ETag"] == f'"{response.json()["version"]}"'
    assert set(service.attorney.get(f"/leads/{lead['uuid']}").json()) == LEAD_KEYS, "the reference's answer stays as it is"


def test_a_lead_is_assigned_and_taken_back(service, lead):
    assert assign(service.attorney, lead, ADMIN.upper()).json()["assignee"] == ADMIN
    assert assign(service.attorney, lead, ADMIN).status_code == 200, "as it is already"
    assert assign(service.attorney, lead, None).json()["assignee"] is None
    history = service.attorney.get(f"/leads/{lead}/timeline").json()
    assert [(entry["action"], entry["actor"], entry["user"]) for entry in history][:2] == [
        ("LEAD_UNASSIGNED", ATTORNEY, ADMIN), ("LEAD_ASSIGNED", ATTORNEY, ADMIN)]
    assert len(history) == 3


@pytest.mark.parametrize("assignee", [DEACTIVATED, "nobody@law.example", "nonsense", "x" * 300 + "@law.example"])
def test_only_an_active_user_can_be_assigned(service, lead, assignee):
    assert refusal(assign(service.attorney, lead, assignee)) == Refusal(400, "The assignee is no active user")
    assert details(service, lead).json()["assignee"] is None


def test_an_assignee_that_is_missing_is_named(service, lead):
    answer = refusal(service.attorney.put(f"/leads/{lead}/assignee", json={}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "assignee"]


def test_a_claim_takes_what_is_nobodys(service, lead):
    assert service.attorney.post(f"/leads/{lead}/claim").json()["assignee"] == ATTORNEY
    assert service.attorney.post(f"/leads/{lead}/claim").status_code == 200, "one's own"
    assert refusal(service.admin.post(f"/leads/{lead}/claim")) == Refusal(409, f"The lead is already assigned to {ATTORNEY}")


def test_of_many_claims_exactly_one_succeeds(service):
    clients = [service.attorney, service.admin]
    for _ in range(5):
        lead = service.submitted()["uuid"]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda at: clients[at % 2].post(f"/leads/{lead}/claim"), range(8)))
        winner = details(service, lead).json()["assignee"]
        assert winner in (ATTORNEY, ADMIN)
        for at, response in enumerate(answers):
            assert response.status_code == (200 if winner == (ATTORNEY, ADMIN)[at % 2] else 409)
        assert actions(service, lead).count("LEAD_ASSIGNED") == 1


@pytest.mark.parametrize("change", [
    lambda client, lead, tag: client.put(f"/leads/{lead}/status", json={"status": "REACHED_OUT"}, headers={"If-Match": tag}),
    lambda client, lead, tag: assign(client, lead, ADMIN, **{"If-Match": tag}),
    lambda client, lead, tag: client.post(f"/leads/{lead}/claim", headers={"If-Match": tag}),
    lambda client, lead, tag: client.delete(f"/leads/{lead}", headers={"If-Match": tag})],
    ids=["status", "assignee", "claim", "erase"])
def test_a_change_of_what_others_changed_is_refused(service, lead, change):
    old = details(service, lead).headers["ETag"]
    service.attorney.post(f"/leads/{lead}/notes", json={"text": "meanwhile"})
    before = details(service, lead).json()
    for tag in (old, f"W/{old}", '"nonsense"', "nonsense"):
        assert refusal(change(service.admin, lead, tag)) == CHANGED_MEANWHILE
    assert details(service, lead).json() == before
    current = details(service, lead).headers["ETag"]
    assert change(service.admin, lead, f"{old}, {current}").status_code == 200


def test_a_change_answers_with_the_next_etag(service, lead):
    tag = details(service, lead).headers["ETag"]
    for status in ("REACHED_OUT", "PENDING"):
        response = service.attorney.put(f"/leads/{lead}/status", json={"status": status}, headers={"If-Match": tag})
        assert response.status_code == 200 and response.headers["ETag"] != tag
        tag = response.headers["ETag"]
    assert details(service, lead).headers["ETag"] == tag


def test_of_changes_from_the_same_state_exactly_one_succeeds(service, lead):
    tag = details(service, lead).headers["ETag"]

    def change(at):
        return service.attorney.put(f"/leads/{lead}/status", json={"status": ("REACHED_OUT", "PENDING")[at % 2]},
                                    headers={"If-Match": tag}).status_code
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(change, range(8))) == [200] + [412] * 7


@pytest.mark.parametrize("path", ["details", "duplicates"])
def test_what_is_no_lead_is_not_found(service, path):
    assert refusal(service.attorney.get(f"/leads/{NOWHERE}/{path}")) == Refusal(404, "Lead not found")
    for tag in ({}, {"If-Match": '"1"'}, {"If-Match": "*"}):
        assert refusal(assign(service.attorney, NOWHERE, ADMIN, **tag)) == Refusal(404, "Lead not found")
        assert refusal(service.attorney.post(f"/leads/{NOWHERE}/claim", headers=tag)) == Refusal(404, "Lead not found")
        assert refusal(service.attorney.put(f"/leads/{NOWHERE}/status", json={"status": "PENDING"}, headers=tag)) == \
            Refusal(404, "Lead not found")


def bulk(service, what, **body):
    return service.attorney.post(f"/leads/bulk/{what}", json=body)


def test_a_bulk_change_answers_for_each_lead(service):
    leads = [service.submitted()["uuid"] for _ in range(3)]
    service.attorney.put(f"/leads/{leads[1]}/status", json={"status": "REACHED_OUT"})
    response = bulk(service, "status", uuids=[leads[0], leads[1], NOWHERE, "nonsense", leads[2].upper()], status="REACHED_OUT")
    assert response.json() == [{"uuid": sent, "result": result} for sent, result in (
        (leads[0], "CHANGED"), (leads[1], "UNCHANGED"), (NOWHERE, "NOT_FOUND"), ("nonsense", "NOT_FOUND"),
        (leads[2].upper(), response.json()[4]["result"]))]
    assert actions(service, leads[0]) == ["LEAD_STATUS_CHANGED", "LEAD_SUBMITTED"]
    assert actions(service, leads[1]).count("LEAD_STATUS_CHANGED") == 1
    response = bulk(service, "assignee", uuids=leads, assignee=ADMIN)
    assert [entry["result"] for entry in response.json()] == ["CHANGED"] * 3
    assert all(details(service, lead).json()["assignee"] == ADMIN for lead in leads)
    assert [entry["result"] for entry in bulk(service, "assignee", uuids=leads, assignee=None).json()] == ["CHANGED"] * 3


def test_two_hundred_leads_are_changed_at_once(service):
    lead = service.submitted()["uuid"]
    uuids = [lead] + [str(uuid.uuid4()) for _ in range(199)]
    results = [entry["result"] for entry in bulk(service, "status", uuids=uuids, status="REACHED_OUT").json()]
    assert results == ["CHANGED"] + ["NOT_FOUND"] * 199


@pytest.mark.parametrize("body", [{"status": "PENDING"}, {"uuids": [], "status": "PENDING"}, {"uuids": "x", "status": "PENDING"},
                                  {"uuids": [7], "status": "PENDING"}, {"uuids": [NOWHERE] * 201, "status": "PENDING"},
                                  {"uuids": [NOWHERE], "status": "DONE"}, {"uuids": [NOWHERE]},
                                  {"uuids": {"a": 1}, "status": "PENDING"}, {"uuids": None, "status": "PENDING"}])
def test_a_bulk_change_that_is_none_is_named(service, body):
    assert refusal(bulk(service, "status", **body)).status == 422


def test_a_bulk_assignment_to_nobody_known_is_refused(service, lead):
    assert refusal(bulk(service, "assignee", uuids=[lead], assignee=DEACTIVATED)) == Refusal(400, "The assignee is no active user")


def test_bulk_changes_that_cross_each_other_all_succeed(service):
    leads = [service.submitted()["uuid"] for _ in range(20)]

    def change(at):
        order = leads if at % 2 else leads[::-1]
        return bulk(service, "status", uuids=order, status=("REACHED_OUT", "PENDING")[at % 2]).status_code
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(change, range(12))) == {200}


def test_duplicates_are_shown_and_not_refused(service):
    name = uuid.uuid4().hex
    lead = service.submitted(first_name="Ann", last_name=name, email=f"{name}@example.com")
    same_email = service.submitted(first_name="X", last_name="Y", email=f"{name.upper()}@EXAMPLE.com")
    same_both = service.submitted(first_name="ANN", last_name=name.upper(), email=f"{name}@example.com")
    service.submitted(first_name="Bob", last_name=name, email="bob@example.com")
    found = service.attorney.get(f"/leads/{lead['uuid']}/duplicates").json()
    assert found == [same_both | {"matches": ["EMAIL", "NAME"]}, same_email | {"matches": ["EMAIL"]}]
    assert all(set(duplicate) == LEAD_KEYS | {"matches"} for duplicate in found)
