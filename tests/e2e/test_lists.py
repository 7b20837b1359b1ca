"""Lists that are filtered, searched, counted and paged, while others write."""

import threading
import uuid

import pytest

from harness import ADMIN, ATTORNEY, DEACTIVATED, refusal
from test_access import DETAILS_KEYS


def get(service, **params):
    response = service.attorney.get("/leads/", params=params)
    assert response.status_code == 200, response.text
    return response


def uuids(response):
    return [lead["uuid"] for lead in response.json()]


def all_pages(service, **params):
    response = get(service, **params)
    found = uuids(response)
    while "next" in response.links:
        response = service.attorney.get(response.links["next"]["url"])
        assert response.status_code == 200, response.text
        found += uuids(response)
    return found


def total(service, **params):
    return get(service, limit=1, **params).headers.get("X-Total-Count")


@pytest.fixture(scope="module")
def cases(service):
    """Five leads: the second and third are the attorney's, the fourth the admin's, the third is reached out to."""
    leads = [service.submitted(first_name=name, last_name="Case")["uuid"] for name in ("One", "Two", "Three", "Four", "Five")]
    for at, who in ((1, ATTORNEY), (2, ATTORNEY), (3, ADMIN)):
        assert service.attorney.put(f"/leads/{leads[at]}/assignee", json={"assignee": who}).status_code == 200
    service.attorney.put(f"/leads/{leads[2]}/status", json={"status": "REACHED_OUT"})
    return leads


def test_an_assignee_is_an_email_me_or_none(service, cases):
    assert uuids(get(service, assignee=ATTORNEY)) == uuids(get(service, assignee="me")) == cases[1:3]
    assert uuids(get(service, assignee=ADMIN.upper())) == [cases[3]]
    assert uuids(get(service, assignee="none")) == [cases[0], cases[4]]
    assert uuids(service.admin.get("/leads/", params={"assignee": "me"})) == [cases[3]]
    assert uuids(get(service, assignee=DEACTIVATED)) == []
    assert uuids(get(service, assignee="me", status="PENDING", q="case", sort="-created_at", limit=1)) == [cases[1]]


