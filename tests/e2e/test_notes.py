"""Notes on a lead: what the staff writes about it, for itself."""

import json

import pytest

from harness import ADMIN, ATTORNEY, TIMESTAMP, Refusal, refusal

NOTE_KEYS = {"id", "author", "text", "created_at"}


@pytest.fixture
def lead(service):
    return service.submitted()["uuid"]


def add(client, lead, text, **options):
    return client.post(f"/leads/{lead}/notes", **({"json": {"text": text}} | options))


def added(client, lead, text):
    response = add(client, lead, text)
    assert response.status_code == 200, response.text
    return response.json()


def notes(service, lead, **params):
    response = service.attorney.get(f"/leads/{lead}/notes", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def details(service, lead):
    return service.attorney.get(f"/leads/{lead}/details").json()


def test_a_note_has_its_author_and_its_time(service, lead):
    note = added(service.attorney, lead, "Called, left a message.")
    assert set(note) == NOTE_KEYS and note["author"] == ATTORNEY and TIMESTAMP.fullmatch(note["created_at"])
    assert notes(service, lead) == [note]
    assert details(service, lead)["notes_count"] == 1


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE leads; -- \\ % _ $1 ?",
    "override": "\u202egnp.fdp\u202c \u2066\u2069 \u200b\ufeff",
    "lines": "one\r\ntwo\n\n\tthree\u2028four\u2029\x85",
    "controls": "".join(chr(code) for code in range(1, 32)) + "\x7f\x9b",
    "beyond the BMP": "🦀👩‍👩‍👧‍👦 𝕬 张伟 Łukasz e\u0301",
    "ten thousand": "ä" * 10_000,
    "ten thousand crabs": "🦀" * 10_000,
    "one line": "x" * 10_000,
    "blank": " ",
    "JSON": '{"text": "\\u0000"}',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_comes_back_as_it_was(service, lead, text):
    body = ('{"text": ' + json.dumps(text, ensure_ascii=False) + "}").encode()
    response = add(service.attorney, lead, None, json=None, data=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200, response.text[:200]
    assert response.json()["text"] == text
    assert notes(service, lead)[0]["text"] == text


@pytest.mark.parametrize("text,kind", [("", "string_too_short"), ("x" * 10_001, "string_too_long"), (None, "string_type"),
                                       (7, "string_type"), ("a\0b", "value_error")])
def test_a_note_that_is_none_is_named(service, lead, text, kind):
    answer = refusal(add(service.attorney, lead, text))
    assert answer.status == 422 and answer.detail[0]["type"] == kind and answer.detail[0]["loc"] == ["body", "text"]
    assert notes(service, lead) == []


def test_a_body_without_end_is_refused(service, lead):
    assert add(service.attorney, lead, "x" * 200_000).status_code == 413


def test_notes_have_pages(service, lead):
    made = [added(service.attorney, lead, str(number)) for number in range(5)]
    response, seen = service.attorney.get(f"/leads/{lead}/notes", params={"limit": 2}), []
    while True:
        seen += response.json()
        if "next" not in response.links:
            break
        response = service.attorney.get(response.links["next"]["url"])
    assert seen == made[::-1]


def test_a_note_is_deleted_by_its_author_or_an_admin(service, lead):
    of_attorney, of_admin = added(service.attorney, lead, "secret text"), added(service.admin, lead, "2")
    assert of_admin["author"] == ADMIN
    assert refusal(service.attorney.delete(f"/leads/{lead}/notes/{of_admin['id']}")) == \
        Refusal(403, "Only its author or an admin may delete a note")
    assert service.attorney.delete(f"/leads/{lead}/notes/{of_attorney['id']}").json() == {"message": "Note deleted successfully"}
    assert refusal(service.attorney.delete(f"/leads/{lead}/notes/{of_attorney['id']}")) == Refusal(404, "Note not found")
    other = service.submitted()["uuid"]
    assert refusal(service.admin.delete(f"/leads/{other}/notes/{of_admin['id']}")) == Refusal(404, "Note not found")
    assert service.admin.delete(f"/leads/{lead}/notes/{of_admin['id']}").status_code == 200
    assert notes(service, lead) == [] and details(service, lead)["notes_count"] == 0
    history = service.attorney.get(f"/leads/{lead}/timeline")
    assert [entry["action"] for entry in history.json()][:4] == ["NOTE_DELETED", "NOTE_DELETED", "NOTE_ADDED", "NOTE_ADDED"]
    assert "secret text" not in history.text


@pytest.mark.parametrize("note", ["0", "-1", "x", "99999999999999999999", "1%00"])
def test_what_is_no_note_is_not_found(service, lead, note):
    assert refusal(service.admin.delete(f"/leads/{lead}/notes/{note}")).status in (400, 404)


@pytest.mark.parametrize("nowhere", ["00000000-0000-4000-8000-000000000000", "nonsense"])
def test_a_lead_that_is_none_has_no_notes(service, nowhere):
    assert refusal(service.attorney.get(f"/leads/{nowhere}/notes")) == Refusal(404, "Lead not found")
    assert refusal(add(service.attorney, nowhere, "x")) == Refusal(404, "Lead not found")
