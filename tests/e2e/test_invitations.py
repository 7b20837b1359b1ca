"""Invitations and forgotten passwords: what is mailed, by a real SMTP server, and that each link works once."""

import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from browser import Browser, logged_in
from command_line import must, user
from conftest import Services
from harness import (ADMIN, ATTORNEY, BAD_EMAIL, DEACTIVATED, NO_LOGIN, PASSWORD, TOO_MANY, Refusal, median, refusal, timed)
from mails import addresses, markup, plain_text
from polling import eventually
from test_accounts import ACCOUNT_KEYS, accounts
from test_audit import logged
from test_sessions import is_in

URL = "https://leads.law.example"
LINK = re.compile(re.escape(URL) + r"/inbox/#/set-password/([A-Za-z0-9_-]{43})")
NEW_PASSWORD = "another correct horse"
ASKED = {"message": "If there is an account with this address, a mail with a link is on its way"}
OVER = Refusal(400, "This link is invalid or has expired")
INVITATION, RESET = "Your account for the leads inbox", "A new password for the leads inbox"


@pytest.fixture
def mailing(start, relay):
    """mailing(NAME=value): a service that mails through a relay of its own."""
    return lambda **settings: start(PUBLIC_BASE_URL=URL, **relay().settings, **settings)


def mails_to(relay, email, subject, count=1):
    def found():
        mails = [mail for mail in relay.latest.mails() if mail["Subject"] == subject and email in addresses(mail, "To")]
        return mails if len(mails) >= count else None
    return eventually(found, 15, f"{count} mails to {email}")


def token_in(mail):
    link = LINK.search(plain_text(mail))
    assert link, plain_text(mail)
    assert f'href="{link[0]}"' in markup(mail)
    return link[1]


def invite(service, email, role="ATTORNEY"):
    return service.admin.post("/users/invitations", json={"email": email, "role": role})


def ask(service, email, **options):
    return service.anonymous.post("/password-resets", json={"email": email}, **options)


def confirm(service, token, password=NEW_PASSWORD, **options):
    return service.anonymous.post("/password-resets/confirm", json={"token": token, "password": password}, **options)


# --- invitations ---

def test_who_is_invited_chooses_a_password_and_is_in(mailing, relay):
    service = mailing()
    response = invite(service, "new@law.example", "ADMIN")
    assert response.status_code == 200, response.text
    account = response.json()
    assert set(account) == ACCOUNT_KEYS
    assert (account["email"], account["role"], account["is_active"], account["is_invited"]) == ("new@law.example", "ADMIN", True, True)

    mail, = mails_to(relay, "new@law.example", INVITATION)
    assert refusal(Browser(service).log_in("new@law.example", NEW_PASSWORD)) == Refusal(401, NO_LOGIN)
    assert confirm(service, token_in(mail)).json() == {"message": "Password set"}
    browser = logged_in(service, "new@law.example", NEW_PASSWORD)
    assert browser.get("/users/").status_code == 200
    assert accounts(service)["new@law.example"]["is_invited"] is False
    assert logged(service, "USER_INVITED")[0]["actor"] == ADMIN
    assert logged(service, "INVITATION_USED")[0]["actor"] == "new@law.example"


def test_another_invitation_ends_the_first(mailing, relay):
    service = mailing()
    new = invite(service, "new@law.example").json()["id"]
    first = token_in(mails_to(relay, "new@law.example", INVITATION)[0])
    assert service.admin.post(f"/users/{new}/invitation").json() == {"message": "Invitation sent"}
    mails = mails_to(relay, "new@law.example", INVITATION, 2)
    second = next(token for token in map(token_in, mails) if token != first)
    assert refusal(confirm(service, first)) == OVER
    assert confirm(service, second).status_code == 200
    assert refusal(service.admin.post(f"/users/{new}/invitation")) == Refusal(400, "User is not invited any more")


