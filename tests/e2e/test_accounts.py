"""Accounts after their making: list, roles, locks, and one's own password."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from browser import Browser, logged_in
from command_line import must, user
from harness import ADMIN, ATTORNEY, DEACTIVATED, NO_CREDENTIALS, NOT_ADMIN, PASSWORD, TOO_MANY, USER_KEYS, Refusal, refusal
from test_audit import logged
from test_sessions import is_in
from tokens import token_for

ACCOUNT_KEYS = USER_KEYS | {"is_invited"}
NEW_PASSWORD = "another correct horse"
WRONG = Refusal(400, "Current password is incorrect")
LAST_ADMIN = Refusal(400, f"{ADMIN} is the last active admin; create or activate another one first")
NOT_FOUND = Refusal(404, "User not found")


def accounts(service):
    response = service.admin.get("/users/")
    assert response.status_code == 200, response.text
    return {account["email"]: account for account in response.json()}


def change(service, email, **fields):
    return service.admin.put(f"/users/{accounts(service)[email]['id']}", json=fields)


def change_password(client, current=PASSWORD, new=NEW_PASSWORD):
    return client.put("/users/me/password", json={"current_password": current, "new_password": new})


def test_admins_see_all_accounts(start):
    listed = accounts(start())
    assert set(listed) == {ADMIN, ATTORNEY, DEACTIVATED}
    assert all(set(account) == ACCOUNT_KEYS for account in listed.values())
    assert [listed[email]["is_active"] for email in (ADMIN, ATTORNEY, DEACTIVATED)] == [True, True, False]
    assert not any(account["is_invited"] for account in listed.values())


def test_the_staff_sees_whom_a_lead_can_be_assigned_to(start):
    service = start()
    listed = service.attorney.get("/users/assignees").json()
    assert [assignee["email"] for assignee in listed] == [ADMIN, ATTORNEY]
    assert all(set(assignee) == {"id", "email"} for assignee in listed)
    lead = service.submitted()["uuid"]
    for assignee in listed:
        assert service.attorney.put(f"/leads/{lead}/assignee", json={"assignee": assignee["email"]}).status_code == 200


def test_a_change_of_role_binds_at_the_next_request(start):
    service = start()
    browser = logged_in(service)
    assert refusal(browser.get("/users/")) == Refusal(403, NOT_ADMIN)
    assert change(service, ATTORNEY, role="ADMIN").json()["role"] == "ADMIN"
    assert browser.get("/users/").status_code == 200
    assert change(service, ATTORNEY, role="ATTORNEY").json()["role"] == "ATTORNEY"
    assert browser.get("/users/").status_code == 403
    assert [entry["details"] for entry in logged(service, "USER_ROLE_CHANGED", 2)] == \
        [{"from": "ADMIN", "to": "ATTORNEY"}, {"from": "ATTORNEY", "to": "ADMIN"}]


def test_a_lock_binds_at_the_next_request_and_ends_all_sessions(start):
    service = start()
    browser, client = logged_in(service), service.attorney
    assert change(service, ATTORNEY, is_active=False).json()["is_active"] is False
    assert not is_in(browser) and not is_in(client)
    assert Browser(service).log_in().status_code == 401
    assert change(service, ATTORNEY, is_active=True).json()["is_active"] is True
    assert not is_in(browser)
    assert is_in(logged_in(service))


@pytest.mark.parametrize("fields", [{"is_active": False}, {"role": "ATTORNEY"}, {"role": "ATTORNEY", "is_active": False}])
def test_there_is_always_an_active_admin(service, fields):
    assert refusal(change(service, ADMIN, **fields)) == LAST_ADMIN
    assert accounts(service)[ADMIN]["role"] == "ADMIN" and accounts(service)[ADMIN]["is_active"]


def test_of_parallel_demotions_one_admin_is_left(start):
    service = start()
    emails = [ADMIN, *(f"admin{number}@law.example" for number in range(5))]
    for email in emails[1:]:
        assert service.admin.post("/users/", json={"email": email, "password": PASSWORD, "role": "ADMIN"}).status_code == 200
    listed = accounts(service)

    def demote(email):
        return service.client(token_for(email)).put(f"/users/{listed[email]['id']}", json={"role": "ATTORNEY"}).status_code
    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(demote, emails)) == [200] * 5 + [400]
    assert service.storage.query("SELECT COUNT(*) FROM users WHERE role = 'ADMIN'") == [(1,)]


@pytest.mark.parametrize("user", ["4711", "0", "x", "-1", "1%20", "99999999999999999999", "%00"])
def test_nobody_else_is_found(service, user):
    assert refusal(service.admin.put(f"/users/{user}", json={"role": "ADMIN"})) == NOT_FOUND


@pytest.mark.parametrize("fields", [{"role": ""}, {"role": 5}, {"is_active": "yes"}, {"is_active": None}, {"is_active": 1}])
def test_a_field_of_the_wrong_type_is_named(service, fields):
    answer = refusal(change(service, ATTORNEY, **fields))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", *fields]


# --- one's own password ---

def test_a_new_password_ends_the_other_sessions_and_the_tokens_from_before(start):
    service = start()
    browser, other = logged_in(service), logged_in(service)
    of_admin = logged_in(service, ADMIN)
    token = service.anonymous.post("/token", data={"username": ATTORNEY, "password": PASSWORD}).json()["access_token"]
    assert change_password(browser).json() == {"message": "Password changed"}
    assert is_in(browser) and is_in(of_admin)
    assert not is_in(other)
    assert not is_in(service.client(token)) and not is_in(service.attorney), "with iat, and without"
    assert Browser(service).log_in().status_code == 401
    # At once, in the same second.
    renewed = service.anonymous.post("/token", data={"username": ATTORNEY, "password": NEW_PASSWORD}).json()["access_token"]
    assert is_in(service.client(renewed))
    assert is_in(logged_in(service, ATTORNEY, NEW_PASSWORD))
    assert logged(service, "USER_PASSWORD_CHANGED")[0]["actor"] == ATTORNEY


def test_a_password_from_the_command_line_ends_all_sessions_and_tokens(start):
    service = start()
    browser, client = logged_in(service), service.attorney
    assert is_in(browser) and is_in(client)
    must(user(service.storage, "set-password", ATTORNEY, password=NEW_PASSWORD))
    assert not is_in(browser) and not is_in(client)
    assert is_in(logged_in(service, ATTORNEY, NEW_PASSWORD))


def test_a_wrong_password_changes_nothing(service):
    browser = logged_in(service)
    assert refusal(change_password(browser, current="wrong")) == WRONG
    assert is_in(browser)
    assert is_in(logged_in(service))


@pytest.mark.parametrize("new", ["1234567", "x" * 129, "", None, 12345678])
def test_a_password_out_of_bounds_is_refused_and_never_shown(service, new):
    response = change_password(logged_in(service), new=new)
    assert refusal(response).detail[0]["loc"] == ["body", "new_password"]
    assert "x" * 129 not in response.text


def test_guesses_at_the_own_password_are_throttled_as_logins_are(start):
    service = start(LOGIN_RATE_LIMIT="2/hour")
    browser = logged_in(service)
    assert [change_password(browser, current="wrong").status_code for _ in range(2)] == [400, 400]
    assert refusal(change_password(browser)) == Refusal(429, TOO_MANY)
    assert service.anonymous.post("/token", data={"username": ATTORNEY, "password": PASSWORD}).status_code == 429


def test_of_parallel_changes_of_one_password_one_passes(start):
    service = start()
    browsers = [logged_in(service) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda browser: change_password(browser).status_code, browsers))
    assert answers.count(200) == 1 and set(answers) <= {200, 400, 401}


@pytest.mark.postgresql
def test_a_new_password_counts_on_all_instances_at_once(instances):
    first, second = (service.start() for service in instances(2))
    browser = logged_in(first)
    elsewhere, token = logged_in(second), second.attorney
    assert is_in(elsewhere) and is_in(token)
    assert change_password(browser).status_code == 200
    assert not is_in(elsewhere) and not is_in(token)
    assert is_in(logged_in(second, ATTORNEY, NEW_PASSWORD))


def test_nobody_changes_a_password_without_being_logged_in(service):
    assert refusal(change_password(service.anonymous)) == Refusal(401, NO_CREDENTIALS)
