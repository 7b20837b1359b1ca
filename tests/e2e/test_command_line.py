"""The commands of the binary: beside a running service, and without one."""

import re
import sqlite3
import subprocess

import pytest

from command_line import must, user
from harness import ADMIN, ATTORNEY, BINARY, NO_CREDENTIALS, PASSWORD, Refusal, environment, refusal, run
from polling import eventually
from tokens import token_for

LEVELS = [[], ["serve"], ["migrate"], ["migrate", "up"], ["migrate", "down"], ["migrate", "status"], ["user"], ["user", "create"],
          ["user", "list"], ["user", "set-password"], ["user", "deactivate"], ["user", "activate"], ["store"], ["store", "check"], ["openapi"]]


@pytest.fixture
def storage(start):
    """Empty, without a service."""
    return start.storage(with_staff=False)


def command(storage, *arguments, **options):
    return run(storage, storage.data_dir.parent, *arguments, **options)


def login(service, email, password):
    return service.anonymous.post("/token", data={"username": email, "password": password}).status_code


# --- help and version ---

@pytest.mark.parametrize("level", LEVELS, ids=" ".join)
def test_every_level_has_help(storage, level):
    result = must(command(storage, *level, "--help"))
    assert "usage" in result.stdout.lower() and result.stderr == ""
    assert not storage.data_dir.exists(), "help needs no data"


def test_the_help_names_every_command(storage):
    text = command(storage, "--help").stdout
    assert all(name in text for name in ("serve", "migrate", "user", "store", "openapi", "--version"))


def test_the_version_is_one_line(storage):
    assert re.fullmatch(r"(alma-leads )?\d+\.\d+\.\d+\S*\n", must(command(storage, "--version")).stdout)


@pytest.mark.parametrize("arguments", [["dance"], ["user", "dance"], ["migrate", "sideways"], ["serve", "--nonsense"],
                                       ["user", "create"], ["migrate", "down", "x"], ["migrate", "down", "-1"]])
def test_a_command_that_is_none_fails_and_says_so(storage, arguments):
    result = command(storage, *arguments)
    assert result.returncode != 0
    assert result.stderr.strip() and "terminate" not in result.stderr


@pytest.mark.parametrize("arguments,named", [(["dance"], "dance"), (["user", "dance"], "user dance"),
                                             (["migrate", "sideways"], "migrate sideways")])
def test_an_unknown_command_is_named(storage, arguments, named):
    result = command(storage, *arguments)
    assert result.returncode == 2
    assert result.stderr == f"alma-leads: unknown command: {named}; try --help\n"


@pytest.mark.parametrize("arguments", [["dance", "--help"], ["user", "dance", "--help"], ["serve", "--nonsense"], ["user", "create"],
                                       ["migrate", "down", "x"], ["store", "check", "--force"], []])
