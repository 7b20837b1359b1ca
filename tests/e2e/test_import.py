"""`alma-leads import`: users, leads, failed notifications and resumes of the original service."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import threading
from pathlib import Path

import psycopg2
import pytest

from harness import BINARY, PASSWORD, Refusal, environment, refusal, run
from original import Original
from polling import eventually
from resumes import disposition
from test_memory import release_binary
from tokens import SECRET_KEY, token_for

ADMIN, ATTORNEY = "grace@firm.example", "Mary.Ward@Firm.example"

# Rows of the fixture, by table and id.
REFUSED = {("users", 4), ("users", 10), ("users", 11), ("leads", 10), ("leads", 11), ("leads", 12), ("failed_emails", 5),
           ("failed_emails", 6)}
CHANGED = {("users", 6), ("users", 7), ("users", 8), ("users", 9), ("users", 12), ("leads", 5), ("leads", 6), ("leads", 7),
           ("leads", 8), ("failed_emails", 4)}


def lead_id(number):
    return f"11111111-1111-4111-8111-{number:012}"


@pytest.fixture
def original():
    original = Original()
    yield original
    original.remove()


@pytest.fixture
def empty_original():
    original = Original(with_rows=False)
    yield original
    original.remove()


@pytest.fixture
def storage(start):
    """Ours: nothing in it yet."""
    return start.storage(with_staff=False)


def run_import(storage, original, *arguments, **settings):
    return run(storage, storage.data_dir.parent, "import", *arguments, **original.key_of_bucket | settings)


def import_all(storage, original, *arguments, **settings):
    """Findings, totals and exit status of an import of the rows; with --copy-resumes of these, too."""
    return result_of(run_import(storage, original, "--from", original.uri, "--json", *arguments, **settings))


def stored_resumes(storage):
    """By the UUID of the lead; all must be in our own store."""
    return {str(lead): storage.store.get(path) for lead, path in storage.query("SELECT uuid, resume_path FROM leads")}


def copy_resumes(storage, original, **settings):
    return result_of(run_import(storage, original, "--copy-resumes", "--json", **settings))


def result_of(finished):
    assert finished.returncode in (0, 3), finished.stderr
    *findings, totals = [json.loads(line) for line in finished.stdout.splitlines()]
    return findings, totals, finished.returncode


def rows_of(findings, kind):
    return {(finding["table"], finding["id"]) for finding in findings if finding["kind"] == kind}


def serve(start, storage, original, **settings):
    return start(storage=storage, **original.key_of_bucket | settings)


def admin(service):
    return service.client(token_for(ADMIN))


def leads(service):
    response = admin(service).get("/leads/")
    assert response.status_code == 200, response.text
    return response.json()


def failed_emails(service):
    return admin(service).get("/admin/failed-emails/").json()


def download(service, lead):
    return admin(service).get(f"/leads/{lead}/resume")


def login_status(service, email):
    return service.anonymous.post("/token", data={"username": email, "password": PASSWORD}).status_code


def everything(service):
    """As its clients see it."""
    users = json.loads(run(service.storage, service.directory, "user", "list", "--json").stdout)
    return [lead | {"resume_download_url": None} for lead in leads(service)], users, failed_emails(service)


# --- what is taken over ---

def test_every_row_is_taken_or_said_with_its_reason(storage, original):
    before = original.content()
    findings, totals, status = import_all(storage, original)
    assert status == 3
    assert rows_of(findings, "REFUSED") == REFUSED
    assert rows_of(findings, "CHANGED") == CHANGED
    assert all(finding["reason"] for finding in findings)
    assert totals["rows"] == {
        "users": {"read": 12, "added": 9, "there_already": 0, "refused": 3, "changed": 5},
        "leads": {"read": 12, "added": 9, "there_already": 0, "refused": 3, "changed": 4},
        "failed_emails": {"read": 6, "added": 4, "there_already": 0, "refused": 2, "changed": 1}}
    assert totals["resumes_elsewhere"] == 9
    assert original.content() == before


def test_users_log_in_with_the_password_that_they_have(start, storage, original):
    import_all(storage, original)
    service = serve(start, storage, original)
    for email in (ADMIN, ATTORNEY, ATTORNEY.upper(), "ann@firm.example"):
        assert login_status(service, email) == 200, email
    for email in ("former@firm.example", "bcrypt@firm.example", "none@firm.example", "stateless@firm.example"):
        assert login_status(service, email) == 401, email
    assert service.client(token_for(ATTORNEY)).get("/admin/failed-emails/").status_code == 403
    assert service.anonymous.post("/users/initial", json={"email": "eve@example.com", "password": PASSWORD}).status_code == 400


def test_leads_keep_uuid_names_status_and_times(start, storage, original):
    import_all(storage, original)
    service = serve(start, storage, original)
    by_uuid = {lead["uuid"]: lead for lead in leads(service)}
    assert list(by_uuid) == [lead_id(number) for number in range(1, 10)]
    ada = by_uuid[lead_id(1)]
    assert ada == {"uuid": lead_id(1), "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com",
                   "resume_download_url": ada["resume_download_url"], "status": "PENDING",
                   "created_at": "2025-09-26T19:42:27.248539", "updated_at": "2025-09-26T19:42:27.248544"}
    zhang = by_uuid[lead_id(2)]
    assert (zhang["first_name"], zhang["last_name"], zhang["status"]) == ("张", "伟", "REACHED_OUT")
    assert zhang["updated_at"] == "2025-10-01T09:30:00.500000"
    assert by_uuid[lead_id(3)]["last_name"] == "Żółć-O'Brien"
    assert by_uuid[lead_id(4)]["email"] == "a@b.c d"
    assert by_uuid[lead_id(5)]["first_name"] == "Eve  Bcc: all@firm.example"
    assert by_uuid[lead_id(6)]["first_name"] == ("very " * 200)


def test_failed_notifications_come_along_and_can_be_sent_again(start, storage, original):
    import_all(storage, original)
    service = serve(start, storage, original)
    failed = {mail["lead_uuid"]: mail for mail in failed_emails(service)}
    assert set(failed) == {lead_id(number) for number in (1, 2, 3, 4)}
    assert failed[lead_id(1)]["attorney_emails"] == ["grace@firm.example", "ann@firm.example"]
    assert failed[lead_id(1)]["error_message"] == "(535, b'5.7.8 Username and Password not accepted')"
    assert [failed[lead_id(number)]["status"] for number in (1, 2, 3, 4)] == ["FAILED", "FAILED", "SENT", "FAILED"]
    assert "\n" not in failed[lead_id(2)]["error_message"]
    assert failed[lead_id(4)]["lead_email"] == "a@b.c d"
    resent = admin(service).post(f"/admin/failed-emails/{failed[lead_id(1)]['id']}/resend")
    assert resent.status_code == 200, resent.text
    assert len(list((storage.data_dir / "mail").glob("*.eml"))) == 1, "nobody else is written to again"


# --- resumes ---

def test_resumes_are_read_in_the_originals_bucket_at_once(start, storage, original):
    import_all(storage, original)
    service = serve(start, storage, original)
    for lead, content in original.resumes.items():
        response = download(service, lead)
        assert (response.status_code, response.content == content) == (200, True), lead
    response = download(service, lead_id(2))
    assert disposition(response.headers["Content-Disposition"]) == ("attachment", "张 伟.docx")
    assert response.headers["Content-Type"].startswith("application/vnd.openxmlformats-officedocument")
    hostile = download(service, lead_id(8))
    assert disposition(hostile.headers["Content-Disposition"]) == ("attachment", "resume")
    assert hostile.headers["Content-Type"] == "application/octet-stream"
    part = admin(service).get(f"/leads/{lead_id(3)}/resume", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, original.resumes[lead_id(3)][10:20])
    assert storage.objects() == set()


def test_copied_resumes_need_the_original_no_more(start, storage, original):
    import_all(storage, original)
    findings, totals, status = copy_resumes(storage, original)
    assert totals["resumes"] == {"copied": len(original.resumes), "not_copied": 1}
    assert [(one["kind"], one["lead"]) for one in findings] == [("NOT_COPIED", lead_id(9))]
    assert (status, totals["resumes_elsewhere"]) == (3, 1)
    for key in original.store.keys():
        original.store.remove(key)
    service = serve(start, storage, original)
    for lead, content in original.resumes.items():
        assert download(service, lead).content == content, lead
    assert len(storage.objects()) == len(original.resumes)
    check = run(storage, storage.data_dir.parent, "store", "check", "--json")
    assert check.returncode == 0, check.stdout


def test_a_resume_that_is_gone_costs_no_lead_and_is_copied_once_it_is_back(start, storage, original):
    import_all(storage, original, "--copy-resumes")
    service = serve(start, storage, original)
    assert refusal(download(service, lead_id(9))) == Refusal(500, "Internal Server Error")
    service.stop()
    path, = original.run("SELECT resume_path FROM leads WHERE id = 9")[0]
    original.store.put(original.key_of(path), b"found again")
    findings, totals, status = copy_resumes(storage, original)
    assert (findings, totals["resumes"], status) == ([], {"copied": 1, "not_copied": 0}, 0)
    assert download(service.start(), lead_id(9)).content == b"found again"


def test_a_bucket_that_cannot_be_read_is_said_with_the_variable(storage, original):
    import_all(storage, original)
    findings, totals, status = copy_resumes(storage, original, IMPORT_AWS_SECRET_ACCESS_KEY="canary-wrong")
    assert (status, totals["resumes"]["copied"]) == (3, 0)
    assert {one["kind"] for one in findings} == {"NOT_COPIED"}
    assert all("IMPORT_AWS_SECRET_ACCESS_KEY" in one["reason"] and "canary" not in one["reason"] for one in findings)
    assert storage.objects() == set()


@contextlib.contextmanager
def faults(original, **settings):
    """See tests/support/fault_proxy.py; only of what is read."""
    original.store.server.set_faults(only=["GET"], seed=3, **settings)
    yield
    original.store.server.set_faults()


def test_what_arrives_damaged_each_time_is_not_kept(storage, empty_original):
    lead, = empty_original.add_leads(1)
    empty_original.store.put(f"{lead}.txt", os.urandom(100_000))
    import_all(storage, empty_original)
    with faults(empty_original, rate=1, kinds=["corrupt_answer"]):
        findings, totals, status = copy_resumes(storage, empty_original)
    assert (status, totals["resumes_elsewhere"]) == (3, 1)
    assert "arrived damaged" in findings[0]["reason"]
    assert copy_resumes(storage, empty_original)[1]["resumes"]["copied"] == 1


def test_copying_gets_through_a_bucket_that_fails_now_and_then(storage, empty_original):
    empty_original.add_leads(40, with_resumes=True)
    import_all(storage, empty_original)
    with faults(empty_original, rate=0.2, kinds=["500", "cut_answer", "corrupt_answer"]):
        assert copy_resumes(storage, empty_original)[1]["resumes"] == {"copied": 40, "not_copied": 0}
    assert stored_resumes(storage) == empty_original.resumes


# --- again ---

def test_a_second_import_changes_nothing(start, storage, original):
    import_all(storage, original, "--copy-resumes")
    service = serve(start, storage, original)
    before, objects = everything(service), storage.objects()
    service.stop()
    findings, totals, _ = import_all(storage, original, "--copy-resumes")
    assert [totals["rows"][table]["added"] for table in ("users", "leads", "failed_emails")] == [0, 0, 0]
    assert rows_of(findings, "REFUSED") == REFUSED and not rows_of(findings, "CHANGED")
    assert everything(service.start()) == before
    assert storage.objects() == objects


def test_what_is_new_is_added_and_what_was_changed_here_stays(start, storage, original):
    import_all(storage, original)
    service = serve(start, storage, original)
    assert admin(service).put(f"/leads/{lead_id(1)}/status", json={"status": "REACHED_OUT"}).status_code == 200
    for mail in failed_emails(service):
        assert admin(service).delete(f"/admin/failed-emails/{mail['id']}").status_code == 200
    own = service.submitted()
    before_leads, before_users, _ = everything(service)
    service.stop()
    new, = original.add_leads(1, with_resumes=True)
    original.run("""UPDATE leads SET first_name = 'Changed', status = 'PENDING', updated_at = now();
                    UPDATE users SET hashed_password = 'changed', is_active = 'FALSE'""")
    _, totals, _ = import_all(storage, original)
    assert [totals["rows"][table]["added"] for table in ("users", "leads", "failed_emails")] == [0, 1, 0]
    after_leads, after_users, after_failed = everything(service.start())
    assert after_leads[:-1] == before_leads and after_users == before_users and after_failed == []
    assert after_leads[-1]["uuid"] == new and own["uuid"] in [lead["uuid"] for lead in after_leads]
    assert download(service, new).content == new.encode()


def test_a_row_that_was_mended_is_taken(storage, original):
    import_all(storage, original)
    original.run(f"""UPDATE users SET role = 'ATTORNEY' WHERE id = 11;
                     UPDATE leads SET resume_path = (SELECT resume_path FROM leads WHERE id = 1) WHERE id IN (10, 12)""")
    findings, totals, _ = import_all(storage, original)
    assert [totals["rows"][table]["added"] for table in ("users", "leads", "failed_emails")] == [1, 2, 1]
    assert rows_of(findings, "REFUSED") == {("users", 4), ("users", 10), ("leads", 11), ("failed_emails", 6)}


def test_a_moved_bucket_is_named_on_the_command_line(start, storage, original):
    arguments = ["--bucket", original.store.bucket, "--region", "us-east-1"]
    findings, _, _ = import_all(storage, original, *arguments)
    assert ("leads", 11) not in rows_of(findings, "REFUSED")
    original.store.put("0a1f7c52-93f3-4bb1-9a5e-6f2f5f0f0011.pdf", b"here")
    assert download(serve(start, storage, original), lead_id(11)).content == b"here"


# --- long ones ---

def spawn(storage, original, *arguments, binary=BINARY):
    return subprocess.Popen(
        [binary, "import", *arguments], cwd=storage.data_dir.parent, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        env=environment(**{"SECRET_KEY": SECRET_KEY, **storage.environment, **original.key_of_bucket}))


def kill_when(process, has_begun):
    eventually(has_begun, 30)
    assert process.poll() is None, "it was too fast for this test"
    process.kill()
    process.wait()


def count_leads(storage):
    with contextlib.suppress(sqlite3.OperationalError, psycopg2.errors.UndefinedTable):
        return storage.query("SELECT count(*) FROM leads")[0][0]
    return 0


def test_a_killed_import_goes_on_where_it_was(storage, empty_original):
    added = empty_original.add_leads(6000)
    storage.data_dir.parent.mkdir(parents=True, exist_ok=True)
    kill_when(spawn(storage, empty_original, "--from", empty_original.uri), lambda: count_leads(storage) > 0)
    there = count_leads(storage)
    assert 0 < there < len(added)
    _, totals, status = import_all(storage, empty_original)
    assert (status, totals["rows"]["leads"]["there_already"], totals["rows"]["leads"]["added"]) == (0, there, len(added) - there)
    assert sorted(str(lead) for lead, in storage.query("SELECT uuid FROM leads")) == sorted(added)


def test_a_killed_copy_goes_on_where_it_was(storage, empty_original):
    empty_original.add_leads(100, with_resumes=True)
    import_all(storage, empty_original)
    kill_when(spawn(storage, empty_original, "--copy-resumes"), lambda: len(storage.objects()) > 5)
    _, totals, status = copy_resumes(storage, empty_original)
    assert (status, totals["resumes_elsewhere"]) == (0, 0)
    assert 0 < totals["resumes"]["copied"] < 100
    assert stored_resumes(storage) == empty_original.resumes


@contextlib.contextmanager
def locked(original, table, seconds):
    """Whoever reads the table waits so long for it."""
    connection = psycopg2.connect(original.uri)
    connection.cursor().execute(f"LOCK TABLE {table}")
    is_over = threading.Event()

    def release():
        eventually(lambda: is_over.is_set() or original.run("SELECT 1 FROM pg_locks WHERE NOT granted"), 60)
        is_over.wait(seconds)
        connection.close()
    releasing = threading.Thread(target=release)
    releasing.start()
    try:
        yield
    finally:
        is_over.set()
        releasing.join()


def test_long_work_says_how_far_it_is(storage, original):
    with locked(original, "failed_emails", 6):
        result = run_import(storage, original, "--from", original.uri)
    assert re.search(r"^alma-leads: \w+: \d+ of \d+$", result.stderr, re.MULTILINE), result.stderr
    assert result.returncode == 3


def test_an_original_that_does_not_answer_is_given_up_and_can_be_taken_later(storage, original):
    with locked(original, "leads", 60):
        result = run_import(storage, original, "--from", original.uri)
    assert result.returncode == 1 and result.stdout == ""
    assert "lock timeout" in result.stderr and "run the import again" in result.stderr
    assert import_all(storage, original)[1]["rows"]["leads"]["added"] == 9


def peak_memory(process):
    """In kilobytes, until it ends: what is not a file that the kernel could drop at any time, as SQLite's is."""
    peak = 0
    while process.poll() is None:
        found = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
        peak = max(peak, int(found[1])) if found else peak  # none: it has just ended
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.01)
    return peak


