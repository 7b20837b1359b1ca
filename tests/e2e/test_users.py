"""Accounts: the first admin, new users, and the immediate end of deactivated ones."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from command_line import activate, deactivate
from harness import ADMIN, ATTORNEY, BAD_EMAIL, NO_CREDENTIALS, PASSWORD, TIMESTAMP, USER_KEYS, Refusal, refusal
from tokens import token_for

EXISTS = Refusal(400, "Email already exists")
BAD_ROLE = Refusal(400, "Invalid role. Must be 'ATTORNEY' or 'ADMIN'")
NOT_INITIAL = Refusal(400, "Initial user already exists. Use /users/ endpoint with authentication.")


def fresh_email():
    return f"{uuid.uuid4()}@law.example"


def create(service, **fields):
    return service.admin.post("/users/", json={"email": fresh_email(), "password": PASSWORD} | fields)


# --- the first admin ---

def test_of_a_hundred_parallel_first_admins_exactly_one_is_made(start):
    service = start(with_staff=False)

    def attempt(number):
        return service.anonymous.post("/users/initial", json={"email": f"admin{number}@law.example", "password": PASSWORD},
                                      timeout=120)
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(attempt, range(100)))
    made = [answer for answer in answers if answer.status_code == 200]
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 503:  # more passwords at once than may be hashed: nothing was done
            assert int(answer.headers["Retry-After"]) > 0
        elif answer.status_code != 200:
            assert refusal(answer) == NOT_INITIAL
    admin = made[0].json()
    assert admin["role"] == "ADMIN" and admin["is_active"] is True
    assert service.client(token_for(admin["email"])).get("/leads/").status_code == 200
    assert service.storage.query("SELECT COUNT(*) FROM users") == [(1,)]


@pytest.mark.parametrize("options", [{"data": {"email": "a@law.example", "password": PASSWORD}},
                                     {"params": {"email": "a@law.example", "password": PASSWORD}}], ids=["form", "query"])
def test_the_first_admin_can_be_sent_in_any_form(start, options):
    user = start(with_staff=False).anonymous.post("/users/initial", **options)
    assert user.status_code == 200, user.text
    assert set(user.json()) == USER_KEYS
    assert (user.json()["id"], user.json()["email"], user.json()["role"]) == (1, "a@law.example", "ADMIN")


def test_a_first_admin_that_breaks_the_rules_is_not_made(start):
    service = start(with_staff=False)
    assert refusal(service.anonymous.post("/users/initial", json={"email": "nonsense", "password": PASSWORD})) == \
        Refusal(400, BAD_EMAIL)
    assert service.anonymous.post("/users/initial", json={"email": "a@law.example", "password": "short"}).status_code == 422
    assert refusal(service.anonymous.post("/users/initial", json={})).status == 422
    assert service.storage.query("SELECT COUNT(*) FROM users") == [(0,)]


def test_there_is_no_second_first_admin(service):
    assert refusal(service.anonymous.post("/users/initial", json={"email": fresh_email(), "password": PASSWORD})) == NOT_INITIAL


# --- new users ---

@pytest.mark.parametrize("form", ["json", "data", "params"])
def test_a_user_can_be_sent_in_any_form(service, form):
    email = fresh_email()
    response = service.admin.post("/users/", **{form: {"email": email, "password": PASSWORD, "role": "ADMIN"}})
    assert response.status_code == 200, response.text
    user = response.json()
    assert set(user) == USER_KEYS
    assert (user["email"], user["role"], user["is_active"]) == (email, "ADMIN", True)
    assert isinstance(user["id"], int)
    assert TIMESTAMP.fullmatch(user["created_at"]) and TIMESTAMP.fullmatch(user["updated_at"])


def test_a_user_is_an_attorney_unless_said_otherwise(service):
    assert create(service).json()["role"] == "ATTORNEY"


def test_unknown_keys_are_never_stored(service):
    user = create(service, id=4711, is_active=False, hashed_password="x").json()
    assert user["id"] != 4711 and user["is_active"] is True


@pytest.mark.parametrize("email", [ATTORNEY, ATTORNEY.upper(), ATTORNEY.title()])
def test_an_email_is_taken_in_any_case(service, email):
    assert refusal(create(service, email=email)) == EXISTS


def test_parallel_creations_of_one_account_make_one(service):
    email = fresh_email()
    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(lambda _: create(service, email=email).status_code, range(4)))
    assert answers == [200, 400, 400, 400]


@pytest.mark.parametrize("role", ["LAWYER", "admin", "", "ADMIN "])
def test_an_unknown_role_is_refused(service, role):
    assert refusal(create(service, role=role)) == BAD_ROLE


@pytest.mark.parametrize("email", ["nonsense", "a@b", "a@@b.c", "a@b.c d", "a@b.c\r\nx"])
def test_a_malformed_email_is_refused(service, email):
    assert refusal(create(service, email=email)) == Refusal(400, BAD_EMAIL)


@pytest.mark.parametrize("fields,expected", [
    ({"email": "nonsense", "role": "LAWYER"}, Refusal(400, BAD_EMAIL)),
    ({"email": ATTORNEY, "role": "LAWYER"}, EXISTS),
    ({"role": "LAWYER"}, BAD_ROLE)])
def test_the_checks_come_in_the_order_of_the_contract(service, fields, expected):
    assert refusal(create(service, **fields)) == expected


@pytest.mark.parametrize("name", ["email", "password"])
@pytest.mark.parametrize("form", ["json", "data"])
def test_a_missing_field_is_named(service, name, form):
    fields = {"email": fresh_email(), "password": PASSWORD}
    del fields[name]
    assert refusal(service.admin.post("/users/", **{form: fields})) == \
        Refusal(422, [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": None}])


@pytest.mark.parametrize("password", ["1234567", "x" * 129, "é" * 7])
def test_a_password_out_of_bounds_is_named_and_never_shown(service, password):
    response = create(service, password=password)
    answer = refusal(response)
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "password"]
    assert password not in response.text


@pytest.mark.parametrize("password", ["12345678", "é" * 128])
def test_a_password_within_bounds_works(service, password):
    email = create(service, password=password).json()["email"]
    assert service.anonymous.post("/token", data={"username": email, "password": password}).status_code == 200


@pytest.mark.parametrize("fields", [{"password": 12345678}, {"password": None}, {"password": ["x" * 8]}, {"email": {"a": 1}},
                                    {"email": 5}, {"role": 5}])
def test_a_field_of_the_wrong_type_is_named(service, fields):
    answer = refusal(create(service, **fields))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", *fields]


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b"null", b"\xff", b'{"email":' * 2000])
def test_a_body_that_is_no_object_is_refused(service, body):
    assert refusal(service.admin.post("/users/", data=body, headers={"Content-Type": "application/json"})).status == 422


def test_no_answer_shows_a_hash(service):
    assert "argon2" not in create(service).text


def test_passwords_are_stored_as_argon2id_with_the_contracts_cost(service):
    users = service.storage.query("SELECT hashed_password FROM users")
    assert users
    for (stored,) in users:
        assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=1$")


# --- deactivation ---

def test_a_deactivated_user_is_out_at_the_next_request_and_back_when_activated(start):
    service = start()
    client = service.attorney
    assert client.get("/leads/").status_code == 200
    deactivate(service.storage, ATTORNEY)
    assert refusal(client.get("/leads/")) == Refusal(401, NO_CREDENTIALS)
    activate(service.storage, ATTORNEY)
    assert client.get("/leads/").status_code == 200


def test_an_admin_may_do_what_an_attorney_may(service):
    assert service.client(token_for(ADMIN)).get("/leads/").status_code == 200
