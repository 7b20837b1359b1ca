"""Who may call what: every operation of the OpenAPI document, for every kind of caller."""

import time
import uuid
from dataclasses import dataclass, field

import pytest

from harness import (ADMIN, ATTORNEY, DEACTIVATED, FAILED_EMAIL_KEYS, LEAD_KEYS, NO_CREDENTIALS, NOT_ADMIN, TIMESTAMP,
                     USER_KEYS, Refusal, refusal)
from resumes import TEXT, multipart
from tokens import token, token_for

DETAILS_KEYS = LEAD_KEYS | {"assignee", "notes_count", "version", "resume_name", "resume_type", "resume_size"}
NO_LINKS = Refusal(400, "A link can be mailed only when PUBLIC_BASE_URL is set: to the address of this service")
EVERYONE, STAFF, ADMINS = "everyone", "staff", "admins"


@dataclass(frozen=True)
class Call:
    """A request that must succeed for whoever may make it, or fail with `answer` for a reason of its own."""

    who: str
    path: str = ""
    options: dict = field(default_factory=dict)
    keys: set | None = None
    answer: Refusal | None = None
    ends_token: bool = False


def a_submission(_):
    content_type, body = multipart({"first_name": "A", "last_name": "B", "email": "a@example.com"}, TEXT)
    return Call(EVERYONE, "/leads/", {"data": body, "headers": {"Content-Type": content_type}}, LEAD_KEYS)


def an_account(_):
    return Call(ADMINS, "/users/", {"json": {"email": f"{uuid.uuid4()}@law.example", "password": "long enough"}}, USER_KEYS)