@pytest.mark.release
def test_memory_does_not_grow_with_the_number_of_leads(storage, empty_original):
    storage.data_dir.parent.mkdir(parents=True, exist_ok=True)
    peaks = []
    for more in (10_000, 90_000):
        empty_original.add_leads(more)
        process = spawn(storage, empty_original, "--from", empty_original.uri, binary=release_binary())
        peaks.append(peak_memory(process))
        assert process.returncode == 0
    assert count_leads(storage) == 100_000
    assert max(peaks) < 20_000 and peaks[1] < 1.3 * peaks[0], peaks


# --- what a person reads ---

def test_the_report_is_a_line_for_each_row_and_cannot_be_forged(storage, original):
    result = run_import(storage, original, "--from", original.uri)
    lines = result.stdout.splitlines()
    words = [line[:12].strip() for line in lines]
    assert words.count("refused") == len(REFUSED) and words.count("changed") == len(CHANGED)
    assert lines[-4:] == ["users: 12 read, 9 added (5 of them changed), 0 there already, 3 refused",
                          "leads: 12 read, 9 added (4 of them changed), 0 there already, 3 refused",
                          "failed e-mails: 6 read, 4 added (1 of them changed), 0 there already, 2 refused",
                          "9 leads have their resume in the original's bucket, which must stay until they are copied"]
    assert len(lines) == len(REFUSED) + len(CHANGED) + 4
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", result.stdout)
    assert "$argon2" not in result.stdout and "$2b$" not in result.stdout, "hashes are secrets"


