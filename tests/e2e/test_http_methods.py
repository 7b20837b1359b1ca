"""HEAD, OPTIONS, 405 and the headers that every answer has."""

import pytest

from harness import Refusal, refusal

ALLOWED = {
    "/leads/": {"GET", "HEAD", "POST", "OPTIONS"},
    "/leads/export": {"GET", "HEAD", "OPTIONS"},
    "/leads/{lead_uuid}": {"GET", "HEAD", "DELETE", "OPTIONS"},
    "/leads/{lead_uuid}/status": {"PUT", "OPTIONS"},
    "/leads/{lead_uuid}/resume": {"GET", "HEAD", "OPTIONS"},
    "/leads/{lead_uuid}/details": {"GET", "HEAD", "OPTIONS"},
    "/leads/{lead_uuid}/duplicates": {"GET", "HEAD", "OPTIONS"},
    "/leads/{lead_uuid}/assignee": {"PUT", "OPTIONS"},
    "/leads/{lead_uuid}/claim": {"POST", "OPTIONS"},
    "/leads/{lead_uuid}/notes": {"GET", "HEAD", "POST", "OPTIONS"},
    "/leads/{lead_uuid}/notes/{note_id}": {"DELETE", "OPTIONS"},
    "/leads/bulk/status": {"POST", "OPTIONS"},
    "/leads/bulk/assignee": {"POST", "OPTIONS"},
    "/leads/events": {"GET", "HEAD", "OPTIONS"},
    "/leads/{lead_uuid}/timeline": {"GET", "HEAD", "OPTIONS"},
    "/admin/audit/": {"GET", "HEAD", "OPTIONS"},
    "/token": {"POST", "OPTIONS"},
    "/session": {"GET", "HEAD", "POST", "DELETE", "OPTIONS"},
    "/users/": {"GET", "HEAD", "POST", "OPTIONS"},
    "/users/initial": {"POST", "OPTIONS"},
    "/users/assignees": {"GET", "HEAD", "OPTIONS"},
    "/users/{user_id}": {"PUT", "OPTIONS"},
    "/users/invitations": {"POST", "OPTIONS"},
    "/users/{user_id}/invitation": {"POST", "OPTIONS"},
    "/password-resets": {"POST", "OPTIONS"},
    "/password-resets/confirm": {"POST", "OPTIONS"},
    "/users/me/password": {"PUT", "OPTIONS"},
    "/admin/failed-emails/": {"GET", "HEAD", "OPTIONS"},
    "/admin/failed-emails/{failed_email_id}": {"DELETE", "OPTIONS"},
    "/admin/failed-emails/bulk/resend": {"POST", "OPTIONS"},
    "/admin/failed-emails/bulk/delete": {"POST", "OPTIONS"},
    "/admin/outbox/": {"GET", "HEAD", "OPTIONS"},
    "/admin/failed-emails/{failed_email_id}/resend": {"POST", "OPTIONS"},
    "/openapi.json": {"GET", "HEAD", "OPTIONS"},
    "/docs": {"GET", "HEAD", "OPTIONS"},
    "/redoc": {"GET", "HEAD", "OPTIONS"},
    "/healthz": {"GET", "HEAD", "OPTIONS"},
    "/readyz": {"GET", "HEAD", "OPTIONS"},
    "/metrics": {"GET", "HEAD", "OPTIONS"},
}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def filled(path):
    return path.replace("{lead_uuid}", "00000000-0000-4000-8000-000000000000").replace("{failed_email_id}", "1").replace("{note_id}", "1").replace("{user_id}", "1")


def allow(response):
    return {method.strip() for method in response.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", ALLOWED)
def test_options_tells_the_methods(service, path):
    response = service.anonymous.options(filled(path))
    assert response.status_code in (200, 204) and response.content == b""
    assert allow(response) == ALLOWED[path]


@pytest.mark.parametrize("path,method", [(path, method) for path, allowed in ALLOWED.items() for method in METHODS
                                         if method not in allowed])
def test_another_method_is_not_allowed(service, path, method):
    response = service.admin.request(method, filled(path))
    assert refusal(response) == Refusal(405, "Method Not Allowed")
    assert allow(response) == ALLOWED[path]


@pytest.mark.parametrize("path", [path for path, allowed in ALLOWED.items() if "HEAD" in allowed and "{" not in path
                                  and path != "/leads/events"])  # its body has no end
def test_head_is_get_without_the_body(service, path):
    head, got = service.admin.head(path), service.admin.get(path)
    assert head.status_code == got.status_code == 200
    assert head.content == b""
    assert head.headers.get("Content-Type") == got.headers.get("Content-Type")
    with service.raw() as connection:
        request = f"HEAD {path} HTTP/1.1\r\nHost: x\r\n{{}}\r\n"
        connection.ask(request.format(""), to="HEAD")
        assert connection.ask(request.format("Connection: close\r\n"), to="HEAD") is not None
        assert connection.is_closed(), "nothing follows the header section"


def test_head_of_an_error_has_no_body_either(service):
    for path in ("/nothing", "/leads/"):
        response = service.anonymous.head(path)
        assert response.status_code in (401, 404) and response.content == b""


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW", "get", "PROPFIND"])
def test_a_method_that_nobody_knows_is_refused(service, method):
    with service.raw() as connection:
        target = "x:80" if method == "CONNECT" else "/leads/"
        answer = connection.ask(f"{method} {target} HTTP/1.1\r\nHost: x:80\r\n\r\n")
        assert answer.status in (400, 405, 501)


def test_options_of_the_server_itself_is_answered(service):
    with service.raw() as connection:
        assert connection.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n").status in (200, 204)


@pytest.mark.parametrize("path", ["/healthz", "/openapi.json", "/nothing", "/leads/", "/docs"])
def test_every_answer_has_the_common_headers(service, path):
    response = service.anonymous.get(path)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-ID"]
    assert response.headers["Date"].endswith(" GMT")
    assert "Server" not in response.headers or not any(character.isdigit() for character in response.headers["Server"])


def test_a_request_id_of_the_client_comes_back_when_it_is_sane(service):
    assert service.anonymous.get("/healthz", headers={"X-Request-ID": "abc-123"}).headers["X-Request-ID"] == "abc-123"
    for insane in ("a b", "x" * 300, "<script>", "a\tb"):
        assert service.anonymous.get("/healthz", headers={"X-Request-ID": insane}).headers["X-Request-ID"] != insane


def test_answers_about_people_are_not_to_be_cached(service):
    for response in (service.attorney.get("/leads/"), service.admin.get("/admin/failed-emails/")):
        assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["//leads/", "/leads//", "/./leads/", "/leads/../leads/", "/%6ceads/", "/leads/%2e%2e/leads/",
                                  "/leads;x=1/"])
def test_another_spelling_of_a_path_opens_nothing(service, path):
    with service.raw() as connection:
        answer = connection.ask(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer.status in (400, 401, 404)
