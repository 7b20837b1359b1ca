"""Variables, .env, and the secret key."""

import re

import pytest

from harness import ADMIN, PASSWORD, run
from tokens import SECRET_KEY, token_for

WRONG = {
    "PORT": ["x", "70000", "-1", "80 80"],
    "ACCESS_TOKEN_EXPIRE_MINUTES": ["0", "-5", "x", "1.5", "99999999999999999999"],
    "SECRET_KEY": ["short", "x" * 31],
    "DATABASE_URL": ["mysql://localhost/x", "nonsense", "sqlite:", "sqlite:///:memory:", "sqlite:////etc",
                     "postgresql://u@127.0.0.1:99999/x", "postgresql://u@127.0.0.1/x?sslmode=foo",
                     "postgresql://u@a,b/x?target_session_attrs=any-write", "postgresql://u@127.0.0.1/x?connect_timeout=abc",
                     "postgresql+asyncpg://u@127.0.0.1/x?ssl=require"],
    "MAIL_PORT": ["0", "x", "65536"],
    "MAIL_STARTTLS": ["maybe"],
    "MAIL_SSL_TLS": ["2"],
    "MAIL_CA_FILE": ["/nowhere/ca.pem", "/etc/hostname"],
    "MAIL_MAX_ATTEMPTS": ["0", "-1", "x"],
    "MAIL_RETRY_BASE_SECONDS": ["-1", "x"],
    "LEAD_RATE_LIMIT": ["five", "5", "5/day", "0/minute", "-1/minute", "5/minute/second", "/minute"],
    "TRUSTED_PROXIES": ["nonsense", "10.0.0.0/33", "::/129", "10.0.0.0/8;127.0.0.1"],
    "PUBLIC_BASE_URL": ["nonsense", "ftp://x", "https://x y", "http://x:99999", "http://x:", "http://x:0"],
    "FORM_EMBED_ORIGINS": ["https://x:99999"],
    "THREADS": ["0", "-1", "x"],
    "LOG_LEVEL": ["loud"],
    "LOG_FORMAT": ["xml"],
    "HOST": ["999.1.1.1.1", "a b"],
    "AWS_S3_BUCKET_NAME": ["No_Bucket", "x", "a/b"],
}


@pytest.fixture
def storage(start):
    return start.storage(with_staff=False)


def serve(storage, **settings):
    return run(storage, storage.data_dir.parent, "serve", within=20, **{"PORT": 0, **settings})


@pytest.mark.parametrize("name,value", [(name, value) for name, values in WRONG.items() for value in values])
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(storage, name, value):
    result = serve(storage, **{name: value})
    assert result.returncode not in (0, -6, -11)
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert name in result.stderr
    if name == "SECRET_KEY":
        assert value not in result.stderr


@pytest.mark.parametrize("settings", [{"HOST": "192.0.2.1"}, {"HOST": "no-such-host.invalid"}])
def test_an_address_that_cannot_be_listened_at_is_refused_before_anything_is_made(storage, settings):
    result = serve(storage, **settings)
    assert result.returncode == 2
    assert re.fullmatch(r"alma-leads: HOST is no .*; valid is .*\n", result.stderr), result.stderr
    assert not storage.data_dir.exists()


def test_a_sender_is_required_with_a_mail_server(storage):
    result = serve(storage, MAIL_SERVER="localhost")
    assert result.returncode != 0 and "MAIL_FROM" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("value", ["nonsense", "a@b.c\r\nBcc: x@y.z", "Firm <nonsense>", "a@b.", "Firm <a@b.>", "Firm <a,b@c.d>", "é@b.c"])
def test_a_sender_must_be_an_address(storage, value):
    result = serve(storage, MAIL_SERVER="localhost", MAIL_FROM=value)
    assert result.returncode != 0 and "MAIL_FROM" in result.stderr