def test_a_dry_run_tells_the_same_and_leaves_no_trace(storage, original):
    told, would, status = import_all(storage, original, "--dry-run")
    assert not storage.data_dir.exists() and count_leads(storage) == 0
    found, did, _ = import_all(storage, original)
    assert status == 3 and would["rows"] == did["rows"]
    assert rows_of(told, "REFUSED") == rows_of(found, "REFUSED") and rows_of(told, "CHANGED") == rows_of(found, "CHANGED")
    assert (would["is_dry_run"], did["is_dry_run"]) == (True, False)


def test_without_an_admin_it_says_how_to_make_one(storage, original):
    original.run("DELETE FROM users WHERE id = 1")
    result = run_import(storage, original, "--from", original.uri)
    assert "alma-leads user create --role ADMIN" in result.stderr
    assert "alma-leads user create" not in run_import(storage, original, "--help").stderr


def test_an_older_revision_is_taken_and_named(storage, original):
    original.run("""UPDATE alembic_version SET version_num = '0c2aa8f5dbc8'; DROP TABLE failed_emails;
                    ALTER TABLE users DROP COLUMN is_active""")
    result = run_import(storage, original, "--from", original.uri, "--json")
    assert "0c2aa8f5dbc8" in result.stderr
    _, totals, _ = result_of(result)
    assert totals["rows"]["users"]["added"] == 9 and totals["rows"]["failed_emails"]["read"] == 0


