"""POST /token: who gets in, how long that takes, and who has to wait."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import ADMIN, ATTORNEY, DEACTIVATED, NO_LOGIN, PASSWORD, TOO_MANY, Refusal, median, refusal, timed
from polling import eventually
from tokens import claims

WRONG = Refusal(401, NO_LOGIN)


def login(service, username=ATTORNEY, password=PASSWORD, source=None, **more):
    headers = {"X-Forwarded-For": source} if source else {}
    return service.anonymous.post("/token", data={"username": username, "password": password, **more}, headers=headers)


def test_a_login_gives_a_token_that_works(service):
    response = login(service)
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"access_token", "token_type"} and answer["token_type"] == "bearer"
    assert service.client(answer["access_token"]).get("/leads/").status_code == 200


def test_a_token_says_who_since_when_and_until_when_and_nothing_else(service):
    before = time.time()
    header, payload = claims(login(service).json()["access_token"])
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert set(payload) == {"sub", "exp", "iat"} and payload["sub"] == ATTORNEY
    assert before - 2 <= payload["iat"] <= time.time() + 2 and payload["exp"] - payload["iat"] == 1800
    assert before + 1800 - 2 <= payload["exp"] <= time.time() + 1800 + 2


def test_the_lifetime_of_a_token_can_be_set(start):
    _, payload = claims(login(start(ACCESS_TOKEN_EXPIRE_MINUTES=5)).json()["access_token"])
    assert abs(payload["exp"] - time.time() - 300) < 5


@pytest.mark.parametrize("username", [ATTORNEY.upper(), ATTORNEY.title()])
def test_an_email_is_read_in_any_case(service, username):
    token = login(service, username).json()["access_token"]
    assert service.client(token).get("/leads/").status_code == 200


def test_the_other_fields_of_an_oauth2_form_are_taken(service):
    assert login(service, grant_type="password", scope="", client_id="", client_secret="").status_code == 200


def test_a_multipart_form_is_taken(service):
    response = service.anonymous.post("/token", files={"username": (None, ATTORNEY), "password": (None, PASSWORD)})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("username,password", [(ATTORNEY, "wrong"), (ATTORNEY, PASSWORD + " "), (ATTORNEY, "x" * 2000),
                                               ("nobody@law.example", PASSWORD), (DEACTIVATED, PASSWORD), ("nonsense", "x"),
                                               ("' OR 1=1 --", "x"), (ATTORNEY, PASSWORD.upper())])
def test_a_login_that_fails_never_says_why(service, username, password):
    response = login(service, username, password)
    assert refusal(response) == WRONG
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("name", ["username", "password"])
def test_a_missing_field_is_named(service, name):
    fields = {"username": ATTORNEY, "password": PASSWORD}
    del fields[name]
    assert refusal(service.anonymous.post("/token", data=fields)) == \
        Refusal(422, [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": None}])


def test_a_body_that_is_too_large_is_refused(service):
    assert login(service, password="x" * 70_000).status_code == 413


def test_tokens_are_not_to_be_cached(service):
    assert "no-store" in login(service).headers.get("Cache-Control", "")


def test_wrong_password_unknown_user_and_deactivated_user_take_the_same_time(service):
    """In turns, and by the fastest of each, because a busy machine makes any of them slower but none faster.

    Without the decoy hash, those without an account would be answered a hundred times as fast.
    """
    attempts = {"wrong password": (ATTORNEY, "wrong password"), "unknown": ("nobody@law.example", "wrong password"),
                "deactivated": (DEACTIVATED, PASSWORD)}
    durations = {name: [] for name in attempts}
    for _ in range(15):
        for name, (username, password) in attempts.items():
            duration, response = timed(lambda: login(service, username, password))
            assert response.status_code == 401
            durations[name].append(duration)
    fastest = [min(values) for values in durations.values()]
    assert max(fastest) < 2 * min(fastest), durations


# --- accounts that were brought from elsewhere ---

# Of PASSWORD, made by argon2-cffi.
STRONG_HASH = "$argon2id$v=19$m=65536,t=3,p=4$dxZDLMCz08b86/nYBzfJkg$eXokO7MwFP/P5Lf/4miqjakzsLtz/frdzJSvm8BeXF8"
CHEAP_HASH = "$argon2id$v=19$m=64,t=1,p=1$F3SuTCjLudQpO7zK/1t6Jg$4vbSX6PIDj7h9Chmm2FXQmfPce1jG5UvVl/912darhc"
# Would take 4 GiB, or for ever.
EXCESSIVE_HASHES = [STRONG_HASH.replace("m=65536", "m=4194304"), STRONG_HASH.replace("t=3", "t=1000000")]


def with_hash(start, phc):
    service = start.service()
    service.storage.set_password_hash(ATTORNEY, phc)
    return service.start()


def stored_hash(service):
    return service.storage.query(f"SELECT hashed_password FROM users WHERE email = '{ATTORNEY}'")[0][0]


def test_a_hash_of_the_reference_service_is_taken_as_it_is(start):
    service = with_hash(start, STRONG_HASH)
    assert login(service, password="wrong").status_code == 401
    assert login(service).status_code == 200
    assert stored_hash(service) == STRONG_HASH


def test_a_cheap_hash_is_made_anew_at_the_next_login(start):
    service = with_hash(start, CHEAP_HASH)
    assert login(service, password="wrong").status_code == 401
    assert stored_hash(service) == CHEAP_HASH
    assert login(service).status_code == 200
    assert eventually(lambda: stored_hash(service).startswith("$argon2id$v=19$m=65536,t=3,p=1$"))
    assert login(service).status_code == 200


@pytest.mark.parametrize("phc", [*EXCESSIVE_HASHES, "", "plain", "$2b$12$" + "x" * 53, "$argon2id$v=19$m=64,t=1,p=1$$"])
def test_a_hash_that_is_none_or_asks_too_much_opens_nothing(start, phc):
    service = with_hash(start, phc)
    duration, response = timed(lambda: login(service))
    assert refusal(response) == WRONG
    assert duration < 5


# --- throttling ---

OWNER, STRANGERS = "198.51.100.1", [f"203.0.113.{n}" for n in range(1, 6)]


@pytest.fixture
def guarded(start):
    """A service that sees its clients' addresses, and allows each of them one wrong password for an account.

    To those who never logged in to an account, it allows four in all there.
    """
    return start(LOGIN_RATE_LIMIT="1/hour", TRUSTED_PROXIES="127.0.0.1")


def test_guessing_ends_in_waiting(guarded):
    answers = [login(guarded, password="wrong", source=STRANGERS[0]) for _ in range(2)]
    assert refusal(answers[0]) == WRONG
    assert refusal(answers[1]) == Refusal(429, TOO_MANY)
    assert 3500 <= int(answers[1].headers["Retry-After"]) <= 3600


def test_twenty_wrong_passwords_an_hour_are_the_default(start):
    service = start(LOGIN_RATE_LIMIT=None)
    answers = [login(service, password="wrong").status_code for _ in range(21)]
    assert answers == [401] * 20 + [429]


def test_parallel_guesses_are_counted_before_they_are_judged(guarded):
    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(lambda _: login(guarded, password="wrong", source=STRANGERS[0]).status_code, range(8)))
    assert answers == [401] + [429] * 7


def test_a_distributed_guess_is_one_guess(guarded):
    answers = [login(guarded, password="wrong", source=source).status_code for source in STRANGERS]
    assert answers == [401, 401, 401, 401, 429]
    assert login(guarded, source="203.0.113.99").status_code == 429, "a stranger's lucky guess comes too late"


def test_strangers_cannot_lock_an_owner_out(guarded):
    assert login(guarded, source=OWNER).status_code == 200
    for source in STRANGERS:
        login(guarded, password="wrong", source=source)
    assert login(guarded, source=OWNER).status_code == 200


def test_an_owners_own_address_is_limited_too(guarded):
    assert login(guarded, source=OWNER).status_code == 200
    assert [login(guarded, password="wrong", source=OWNER).status_code for _ in range(2)] == [401, 429]


def test_an_owner_known_before_a_restart_is_known_after(guarded):
    assert login(guarded, source=OWNER).status_code == 200
    guarded.restart()
    for source in STRANGERS:
        login(guarded, password="wrong", source=source)
    assert login(guarded, source=OWNER).status_code == 200


def test_a_restart_gives_guessers_no_second_chance(guarded):
    assert login(guarded, password="wrong", source=STRANGERS[0]).status_code == 401
    guarded.restart()
    assert login(guarded, password="wrong", source=STRANGERS[0]).status_code == 429


def test_unknown_accounts_are_throttled_like_known_ones(guarded):
    answers = [login(guarded, "nobody@law.example", "wrong", source).status_code for source in STRANGERS]
    assert answers == [401, 401, 401, 401, 429]


def test_one_account_under_attack_does_not_close_another(guarded):
    for source in STRANGERS:
        login(guarded, password="wrong", source=source)
    assert login(guarded, ADMIN, source=OWNER).status_code == 200


def test_the_case_of_an_email_is_no_way_around_the_throttle(guarded):
    answers = [login(guarded, spelling, "wrong", STRANGERS[0]).status_code for spelling in (ATTORNEY, ATTORNEY.upper())]
    assert answers == [401, 429]


def test_right_passwords_use_no_allowance(guarded):
    assert [login(guarded, source=STRANGERS[0]).status_code for _ in range(5)] == [200] * 5