def test_an_assignee_whom_nobody_knows_is_named(service, cases):
    answer = refusal(service.attorney.get("/leads/", params={"assignee": "nobody@law.example"}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "assignee"]


def test_dates_narrow_the_list(service, cases):
    times = {lead["uuid"]: lead["created_at"] for lead in service.leads()}
    third, day = times[cases[2]], times[cases[2]][:10]
    assert uuids(get(service, created_from=third)) == cases[2:]
    assert uuids(get(service, created_to=third)) == cases[:2]
    assert uuids(get(service, created_from=third + "Z", created_to=times[cases[4]], sort="-created_at")) == cases[3:1:-1]
    assert uuids(get(service, created_from=day)) == cases
    assert uuids(get(service, created_from="2000-01-01", created_to="2000-01-02")) == []
    assert get(service, created_from="0000-01-01", created_to="9999-12-31", limit=5).headers["X-Total-Count"] == "5"


@pytest.mark.parametrize("name", ["created_from", "created_to"])
@pytest.mark.parametrize("value", ["yesterday", "2025-13-01", "2025-02-30", "1", "2025-01-01T00:00:00+02:00", "-1"])
def test_what_is_no_date_is_named(service, name, value):
    answer = refusal(service.attorney.get("/leads/", params={name: value}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", name]


def test_every_parameter_that_is_wrong_is_named_at_once(service):
    answer = refusal(service.attorney.get("/leads/", params={"status": "x", "sort": "x", "view": "x", "cursor": "x",
                                                             "created_from": "x", "created_to": "x"}))
    assert answer.status == 422
    assert {error["loc"][1] for error in answer.detail} == {"status", "sort", "view", "cursor", "created_from", "created_to"}


def test_details_come_with_the_list(service, cases):
    for params in ({}, {"limit": 5}, {"q": "case"}):
        leads = get(service, view="details", **params).json()
        assert [lead["uuid"] for lead in leads] == cases
        for lead in leads:
            assert set(lead) == DETAILS_KEYS
            assert lead == service.attorney.get(f"/leads/{lead['uuid']}/details").json()


def test_the_next_page_keeps_every_parameter(service, cases):
    params = {"assignee": "me", "q": "cäse", "created_from": "2000-01-01", "created_to": "9999-12-31", "view": "details", "sort": "-created_at"}
    assert all_pages(service, limit=1, **params) == cases[2:0:-1]
    following = get(service, limit=1, **params).links["next"]["url"]
    assert all(set(lead) == DETAILS_KEYS for lead in service.attorney.get(following).json())


def test_a_first_page_has_the_number_of_all(service, cases):
    assert total(service) == "5"
    assert total(service, status="PENDING") == "4"
    assert total(service, assignee="me") == "2"
    assert total(service, assignee="me", status="REACHED_OUT") == "1"
    assert total(service, assignee="none") == "2"
    assert total(service, q="case") == "5"
    assert total(service, q="tw") == "1"
    assert total(service, q="nobody") == "0"
    assert total(service, created_from="2000-01-01") == "5"
    first = get(service, limit=2)
    assert "X-Total-Count" not in service.attorney.get(first.links["next"]["url"]).headers
    assert "X-Total-Count" not in get(service).headers, "nobody counts what is there"


def test_totals_follow_every_change(start):
    service = start()
    assert total(service) == total(service, q="doe") == "0"
    leads = [service.submitted(first_name="Jo", last_name="Doe")["uuid"] for _ in range(3)]
    assert total(service) == total(service, q="doe") == total(service, assignee="none") == "3"
    service.attorney.post("/leads/bulk/status", json={"uuids": leads, "status": "REACHED_OUT"})
    service.attorney.post("/leads/bulk/assignee", json={"uuids": leads[:2], "assignee": ATTORNEY})
    assert (total(service, status="PENDING"), total(service, status="REACHED_OUT")) == ("0", "3")
    assert (total(service, assignee="me"), total(service, assignee="none")) == ("2", "1")
    assert service.admin.delete(f"/leads/{leads[0]}").status_code == 200
    assert (total(service), total(service, assignee="me"), total(service, q="doe")) == ("2", "1", "2")
    service.restart()
    assert (total(service), total(service, q="doe")) == ("2", "2")


def test_a_lead_is_found_as_soon_as_its_submission_is_answered(service):
    for _ in range(20):
        name = uuid.uuid4().hex
        lead = service.submitted(first_name=name)["uuid"]
        assert uuids(get(service, q=name[5:20].upper(), limit=1)) == [lead]


@pytest.mark.parametrize("name,q", [("Łukasz", "lukasz"), ("MÜLLER", "muller"), ("张伟", "伟"), ("Zoe\u0301", "ZOË"), ("O’Neil", "o'neil"),
                                    ("Anne-Marie", "anne‑marie"), ("Straße", "STRASSE"), ("İrem", "irem"), ("नमस्ते", "नमस्ते"),
                                    ("مرحبا", "مرح"), ("\u202eevil", "evil"), ("😀" * 3, "😀"), ("<script>alert(1)", "script>al"),
                                    ("'; DROP TABLE leads;--", "drop table"), ("%s%n", "%s%n"), ("a\\b_c", "\\b_"),
                                    ("x" * 200, "X" * 200)])
def test_a_search_reads_as_readers_do(service, name, q):
    lead = service.submitted(first_name=name, last_name="Reader")["uuid"]
    assert lead in uuids(get(service, q=q))


@pytest.mark.parametrize("q", ["\"", "*", "NEAR(", "a AND", "^ann", "{ann", "ann OR", "NOT ann", "\\", "%", "_", "'", "--",
                               "ﷺ" * 60, "😀" * 200, "-" * 200])
def test_no_search_is_a_syntax_error(service, q):
    assert service.attorney.get("/leads/", params={"q": q, "limit": 1}).status_code == 200


@pytest.mark.parametrize("params", [{}, {"q": "writer"}, {"status": "PENDING"}, {"sort": "-created_at"}, {"q": "wr", "sort": "-created_at"}])
def test_no_lead_is_skipped_or_doubled_while_others_write(start, params):
    """What was there before the first page, and stays, is seen once."""
    service = start(THREADS=2)
    before = [service.submitted(first_name="Writer", last_name=f"N{n}")["uuid"] for n in range(40)]
    doomed = before[::4]
    done = threading.Event()

    def write():
        client, admin = service.client(), service.admin
        while not done.is_set():
            assert service.submit(client=client, first_name="Writer", last_name="Late").status_code == 200
            if doomed:
                assert admin.delete(f"/leads/{doomed.pop()}").status_code == 200
    staying = set(before) - set(doomed)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = all_pages(service, limit=3, **params)
    finally:
        done.set()
        writer.join()
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


def test_leads_that_were_there_before_the_index_are_found(start):
    service = start.service()
    service.storage.insert_leads(3000)
    service.start()
    assert uuids(get(service, q="last2999")) == uuids(get(service, created_from="2025-01-01", limit=1, sort="-created_at"))
    assert total(service) == "3000"
    assert len(all_pages(service, q="LEAD29", limit=100)) == 111