@pytest.mark.parametrize("arguments", [
    [], ["--dry-run"], ["--from", "mysql://db/leads"], ["--nonsense"],
    ["--from", "postgresql://db/leads", "--bucket", "Re_sumes"], ["--from", "postgresql://db/leads", "--region", "a b"],
    ["--from", "postgresql://db/leads", "--copy-resumes", "--dry-run"], ["--copy-resumes"]],
    ids=lambda arguments: " ".join(arguments) or "none")
def test_a_command_line_that_makes_no_sense_is_refused(storage, original, arguments):
    result = run_import(storage, original, *arguments)
    assert result.returncode == 2 and result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert not (storage.data_dir / "leads.db").exists()


def test_a_database_that_is_no_original_is_refused_and_left_alone(storage, empty_original):
    empty_original.run("UPDATE alembic_version SET version_num = 'abcdef012345'")
    result = run_import(storage, empty_original, "--from", empty_original.uri)
    assert result.returncode == 1 and "abcdef012345" in result.stderr
    empty_original.run("DROP TABLE alembic_version")
    result = run_import(storage, empty_original, "--from", empty_original.uri)
    assert result.returncode == 1 and "alembic_version" in result.stderr
    assert not storage.data_dir.exists()


def test_an_original_that_cannot_be_reached_is_said_without_its_password(storage, original):
    result = run_import(storage, original, "--from", "postgresql://leads:canary@127.0.0.1:1/leads")
    assert result.returncode == 1 and "canary" not in result.stderr
    assert "original's database cannot be read" in result.stderr and "127.0.0.1" in result.stderr
    assert not storage.data_dir.exists()


