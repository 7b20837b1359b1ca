"""Sessions of browsers: the cookie, what ends them, and that no other site can use them."""

import pytest

from browser import OWN_PAGE, Browser, logged_in
from command_line import activate, deactivate
from harness import (ADMIN, ATTORNEY, DEACTIVATED, NO_CREDENTIALS, NO_LOGIN, PASSWORD, TIMESTAMP, TOO_MANY, USER_KEYS, Refusal,
                     refusal)
from test_audit import logged
from tokens import token_for

FOREIGN = Refusal(403, "Cross-site request refused")
LOGGED_OUT = Refusal(401, NO_CREDENTIALS)


def is_in(client):
    response = client.get("/leads/")
    assert response.status_code == 200 or refusal(response) == LOGGED_OUT
    return response.status_code == 200


# --- the cookie ---

def test_a_login_answers_who_it_is_and_sets_the_cookie(service):
    browser = Browser(service)
    response = browser.log_in(ATTORNEY.upper())
    assert response.status_code == 200, response.text
    assert set(response.json()) == {"user", "expires_at"}
    user = response.json()["user"]
    assert set(user) == USER_KEYS and user["email"] == ATTORNEY and user["role"] == "ATTORNEY"
    assert TIMESTAMP.fullmatch(response.json()["expires_at"])
    name, _, rest = response.headers["Set-Cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert name == "alma_session" and len(value) == 43
    assert set(attributes) == {"Path=/", "HttpOnly", "SameSite=Strict"}
    assert "no-store" in response.headers["Cache-Control"]
    assert is_in(browser)
    assert browser.get("/session").json()["user"] == user


def test_behind_https_the_cookie_is_of_this_host_alone(start):
    service = start(PUBLIC_BASE_URL="https://leads.law.example")
    cookie = Browser(service).log_in().headers["Set-Cookie"]
    assert cookie.startswith("__Host-alma_session=")
    assert {"Path=/", "HttpOnly", "SameSite=Strict", "Secure"} == set(cookie.split("; ")[1:])
    value = cookie.partition("=")[2].partition(";")[0]
    assert service.anonymous.get("/leads/", headers={"Cookie": f"__Host-alma_session={value}"}).status_code == 200
    # Any host of the domain, and any network in between, could have set this one.
    assert service.anonymous.get("/leads/", headers={"Cookie": f"alma_session={value}"}).status_code == 401


def test_the_scheme_is_the_trusted_proxys_word(start):
    service = start(TRUSTED_PROXIES="127.0.0.1")
    proxied = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "leads.law.example"}
    assert Browser(service).log_in(headers=proxied).headers["Set-Cookie"].startswith("__Host-")


def test_the_session_is_not_in_the_database_nor_in_the_log(service):
    browser = logged_in(service)
    value = browser.cookies["alma_session"]
    assert is_in(browser)
    rows = service.storage.query("SELECT id_hash FROM sessions")
    assert rows and all(value not in row[0] for row in rows)
    assert value not in service.log()


@pytest.mark.parametrize("value", ["", "x", "x" * 43, "x" * 8000, "' OR 1=1 --", "é", "%00", '"quoted"'])
def test_what_is_no_session_opens_nothing(service, value):
    cookie = f"alma_session={value}".encode()
    assert refusal(service.anonymous.get("/leads/", headers={"Cookie": cookie})) == LOGGED_OUT


def test_a_new_login_ends_the_session_that_the_browser_had(service):
    browser = logged_in(service)
    before = dict(browser.cookies)
    assert browser.log_in(ADMIN).status_code == 200
    assert browser.get("/session").json()["user"]["email"] == ADMIN
    assert service.anonymous.get("/leads/", cookies=before).status_code == 401


# --- logging in is throttled and answered as at /token ---