def test_misuse_is_status_2_and_one_line_that_names_the_help(storage, arguments):
    result = command(storage, *arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert re.fullmatch(r"alma-leads: .*; try --help\n", result.stderr)


# --- a place that was not meant ---

@pytest.mark.embedded
@pytest.mark.parametrize("arguments", [["user", "list"], ["user", "deactivate", "a@law.example"], ["user", "activate", "a@law.example"],
                                       ["user", "set-password", "a@law.example"], ["migrate", "down"], ["store", "check"]], ids=" ".join)
def test_a_mistyped_place_is_named_and_not_filled(storage, arguments):
    mistyped = storage.data_dir.parent / "mistyped"
    result = command(storage, *arguments, "--data-dir", str(mistyped), stdin=PASSWORD + "\n")
    assert result.returncode == 2
    assert "there is no database" in result.stderr and str(mistyped) in result.stderr
    assert not mistyped.exists()


@pytest.mark.embedded
def test_the_first_account_makes_a_database_and_says_where(storage):
    result = must(user(storage, "create", "a@law.example", password=PASSWORD))
    assert "made a new database" in result.stderr and "leads.db" in result.stderr
    assert must(user(storage, "create", "b@law.example", password=PASSWORD)).stderr == ""


@pytest.mark.embedded
def test_looking_at_users_changes_no_schema(storage):
    must(command(storage, "migrate", "up"))
    must(command(storage, "migrate", "down"))
    result = user(storage, "list")
    assert result.returncode == 2 and "migrate up" in result.stderr
    assert must(command(storage, "migrate", "status")).stdout.count("pending") == 1


@pytest.mark.embedded
def test_a_database_that_is_damaged_is_named(storage):
    storage.data_dir.mkdir(parents=True)
    (storage.data_dir / "leads.db").write_bytes(b"no database" * 500)
    for arguments in (["serve", "--port", "0"], ["user", "list"], ["migrate", "up"]):
        result = command(storage, *arguments, within=20)
        assert result.returncode == 1
        assert "leads.db" in result.stderr and "DATABASE_URL" in result.stderr and "not a database" in result.stderr


@pytest.mark.embedded
def test_a_database_in_a_directory_that_is_not_there_is_refused(storage):
    elsewhere = storage.data_dir.parent / "elsewhere"
    result = command(storage, "serve", "--port", "0", DATABASE_URL=f"sqlite:///{elsewhere}/leads.db", within=20)
    assert result.returncode == 2 and "DATABASE_URL" in result.stderr and str(elsewhere) in result.stderr
    assert not elsewhere.exists()


@pytest.mark.embedded
def test_the_line_for_the_first_admin_works_when_pasted(start):
    service = start(with_staff=False)
    line = re.search(r"(\S*alma-leads user create [^\"\\]*)", service.log()).group(1)
    made = subprocess.run(["sh", "-c", line], input=PASSWORD + "\n", text=True, capture_output=True, cwd="/", timeout=30)
    assert made.returncode == 0, made.stderr
    assert login(service, "you@firm.example", PASSWORD) == 200


# --- migrations ---

def test_migrations_go_up_and_down(storage):
    pending = must(command(storage, "migrate", "status")).stdout
    assert pending.count("pending") >= 4
    must(command(storage, "migrate", "up"))
    applied = must(command(storage, "migrate", "status")).stdout
    assert "pending" not in applied
    must(command(storage, "migrate", "down"))
    assert must(command(storage, "migrate", "status")).stdout.count("pending") == 1
    must(command(storage, "migrate", "down", "2"))
    assert must(command(storage, "migrate", "status")).stdout.count("pending") == 3
    must(command(storage, "migrate", "up"))
    assert must(command(storage, "migrate", "status")).stdout.count("pending") == 0
    must(command(storage, "migrate", "up"))


def test_a_service_migrates_at_its_start(start):
    service = start(with_staff=False)
    assert "pending" not in must(command(service.storage, "migrate", "status")).stdout


@pytest.mark.embedded
def test_the_schema_cannot_be_changed_under_a_running_service(service):
    result = command(service.storage, "migrate", "down")
    assert result.returncode != 0
    assert str(service.process.pid) in result.stderr
    assert service.submit().status_code == 200


@pytest.mark.embedded
def test_a_database_newer_than_the_binary_stops_the_start(start):
    service = start(with_staff=False)
    service.stop()
    connection = sqlite3.connect(service.storage.data_dir / "leads.db")
    with connection:
        connection.execute("INSERT INTO schema_migrations SELECT 9999, 'of_the_future', checksum, applied_at "
                           "FROM schema_migrations LIMIT 1")
    connection.close()
    result = command(service.storage, "serve", PORT=0, within=20)
    assert result.returncode != 0 and "newer" in result.stderr.lower()


# --- users ---

def test_users_are_made_without_a_service(start, storage):
    must(user(storage, "create", "a@law.example", "--role", "ADMIN", password=PASSWORD))
    must(user(storage, "create", "b@law.example", password=PASSWORD))
    listed = must(user(storage, "list")).stdout
    assert re.search(r"a@law\.example.*ADMIN", listed) and re.search(r"b@law\.example.*ATTORNEY", listed)
    service = start(storage=storage)
    assert login(service, "a@law.example", PASSWORD) == 200
    assert service.client(token_for("a@law.example")).get("/admin/failed-emails/").status_code == 200


def test_users_are_made_beside_a_running_service(start):
    service = start()
    must(user(service.storage, "create", "new@law.example", password="another password"))
    assert login(service, "new@law.example", "another password") == 200
    assert "new@law.example" in must(user(service.storage, "list")).stdout


def test_deactivation_binds_at_once_and_activation_ends_it(start):
    service = start()
    must(user(service.storage, "deactivate", ATTORNEY))
    assert refusal(service.attorney.get("/leads/")) == Refusal(401, NO_CREDENTIALS)
    assert re.search(ATTORNEY + r".*(no|inactive|deactivated|false)", must(user(service.storage, "list")).stdout)
    must(user(service.storage, "activate", ATTORNEY))
    assert service.attorney.get("/leads/").status_code == 200


def test_a_password_is_set_beside_a_running_service(start):
    service = start()
    must(user(service.storage, "set-password", ATTORNEY, password="a new password"))
    assert login(service, ATTORNEY, "a new password") == 200
    assert login(service, ATTORNEY, PASSWORD) == 401


@pytest.mark.parametrize("arguments,password,problem", [
    (["create", ADMIN], PASSWORD, "already exists"), (["create", ADMIN.upper()], PASSWORD, "already exists"),
    (["create", "nonsense"], PASSWORD, "email"), (["create", "x@law.example"], "short", "8"),
    (["create", "x@law.example", "--role", "LAWYER"], PASSWORD, "role"), (["create", "x@law.example"], None, "password"),
    (["deactivate", "nobody@law.example"], None, "not found"), (["activate", "nobody@law.example"], None, "not found"),
    (["set-password", "nobody@law.example"], PASSWORD, "not found")])
@pytest.mark.parametrize("running", [True, False])
def test_a_user_command_that_cannot_be_done_says_why(service, start, running, arguments, password, problem):
    result = user(service.storage if running else start.storage(), *arguments, password=password)
    assert result.returncode != 0
    assert problem.lower() in result.stderr.lower()
    assert len(result.stderr.strip().splitlines()) <= 2


def test_a_password_is_not_taken_from_the_command_line(storage):
    result = user(storage, "create", "a@law.example", "--password", PASSWORD, password=PASSWORD)
    assert result.returncode != 0


def test_a_password_is_never_printed(start):
    service = start()
    result = must(user(service.storage, "create", "quiet@law.example", password="canary-password"))
    assert "canary" not in result.stdout + result.stderr + service.log()


@pytest.mark.embedded
def test_the_control_socket_is_private(service):
    sockets = [path for path in service.storage.data_dir.iterdir() if path.is_socket()]
    assert sockets and all(path.stat().st_mode & 0o077 == 0 for path in sockets)


def test_a_first_start_says_how_to_make_the_admin(start):
    service = start(with_staff=False)
    hints = ("no user yet", "user create", "curl", "/users/initial")
    eventually(lambda: all(hint in service.log() for hint in hints))


def test_a_start_with_users_does_not(service):
    assert "no user yet" not in service.log()


def test_a_start_prints_its_url(start):
    service = start()
    assert service.url in service.log()


def test_a_closed_standard_output_is_no_reason_to_die(storage):
    process = subprocess.Popen([BINARY, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment())
    process.stdout.close()
    process.stderr.read()
    process.stderr.close()
    assert process.wait(20) in (0, 1, -13)