def test_invitations_do_not_flood_a_mailbox(mailing, relay):
    service = mailing()
    new = invite(service, "new@law.example").json()["id"]
    answers = [service.admin.post(f"/users/{new}/invitation") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 3500
    assert service.storage.query("SELECT COUNT(*) FROM account_links") == [(1,)]


def test_who_was_only_invited_gets_no_leads(mailing, relay):
    service = mailing()
    invite(service, "new@law.example")
    mails_to(relay, "new@law.example", INVITATION)
    service.submitted()
    notification = eventually(lambda: [mail for mail in relay.latest.mails() if mail["Subject"] == "New Lead Submission"], 15, "a mail")
    assert addresses(notification[0], "To") == [ATTORNEY]


def test_who_was_locked_cannot_use_the_invitation(mailing, relay):
    service = mailing()
    new = invite(service, "new@law.example").json()["id"]
    token = token_in(mails_to(relay, "new@law.example", INVITATION)[0])
    assert service.admin.put(f"/users/{new}", json={"is_active": False}).status_code == 200
    assert refusal(confirm(service, token)) == OVER
    assert refusal(service.admin.post(f"/users/{new}/invitation")) == Refusal(400, "User is not active")


def test_an_invitation_from_the_command_line_is_mailed_too(mailing, relay):
    service = mailing()
    settings = {name: service.settings[name] for name in ("PUBLIC_BASE_URL",)}
    must(user(service.storage, "invite", "new@law.example", "--role", "ADMIN", **settings))
    assert confirm(service, token_in(mails_to(relay, "new@law.example", INVITATION)[0])).status_code == 200
    assert accounts(service)["new@law.example"]["role"] == "ADMIN"


@pytest.fixture(scope="module")
def linking(tmp_path_factory, backend, staff_storage):
    """A service that mails into files, shared by the tests of what is refused."""
    services = Services(tmp_path_factory.mktemp("linking"), backend, staff_storage)
    yield services(PUBLIC_BASE_URL=URL)
    services.close()


@pytest.mark.parametrize("email,role,expected", [
    ("nonsense", "ATTORNEY", Refusal(400, BAD_EMAIL)), (ATTORNEY.upper(), "ATTORNEY", Refusal(400, "Email already exists")),
    (DEACTIVATED, "ATTORNEY", Refusal(400, "Email already exists")),
    ("x@law.example", "admin", Refusal(400, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'"))])
def test_who_cannot_be_invited(linking, email, role, expected):
    assert refusal(invite(linking, email, role)) == expected


@pytest.mark.parametrize("user_id,expected", [("4711", Refusal(404, "User not found")), ("x", Refusal(404, "User not found")),
                                              ("1", Refusal(400, "User is not invited any more"))])
def test_who_cannot_be_invited_again(linking, user_id, expected):
    assert refusal(linking.admin.post(f"/users/{user_id}/invitation")) == expected


def test_an_account_without_a_password_is_opened_by_none(linking):
    email = f"{uuid.uuid4()}@law.example"
    assert invite(linking, email).status_code == 200
    for password in ("", " ", PASSWORD):
        assert Browser(linking).log_in(email, password).status_code in (401, 422)


def test_without_its_own_address_the_service_says_what_is_missing(start):
    service = start()
    for response in (invite(service, "x@law.example"), ask(service, ATTORNEY), ask(service, "nobody@law.example")):
        assert refusal(response) == Refusal(400, "A link can be mailed only when PUBLIC_BASE_URL is set: to the address of this service")
    assert set(accounts(service)) == {ADMIN, ATTORNEY, DEACTIVATED}


# --- forgotten passwords ---

def test_a_forgotten_password_is_replaced_by_the_link(mailing, relay):
    service = mailing()
    browser, client = logged_in(service), service.attorney
    assert ask(service, ATTORNEY.title()).json() == ASKED
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    assert is_in(browser), "asking changes nothing"
    assert confirm(service, token).json() == {"message": "Password set"}
    assert not is_in(browser) and not is_in(client)
    assert refusal(Browser(service).log_in()) == Refusal(401, NO_LOGIN)
    assert is_in(logged_in(service, ATTORNEY, NEW_PASSWORD))
    assert refusal(confirm(service, token)) == OVER
    assert logged(service, "PASSWORD_RESET_ASKED")[0]["user"] == ATTORNEY
    assert logged(service, "PASSWORD_RESET_USED")[0]["actor"] == ATTORNEY


def test_of_parallel_uses_of_a_link_one_passes(mailing, relay):
    service = mailing()
    ask(service, ATTORNEY)
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: confirm(service, token, f"correct horse {number}"), range(8)))
    passed = [number for number, answer in enumerate(answers) if answer.status_code == 200]
    assert len(passed) == 1
    assert {answer.status_code for answer in answers} <= {200, 400, 503}
    assert is_in(logged_in(service, ATTORNEY, f"correct horse {passed[0]}"))


def test_a_link_ends_with_the_password_that_it_would_replace(mailing, relay):
    service = mailing()
    ask(service, ATTORNEY)
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    assert logged_in(service).put("/users/me/password", json={"current_password": PASSWORD, "new_password": "a third password"}).status_code == 200
    assert refusal(confirm(service, token)) == OVER


def test_a_link_that_is_too_old_is_over(mailing, relay):
    service = mailing()
    ask(service, ATTORNEY)
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    service.stop()
    service.storage.end_account_links()
    service.start()
    assert refusal(confirm(service, token)) == OVER


def test_the_link_is_in_the_mail_alone(mailing, relay):
    service = mailing()
    ask(service, ATTORNEY)
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    assert service.storage.query("SELECT COUNT(*) FROM account_links") == [(1,)]
    (row,) = service.storage.query("SELECT id, kind, token_hash FROM account_links")
    assert token not in str(row)
    assert confirm(service, token, "short").status_code == 422
    assert confirm(service, token).status_code == 200
    assert token not in service.log()


def test_a_mail_with_a_link_survives_a_kill_and_a_relay_that_is_down(mailing, relay):
    service = mailing(MAIL_MAX_ATTEMPTS=20, MAIL_RETRY_BASE_SECONDS="0.2")
    relay.latest.stop()
    assert ask(service, ATTORNEY).json() == ASKED
    service.kill()
    relay.latest.start()
    service.start()
    assert confirm(service, token_in(mails_to(relay, ATTORNEY, RESET)[0])).status_code == 200


def test_a_relay_that_refuses_for_good_ends_it_with_a_line_in_the_log(mailing, relay):
    service = mailing()
    relay.latest.behave("refuse_data")
    ask(service, ATTORNEY)
    eventually(lambda: service.storage.query("SELECT COUNT(*) FROM outbox") == [(0,)], 30, "the mail is given up")
    assert eventually(lambda: "PASSWORD_RESET" in service.log() and "dropped" in service.log(), 5, "a line in the log")
    assert ATTORNEY not in service.log()


# --- what a stranger learns and can do ---

def test_a_stranger_learns_nothing_of_accounts(linking):
    for email in (ATTORNEY, DEACTIVATED, "nobody@law.example", "nonsense", "' OR 1=1 --", "a" * 300 + "@law.example"):
        response = ask(linking, email)
        assert (response.status_code, response.json()) == (200, ASKED)


def test_known_and_unknown_accounts_take_the_same_time(linking):
    """In turns, so that a change in the machine's load meets both alike; each a new account, since mails are limited."""
    known = [f"{uuid.uuid4()}@law.example" for _ in range(9)]
    for email in known:
        assert linking.admin.post("/users/", json={"email": email, "password": PASSWORD}).status_code == 200
    durations = {"known": [], "unknown": []}
    for email in known:
        durations["known"].append(timed(lambda: ask(linking, email))[0])
        durations["unknown"].append(timed(lambda: ask(linking, f"{uuid.uuid4()}@law.example"))[0])
    medians = [median(values) for values in durations.values()]
    assert max(medians) < 2 * min(medians) + 0.005, durations


def test_nobodys_mailbox_is_flooded(mailing, relay):
    service = mailing()
    for _ in range(10):
        assert ask(service, ATTORNEY).json() == ASKED
    mails_to(relay, ATTORNEY, RESET, 3)
    time.sleep(1)
    mails = mails_to(relay, ATTORNEY, RESET, 3)
    assert len(mails) == 3
    assert confirm(service, token_in(mails[0])).status_code == 200, "all of them work"


def test_one_address_may_ask_and_guess_a_few_times_only(start):
    service = start(PUBLIC_BASE_URL=URL, LOGIN_RATE_LIMIT="3/hour")
    assert [ask(service, f"{number}@law.example").status_code for number in range(2)] == [200, 200]
    assert refusal(confirm(service, "x" * 43)) == OVER
    assert refusal(confirm(service, "x" * 43)) == Refusal(429, TOO_MANY)
    assert refusal(ask(service, ATTORNEY)) == Refusal(429, TOO_MANY)


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "x" * 129, "' OR 1=1 --", "é", "\u0000", "../..", 5, None, ["x"]])
def test_what_is_no_token_opens_nothing(linking, token):
    response = confirm(linking, token)
    assert response.status_code in (400, 422)
    assert "x" * 43 not in response.text


@pytest.mark.parametrize("password", ["1234567", "x" * 129, "", None])
def test_a_password_out_of_bounds_is_named_and_never_shown(linking, password):
    response = confirm(linking, "x" * 43, password)
    assert refusal(response).detail[0]["loc"] == ["body", "password"]
    assert "x" * 129 not in response.text


@pytest.mark.postgresql
def test_a_link_of_one_instance_works_once_on_all(instances, relay):
    first, second = (service.start() for service in instances(2, PUBLIC_BASE_URL=URL, **relay().settings))
    ask(first, ATTORNEY)
    token = token_in(mails_to(relay, ATTORNEY, RESET)[0])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda service: confirm(service, token).status_code, [first, second, first, second]))
    assert answers.count(200) == 1 and set(answers) <= {200, 400, 503}
    assert is_in(logged_in(second, ATTORNEY, NEW_PASSWORD))
