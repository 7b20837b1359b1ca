"""The attorneys' side: list, page, filter, search, sort, read, mark."""

import uuid

import pytest

from harness import LEAD_KEYS, TIMESTAMP, Refusal, refusal

PEOPLE = [("Ada", "Lovelace", "ada@engines.example"), ("Grace", "Hopper", "grace@navy.example"),
          ("Alan", "Turing", "alan@bletchley.example"), ("Łukasz", "Żółć", "lukasz@example.pl"),
          ("100%", "Real", "percent@example.com"), ("under_score", "X", "under@example.com"),
          ("Edsger", "Dijkstra", "ewd@example.nl")]


@pytest.fixture(scope="module")
def people(service):
    """The leads of PEOPLE in the order of their submission; the second and the last one reached out to."""
    uuids = [service.submitted(first_name=first, last_name=last, email=email)["uuid"] for first, last, email in PEOPLE]
    for at in (1, 6):
        assert service.attorney.put(f"/leads/{uuids[at]}/status", json={"status": "REACHED_OUT"}).status_code == 200
    return uuids


def listed(service, **params):
    response = service.attorney.get("/leads/", params=params)
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    return [lead["uuid"] for lead in response.json()]


def pages(service, **params):
    """All pages, by following the Link header as a client does."""
    response = service.attorney.get("/leads/", params=params)
    while True:
        assert response.status_code == 200, response.text
        yield [lead["uuid"] for lead in response.json()]
        following = response.links.get("next")
        if following is None:
            return
        response = service.attorney.get(following["url"])


def test_an_empty_list_is_an_array(start):
    response = start().attorney.get("/leads/")
    assert (response.status_code, response.json()) == (200, [])


def test_the_list_has_all_leads_oldest_first(service, people):
    assert listed(service) == people
    leads = service.leads()
    assert all(set(lead) == LEAD_KEYS for lead in leads)
    assert [lead["created_at"] for lead in leads] == sorted(lead["created_at"] for lead in leads)


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 200])
@pytest.mark.parametrize("sort", [None, "-created_at"])
def test_pages_show_every_lead_once_and_in_order(service, people, limit, sort):
    found = list(pages(service, limit=limit, **({"sort": sort} if sort else {})))
    assert sum(found, []) == (people if sort is None else people[::-1])
    assert all(len(page) == limit for page in found[:-1])


def test_the_last_page_has_no_successor(service, people):
    response = service.attorney.get("/leads/", params={"limit": 7})
    assert len(response.json()) == 7 and "next" not in response.links


def test_the_link_to_the_next_page_keeps_the_filter(service, people):
    found = list(pages(service, limit=2, status="PENDING"))
    assert sum(found, []) == [people[at] for at in (0, 2, 3, 4, 5)]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "x", "1.5", "99999999999999999999", ""])