@pytest.mark.parametrize("email,password", [(ATTORNEY, "wrong"), ("nobody@law.example", PASSWORD), (DEACTIVATED, PASSWORD), ("x", "x")])
def test_a_login_that_fails_never_says_why(service, email, password):
    response = Browser(service).log_in(email, password)
    assert refusal(response) == Refusal(401, NO_LOGIN)
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("name", ["email", "password"])
def test_a_missing_field_is_named(service, name):
    fields = {"email": ATTORNEY, "password": PASSWORD}
    del fields[name]
    assert refusal(service.anonymous.post("/session", json=fields)) == \
        Refusal(422, [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": None}])


def test_guesses_at_both_ways_of_logging_in_are_counted_together(start):
    service = start(LOGIN_RATE_LIMIT="2/hour")
    assert Browser(service).log_in(password="wrong").status_code == 401
    assert service.anonymous.post("/token", data={"username": ATTORNEY, "password": "wrong"}).status_code == 401
    response = Browser(service).log_in()
    assert refusal(response) == Refusal(429, TOO_MANY)
    assert int(response.headers["Retry-After"]) > 3500


# --- no other site can use a session ---

@pytest.mark.parametrize("headers", [
    {"X-Requested-With": None}, {"X-Requested-With": "XMLHttpRequest"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"}])
def test_what_another_site_has_the_browser_send_is_refused(service, headers):
    browser = logged_in(service)
    lead = service.submitted()["uuid"]
    for method, path, options in [("put", f"/leads/{lead}/status", {"json": {"status": "REACHED_OUT"}}),
                                  ("post", f"/leads/{lead}/notes", {"json": {"text": "x"}}), ("delete", "/session", {})]:
        assert refusal(browser.request(method, path, headers=headers, **options)) == FOREIGN
    assert browser.get(f"/leads/{lead}").json()["status"] == "PENDING"
    assert is_in(browser)


def test_what_our_own_pages_send_passes(service):
    browser = logged_in(service)
    lead = service.submitted()["uuid"]
    own = {"Origin": service.url, "Sec-Fetch-Site": "same-origin"}
    assert browser.put(f"/leads/{lead}/status", json={"status": "REACHED_OUT"}, headers=own).status_code == 200
    assert browser.put(f"/leads/{lead}/status", json={"status": "PENDING"}).status_code == 200


def test_what_only_reads_needs_nothing_of_it(service):
    browser = logged_in(service)
    assert browser.get("/leads/", headers={"X-Requested-With": None, "Origin": "https://evil.example"}).status_code == 200
    assert browser.head("/leads/", headers={"X-Requested-With": None, "Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_what_a_token_authenticates_needs_nothing_of_it(service):
    lead = service.submitted()["uuid"]
    for cookies in ({}, dict(logged_in(service).cookies)):
        response = service.attorney.put(f"/leads/{lead}/status", json={"status": "PENDING"}, cookies=cookies,
                                        headers={"Origin": "https://evil.example"})
        assert response.status_code == 200


def test_no_other_site_can_log_a_visitor_in(service):
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        response = service.anonymous.post("/session", json={"email": ATTORNEY, "password": PASSWORD}, headers=headers)
        assert refusal(response) == FOREIGN
        assert "Set-Cookie" not in response.headers


def test_a_token_goes_before_a_session(service):
    browser = logged_in(service)
    response = browser.get("/session", headers={"Authorization": f"Bearer {token_for(ADMIN)}"})
    assert response.json()["user"]["email"] == ADMIN
    assert refusal(browser.get("/session", headers={"Authorization": "Bearer garbage"})) == LOGGED_OUT


def test_roles_hold_for_sessions_too(service):
    assert logged_in(service).get("/admin/failed-emails/").status_code == 403
    assert logged_in(service, ADMIN).get("/admin/failed-emails/").status_code == 200


# --- what ends a session, and a token ---

def test_a_logout_ends_the_session_and_no_other(service):
    browser, other = logged_in(service), logged_in(service)
    cookies = dict(browser.cookies)
    response = browser.delete("/session")
    assert response.json() == {"message": "Logged out"}
    assert "Max-Age=0" in response.headers["Set-Cookie"]
    assert "alma_session" not in browser.cookies
    assert service.anonymous.get("/leads/", cookies=cookies).status_code == 401
    assert is_in(other)
    assert refusal(browser.delete("/session")) == LOGGED_OUT


def test_a_logout_with_a_token_revokes_that_token_and_no_other(service):
    client, other = service.client(token_for(ATTORNEY, 700)), service.client(token_for(ATTORNEY, 701))
    assert client.get("/session").json()["user"]["email"] == ATTORNEY
    assert client.delete("/session").status_code == 200
    assert not is_in(client)
    assert is_in(other)


def test_a_logout_outlives_a_restart_and_so_does_a_session(start):
    service = start()
    ended, kept, client = logged_in(service), logged_in(service), service.client(token_for(ATTORNEY, 700))
    cookies = dict(ended.cookies)
    ended.delete("/session")
    client.delete("/session")
    service.restart()
    assert service.anonymous.get("/leads/", cookies=cookies).status_code == 401
    assert not is_in(client)
    assert is_in(kept)


def test_a_deactivation_binds_at_the_next_request(start):
    service = start()
    browser = logged_in(service)
    assert is_in(browser)
    deactivate(service.storage, ATTORNEY)
    assert not is_in(browser)
    activate(service.storage, ATTORNEY)
    assert is_in(logged_in(service))


def test_a_user_has_at_most_twenty_sessions(start):
    service = start()
    browsers = [logged_in(service) for _ in range(21)]
    assert not is_in(browsers[0])
    assert is_in(browsers[-1])
    assert service.storage.query("SELECT COUNT(*) FROM sessions") == [(20,)]


def test_logins_and_logouts_are_recorded(start):
    service = start()
    logged_in(service).delete("/session")
    assert logged(service, "LOGIN_SUCCEEDED")[0]["details"] == {"session": True}
    assert logged(service, "LOGGED_OUT")[0]["actor"] == ATTORNEY


@pytest.mark.postgresql
def test_all_instances_know_a_session_and_its_end(instances):
    first, second = (service.start() for service in instances(2))
    browser = logged_in(first)
    elsewhere = Browser(second)
    elsewhere.cookies.update(browser.cookies)
    assert is_in(elsewhere)
    token = second.client(token_for(ATTORNEY, 700))
    assert is_in(token)

    assert browser.delete("/session").status_code == 200
    assert first.client(token_for(ATTORNEY, 700)).delete("/session").status_code == 200
    assert not is_in(elsewhere)
    assert not is_in(token)


def test_the_header_of_own_pages_is_documented(service):
    description = service.anonymous.get("/openapi.json").json()["paths"]["/session"]["post"]["description"]
    assert "X-Requested-With: alma-leads" in description and OWN_PAGE == {"X-Requested-With": "alma-leads"}