CALLS = {
    ("post", "/leads/"): a_submission,
    ("get", "/leads/"): lambda lead: Call(STAFF, "/leads/"),
    ("get", "/leads/export"): lambda lead: Call(STAFF, "/leads/export"),
    ("get", "/leads/{lead_uuid}"): lambda lead: Call(STAFF, f"/leads/{lead}", {}, LEAD_KEYS),
    ("put", "/leads/{lead_uuid}/status"):
        lambda lead: Call(STAFF, f"/leads/{lead}/status", {"json": {"status": "REACHED_OUT"}}, LEAD_KEYS),
    ("get", "/leads/{lead_uuid}/resume"): lambda lead: Call(STAFF, f"/leads/{lead}/resume"),
    ("get", "/leads/{lead_uuid}/details"): lambda lead: Call(STAFF, f"/leads/{lead}/details", {}, DETAILS_KEYS),
    ("get", "/leads/{lead_uuid}/duplicates"): lambda lead: Call(STAFF, f"/leads/{lead}/duplicates"),
    ("put", "/leads/{lead_uuid}/assignee"):
        lambda lead: Call(STAFF, f"/leads/{lead}/assignee", {"json": {"assignee": None}}, DETAILS_KEYS),
    ("post", "/leads/{lead_uuid}/claim"):
        lambda lead: Call(STAFF, f"/leads/{uuid.uuid4()}/claim", {}, None, Refusal(404, "Lead not found")),
    ("delete", "/leads/{lead_uuid}"): lambda lead: Call(ADMINS, f"/leads/{uuid.uuid4()}", {}, None, Refusal(404, "Lead not found")),
    ("get", "/leads/{lead_uuid}/notes"): lambda lead: Call(STAFF, f"/leads/{lead}/notes"),
    ("post", "/leads/{lead_uuid}/notes"):
        lambda lead: Call(STAFF, f"/leads/{lead}/notes", {"json": {"text": "x"}}, {"id", "author", "text", "created_at"}),
    ("delete", "/leads/{lead_uuid}/notes/{note_id}"):
        lambda lead: Call(STAFF, f"/leads/{lead}/notes/4711", {}, None, Refusal(404, "Note not found")),
    ("post", "/leads/bulk/status"):
        lambda lead: Call(STAFF, "/leads/bulk/status", {"json": {"uuids": [lead], "status": "PENDING"}}),
    ("post", "/leads/bulk/assignee"):
        lambda lead: Call(STAFF, "/leads/bulk/assignee", {"json": {"uuids": [lead], "assignee": None}}),
    ("get", "/leads/events"): lambda lead: Call(STAFF, "/leads/events", {"stream": True}),
    ("get", "/leads/{lead_uuid}/timeline"): lambda lead: Call(STAFF, f"/leads/{lead}/timeline"),
    ("get", "/admin/audit/"): lambda lead: Call(ADMINS, "/admin/audit/"),
    ("get", "/healthz"): lambda lead: Call(EVERYONE, "/healthz", {}, {"status"}),
    ("get", "/readyz"): lambda lead: Call(EVERYONE, "/readyz", {}, {"status"}),
    ("get", "/metrics"): lambda lead: Call(EVERYONE, "/metrics"),
    ("post", "/token"): lambda lead: Call(EVERYONE, "/token", {"data": {"username": "no@law.example", "password": "wrong"}},
                                          None, Refusal(401, "Incorrect email or password")),
    ("post", "/session"): lambda lead: Call(EVERYONE, "/session", {"json": {"email": "no@law.example", "password": "wrong"}},
                                            None, Refusal(401, "Incorrect email or password")),
    ("get", "/session"): lambda lead: Call(STAFF, "/session", {}, {"user", "expires_at"}),
    ("delete", "/session"): lambda lead: Call(STAFF, "/session", {}, {"message"}, ends_token=True),
    ("post", "/users/initial"):
        lambda lead: Call(EVERYONE, "/users/initial", {"json": {"email": "x@law.example", "password": "long enough"}}, None,
                          Refusal(400, "Initial user already exists. Use /users/ endpoint with authentication.")),
    ("post", "/users/"): an_account,
    ("get", "/users/"): lambda lead: Call(ADMINS, "/users/"),
    ("get", "/users/assignees"): lambda lead: Call(STAFF, "/users/assignees"),
    ("post", "/users/invitations"): lambda lead: Call(ADMINS, "/users/invitations", {"json": {"email": "x@law.example"}}, None, NO_LINKS),
    ("post", "/users/{user_id}/invitation"):
        lambda lead: Call(ADMINS, "/users/4711/invitation", {}, None, NO_LINKS),
    ("post", "/password-resets"):
        lambda lead: Call(EVERYONE, "/password-resets", {"json": {"email": ATTORNEY}}, None, NO_LINKS),
    ("post", "/password-resets/confirm"):
        lambda lead: Call(EVERYONE, "/password-resets/confirm", {"json": {"token": "x", "password": "long enough"}}, None,
                          Refusal(400, "This link is invalid or has expired")),
    ("put", "/users/{user_id}"):
        lambda lead: Call(ADMINS, "/users/4711", {"json": {"role": "ADMIN"}}, None, Refusal(404, "User not found")),
    ("put", "/users/me/password"):
        lambda lead: Call(STAFF, "/users/me/password", {"json": {"current_password": "wrong", "new_password": "long enough"}},
                          None, Refusal(400, "Current password is incorrect")),
    ("get", "/admin/failed-emails/"): lambda lead: Call(ADMINS, "/admin/failed-emails/"),
    ("post", "/admin/failed-emails/{failed_email_id}/resend"):
        lambda lead: Call(ADMINS, "/admin/failed-emails/4711/resend", {}, None, Refusal(404, "Failed email record not found")),
    ("post", "/admin/failed-emails/bulk/resend"): lambda lead: Call(ADMINS, "/admin/failed-emails/bulk/resend", {"json": {"ids": [4711]}}),
    ("post", "/admin/failed-emails/bulk/delete"): lambda lead: Call(ADMINS, "/admin/failed-emails/bulk/delete", {"json": {"ids": [4711]}}),
    ("get", "/admin/outbox/"): lambda lead: Call(ADMINS, "/admin/outbox/"),
    ("delete", "/admin/failed-emails/{failed_email_id}"):
        lambda lead: Call(ADMINS, "/admin/failed-emails/4711", {}, None, Refusal(404, "Failed email record not found")),
}

IN_AN_HOUR = int(time.time()) + 3600

# What stands in the Authorization header, and what the caller is.
CALLERS = {
    "anonymous": (None, None),
    "attorney": (f"Bearer {token_for(ATTORNEY, 3600)}", "attorney"),
    "admin": (f"Bearer {token_for(ADMIN, 3600)}", "admin"),
    "deactivated user": (f"Bearer {token_for(DEACTIVATED, 3600)}", None),
    "unknown user": (f"Bearer {token_for('nobody@law.example', 3600)}", None),
    "expired token": (f"Bearer {token({'sub': ADMIN, 'exp': int(time.time()) - 1})}", None),
    "token of another key": (f"Bearer {token({'sub': ADMIN, 'exp': IN_AN_HOUR}, key='x' * 40)}", None),
    "garbage token": ("Bearer garbage", None),
    "empty token": ("Bearer ", None),
    "basic credentials": ("Basic YWRtaW46YWRtaW4=", None),
}


def may_call(who, role):
    return who == EVERYONE or role == "admin" or (who == STAFF and role == "attorney")


@pytest.fixture(scope="module")
def lead(service):
    return service.submitted()["uuid"]