def test_a_limit_out_of_range_is_named(service, limit):
    answer = refusal(service.attorney.get("/leads/", params={"limit": limit}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "limit"]


@pytest.mark.parametrize("cursor", ["nonsense", "'", "AAAA", "=" * 1000, "-1"])
def test_a_cursor_of_someone_else_is_refused(service, people, cursor):
    assert service.attorney.get("/leads/", params={"limit": 1, "cursor": cursor}).status_code in (400, 422)


def test_a_status_filters(service, people):
    assert listed(service, status="REACHED_OUT") == [people[1], people[6]]
    assert listed(service, status="PENDING") == [people[at] for at in (0, 2, 3, 4, 5)]


@pytest.mark.parametrize("status", ["reached", "pending", "1"])
def test_an_unknown_status_is_named(service, status):
    answer = refusal(service.attorney.get("/leads/", params={"status": status}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "status"]


@pytest.mark.parametrize("q,found", [("ada", [0]), ("LOVELACE", [0]), ("@navy", [1]), ("Łukasz", [3]), ("100%", [4]), ("00%", [4]),
                                     ("r_s", [5]), ("example.com", [4, 5]), ("nobody", []), ("' OR 1=1 --", []), ("%", []),
                                     ("lukasz zolc", [3]), ("  LUKASZ   zo", [3]), ("gr", [1]), ("ra", []), ("\u0301", range(7))])
def test_a_search_finds_names_and_addresses_literally(service, people, q, found):
    assert listed(service, q=q) == [people[at] for at in found]


def test_filters_combine(service, people):
    assert listed(service, q="example", status="REACHED_OUT", limit=1) == [people[1]]


def test_an_unknown_sort_is_named(service, people):
    answer = refusal(service.attorney.get("/leads/", params={"sort": "resume_path"}))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["query", "sort"]


def test_every_documented_sort_is_a_permutation_of_the_list(service, people):
    operation = service.anonymous.get("/openapi.json").json()["paths"]["/leads/"]["get"]
    sort = next(parameter for parameter in operation["parameters"] if parameter["name"] == "sort")
    assert len(sort["schema"]["enum"]) >= 2
    for choice in sort["schema"]["enum"]:
        assert sorted(listed(service, sort=choice)) == sorted(people), choice
        assert sum(pages(service, sort=choice, limit=3), []) == listed(service, sort=choice), choice


def test_a_lead_that_arrives_while_paging_disturbs_no_page(start):
    service = start()
    before = [service.submitted()["uuid"] for _ in range(4)]
    following = pages(service, limit=2)
    assert next(following) == before[:2]
    late = service.submitted()["uuid"]
    assert sum(following, []) == [*before[2:], late]


def test_a_long_list_is_streamed(start):
    service = start.service()
    service.storage.insert_leads(3000)
    service.start()
    response = service.attorney.get("/leads/")
    assert response.headers.get("Transfer-Encoding") == "chunked"
    leads = response.json()
    assert [lead["email"] for lead in leads] == [f"lead{n}@example.com" for n in range(3000)]


# --- one lead ---

@pytest.mark.parametrize("path", [str(uuid.UUID(int=0)), "nonsense", "1", "%00", "'", "x" * 2000])
def test_a_lead_that_is_none_is_not_found(service, path):
    assert refusal(service.attorney.get(f"/leads/{path}")) == Refusal(404, "Lead not found")
    assert refusal(service.attorney.put(f"/leads/{path}/status", json={"status": "PENDING"})) == Refusal(404, "Lead not found")


@pytest.fixture
def lead(service):
    return service.submitted()


def set_status(service, lead, body, **options):
    return service.attorney.put(f"/leads/{lead['uuid']}/status", **({"json": body} | options))


def test_a_status_is_set_and_kept(service, lead):
    changed = set_status(service, lead, {"status": "REACHED_OUT"}).json()
    assert changed == lead | {"status": "REACHED_OUT", "updated_at": changed["updated_at"]}
    assert TIMESTAMP.fullmatch(changed["updated_at"]) and changed["updated_at"] > lead["updated_at"]
    assert service.attorney.get(f"/leads/{lead['uuid']}").json() == changed
    assert set_status(service, lead, {"status": "REACHED_OUT"}).status_code == 200
    assert set_status(service, lead, {"status": "PENDING"}).json()["status"] == "PENDING"


@pytest.mark.parametrize("body", [{"status": "DONE"}, {"status": "reached_out"}, {"status": ""}, {"status": 5}, {"status": None},
                                  {"status": ["PENDING"]}])
def test_a_status_that_is_none_is_named(service, lead, body):
    answer = refusal(set_status(service, lead, body))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "status"]
    assert service.attorney.get(f"/leads/{lead['uuid']}").json() == lead


def test_a_missing_status_is_named(service, lead):
    assert refusal(set_status(service, lead, {})) == \
        Refusal(422, [{"type": "missing", "loc": ["body", "status"], "msg": "Field required", "input": None}])


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"PENDING"', b"null", b'{"status":"PENDING"', b"\xff", b"[" * 5000,
                                  b'{"status":"PENDING"}x'])
def test_a_body_that_is_no_object_is_refused(service, lead, body):
    response = set_status(service, lead, None, json=None, data=body, headers={"Content-Type": "application/json"})
    assert refusal(response).status == 422
    assert service.attorney.get(f"/leads/{lead['uuid']}").json() == lead


def test_a_body_that_is_too_large_is_refused(service, lead):
    response = set_status(service, lead, {"status": "PENDING", "padding": "x" * 70_000})
    assert response.status_code == 413


def test_nothing_but_the_status_can_be_changed(service, lead):
    changed = set_status(service, lead, {"status": "REACHED_OUT", "email": "evil@example.com", "uuid": str(uuid.uuid4())}).json()
    assert changed["email"] == lead["email"] and changed["uuid"] == lead["uuid"]