def test_a_file_that_is_no_database_is_left_alone(storage, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam,")
    result = serve(storage, DATABASE_URL=f"sqlite:///{letter}")
    assert result.returncode != 0 and "DATABASE_URL" in result.stderr
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["letter.txt"]


def test_a_data_directory_that_cannot_be_written_stops_the_start(storage, tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = serve(storage, DATA_DIR=tmp_path / "file" / "data")
    assert result.returncode != 0 and "DATA_DIR" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_setting_can_stand_in_env_file(start):
    service = start.service(LEAD_RATE_LIMIT=None)
    (service.directory / ".env").write_text('# the limit\nLEAD_RATE_LIMIT="1/hour"\n\nexport LOG_LEVEL=info\n')
    service.start()
    assert [service.submit().status_code for _ in range(2)] == [200, 429]


def test_the_environment_wins_over_the_env_file(start):
    service = start.service(LEAD_RATE_LIMIT="2/hour")
    (service.directory / ".env").write_text("LEAD_RATE_LIMIT=1/hour\n")
    service.start()
    assert [service.submit().status_code for _ in range(3)] == [200, 200, 429]


def test_a_wrong_value_in_the_env_file_is_named_too(storage):
    storage.data_dir.parent.mkdir(parents=True, exist_ok=True)
    (storage.data_dir.parent / ".env").write_text("LEAD_RATE_LIMIT=often\n")
    result = serve(storage)
    assert result.returncode != 0 and "LEAD_RATE_LIMIT" in result.stderr


# --- the secret key ---

@pytest.mark.embedded
def test_a_secret_key_is_made_at_the_first_start_kept_and_private(start):
    service = start(SECRET_KEY=None)
    file = service.storage.data_dir / "secret.key"
    assert file.stat().st_mode & 0o777 == 0o600
    made = file.read_bytes()
    assert len(made) >= 32
    token = service.anonymous.post("/token", data={"username": ADMIN, "password": PASSWORD}).json()["access_token"]
    service.restart()
    assert file.read_bytes() == made
    assert service.client(token).get("/leads/").status_code == 200
    assert service.client(token_for(ADMIN)).get("/leads/").status_code == 401
    assert made.decode().strip() not in service.log()


@pytest.mark.embedded
def test_two_installations_have_two_keys(start):
    keys = set()
    for _ in range(2):
        service = start(with_staff=False, SECRET_KEY=None)
        keys.add((service.storage.data_dir / "secret.key").read_bytes())
    assert len(keys) == 2


def test_a_key_of_the_environment_is_not_written_down(service):
    for path in service.storage.data_dir.rglob("*"):
        if path.is_file():
            assert SECRET_KEY.encode() not in path.read_bytes(), path


def test_another_key_makes_old_tokens_worthless(start):
    service = start()
    assert service.admin.get("/leads/").status_code == 200
    service.stop()
    service.settings["SECRET_KEY"] = "x" * 40
    service.start()
    assert service.admin.get("/leads/").status_code == 401


# --- the rest of the table ---

@pytest.mark.embedded
def test_the_data_directory_is_private_and_holds_everything(start):
    service = start()
    service.submitted()
    assert service.storage.data_dir.stat().st_mode & 0o077 == 0
    outside = {path.name for path in service.directory.iterdir()} - {"data", "log"}
    assert outside == set()


@pytest.mark.embedded
def test_the_default_data_directory_is_data_in_the_working_directory(start):
    service = start.service(with_staff=False, DATA_DIR=None).start()
    assert (service.directory / "data" / "leads.db").exists()


@pytest.mark.embedded
def test_the_database_can_lie_elsewhere(start, tmp_path):
    elsewhere = tmp_path / "elsewhere.db"
    service = start(with_staff=False, DATABASE_URL=f"sqlite:///{elsewhere}")
    assert service.submit().status_code == 200
    assert elsewhere.exists() and not (service.storage.data_dir / "leads.db").exists()


def test_the_service_listens_on_the_loopback_only(service):
    with open("/proc/net/tcp") as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert f"0100007F:{service.port:04X}" in listening
    assert f"00000000:{service.port:04X}" not in listening


def test_one_thread_is_enough(start):
    service = start(THREADS=1)
    lead = service.submitted()
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").status_code == 200