def test_every_operation_of_the_openapi_document_has_an_expectation_here(service):
    paths = service.anonymous.get("/openapi.json").json()["paths"]
    documented = {(method, path) for path, operations in paths.items() for method in operations
                  if method in ("get", "post", "put", "patch", "delete", "head", "options")}
    assert documented == set(CALLS)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", CALLS, ids=lambda operation: " ".join(operation))
def test_an_operation_answers_exactly_those_who_may_call_it(service, lead, operation, caller):
    call = CALLS[operation](lead)
    authorization, role = CALLERS[caller]
    client = service.client()
    if call.ends_token and role is not None:
        authorization = f"Bearer {token_for({'attorney': ATTORNEY, 'admin': ADMIN}[role], 60)}"
    if authorization is not None:
        client.headers["Authorization"] = authorization
    response = client.request(operation[0], call.path, **call.options)

    if not may_call(call.who, role):
        expected = Refusal(401, NO_CREDENTIALS) if role is None else Refusal(403, NOT_ADMIN)
        assert refusal(response) == expected
        assert response.headers.get("WWW-Authenticate") == ("Bearer" if role is None else None)
    elif call.answer:
        assert refusal(response) == call.answer
    else:
        assert response.status_code == 200, response.text
        if call.keys:
            assert response.headers["Content-Type"].split(";")[0] == "application/json"
            assert set(response.json()) == call.keys


@pytest.mark.parametrize("path", ["/leads/", "/leads/not-a-uuid", "/leads/not-a-uuid/resume"])
def test_a_stranger_learns_nothing_of_what_exists(service, path):
    assert refusal(service.anonymous.get(path)) == Refusal(401, NO_CREDENTIALS)


def test_a_stranger_learns_nothing_from_the_check_of_the_input(service):
    assert refusal(service.anonymous.post("/users/", data=b"{not json", headers={"Content-Type": "application/json"})) \
        == Refusal(401, NO_CREDENTIALS)


def test_an_attorney_is_refused_before_the_input_is_checked(service):
    assert refusal(service.attorney.post("/users/", json={})) == Refusal(403, NOT_ADMIN)


def test_the_scheme_bearer_is_read_in_any_case(service):
    response = service.anonymous.get("/leads/", headers={"Authorization": f"bearer {token_for(ATTORNEY)}"})
    assert response.status_code == 200


def test_a_token_in_the_query_is_none(service):
    assert service.anonymous.get("/leads/", params={"access_token": token_for(ADMIN)}).status_code == 401


@pytest.mark.parametrize("path", ["/nothing", "/", "/leads/x/y/z", "/users/5/x", "/Leads/", "/admin"])
def test_an_unknown_path_is_not_found(service, path):
    if path == "/" and service.anonymous.get(path).status_code != 404:
        return  # a page may stand at the root
    assert refusal(service.anonymous.get(path)) == Refusal(404, "Not Found")


@pytest.mark.parametrize("method,path,options", [
    ("get", "/leads", {}),
    ("get", "/admin/failed-emails", {}),
    ("post", "/users", {"json": {"email": "not an address", "password": "long enough"}}),
    ("post", "/leads", {"json": {}}),
    ("post", "/token", {"data": {}}),
    ("post", "/users/initial", {"json": {}}),
])
def test_a_collection_answers_alike_with_and_without_a_final_slash(service, method, path, options):
    without, with_slash = (service.admin.request(method, target, **options) for target in (path, path + "/"))
    assert without.status_code == with_slash.status_code
    assert without.status_code not in (301, 302, 303, 307, 308, 404, 405)
    assert without.content == with_slash.content


def test_a_lead_has_exactly_the_documented_form(service):
    lead = service.submitted(first_name="John", last_name="Doe", email="john@example.com")
    assert set(lead) == LEAD_KEYS
    assert (lead["first_name"], lead["last_name"], lead["email"]) == ("John", "Doe", "john@example.com")
    assert str(uuid.UUID(lead["uuid"])) == lead["uuid"] and uuid.UUID(lead["uuid"]).version == 4
    assert lead["resume_download_url"] == f"{service.url}/leads/{lead['uuid']}/resume"
    assert lead["status"] == "PENDING"
    assert TIMESTAMP.fullmatch(lead["created_at"]) and TIMESTAMP.fullmatch(lead["updated_at"])
    assert service.attorney.get(f"/leads/{lead['uuid']}").json() == lead
    assert lead in service.attorney.get("/leads/").json()


def test_the_keys_of_a_failed_email_are_documented(service):
    document = service.anonymous.get("/openapi.json").json()
    assert set(document["components"]["schemas"]["FailedEmail"]["properties"]) == FAILED_EMAIL_KEYS