def test_the_originals_database_cannot_be_ours(storage, original):
    before = original.content()
    result = run_import(storage, original, "--from", original.uri, DATABASE_URL=original.uri)
    assert result.returncode == 2 and "DATABASE_URL" in result.stderr
    # The same one by another name.
    result = run_import(storage, original, "--from", original.uri, DATABASE_URL=original.uri + "&application_name=ours")
    assert result.returncode == 1 and "DATABASE_URL" in result.stderr, result.stderr
    assert original.content() == before


# --- beside a service ---

@pytest.mark.embedded
def test_an_sqlite_file_that_a_server_has_is_not_written(start, storage, original):
    service = start(storage=storage)
    result = run_import(storage, original, "--from", original.uri)
    assert result.returncode == 1 and f"process {service.process.pid}" in result.stderr
    assert count_leads(storage) == 0


@pytest.mark.postgresql
def test_on_postgresql_services_run_on(start, storage, original):
    service = serve(start, storage, original)
    import_all(storage, original)
    assert len(leads(service)) == 9
    copy_resumes(storage, original)
    assert download(service, lead_id(3)).content == original.resumes[lead_id(3)]
    assert login_status(service, ADMIN) == 200


@pytest.mark.postgresql
def test_two_imports_at_once_are_as_good_as_one(storage, empty_original):
    empty_original.add_leads(5000)
    storage.environment  # makes the database
    storage.data_dir.parent.mkdir(parents=True, exist_ok=True)
    both = [spawn(storage, empty_original, "--from", empty_original.uri) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert count_leads(storage) == 5000
