"""`alma-leads store check`, beside a running service and without one."""

import json
import shutil
import uuid

import pytest

from harness import run
from resumes import Resume
from stores import DirectoryStore, S3Store


@pytest.fixture(params=[DirectoryStore, S3Store], ids=lambda store: store.name)
def service(start, request):
    return start(storage=start.storage(store=request.param))


def check(service, *arguments, **settings):
    return run(service.storage, service.storage.data_dir.parent, "store", "check", *arguments, **settings)


def findings(service, *arguments):
    """Findings, totals and exit status."""
    result = check(service, "--json", *arguments)
    assert result.stderr == ""
    *found, totals = [json.loads(line) for line in result.stdout.splitlines()]
    return found, totals, result.returncode


def a_key():
    name = str(uuid.uuid4())
    return f"{name[:2]}/{name}"


def test_a_store_that_agrees_is_clean(service):
    for number in range(3):
        service.submitted(Resume(f"{number}.txt", b"content"))
    assert check(service).stdout == "3 leads, 3 objects: 0 missing, 0 of another size, 0 orphans (0 removed)\n"
    found, totals, status = findings(service)
    assert (found, status) == ([], 0)
    assert totals["leads"] == 3 and totals["objects"] == 3


@pytest.mark.parametrize("running", [True, False])
def test_both_directions_are_reported_and_nothing_is_changed(service, running):
    lost, shrunk = service.submitted(), service.submitted()
    paths = dict(service.storage.query("SELECT uuid, resume_path FROM leads"))
    service.storage.store.remove(paths[lost["uuid"]])
    service.storage.store.put(paths[shrunk["uuid"]], b"x")
    orphan = a_key()
    service.storage.store.put(orphan, b"nobody's")
    if not running:
        service.stop()
    found, totals, status = findings(service)
    assert status == 3
    assert {(one["kind"], one["lead"], one["key"], one["found_size"]) for one in found} == {
        ("MISSING", lost["uuid"], paths[lost["uuid"]], None), ("OTHER_SIZE", shrunk["uuid"], paths[shrunk["uuid"]], 1)}
    assert totals["young_orphans"] == 1, "an upload may still become a lead's"
    assert orphan in service.storage.objects()


def test_a_lead_without_its_resume_is_never_touched(service):
    lead = service.submitted()
    service.storage.store.remove(service.storage.query("SELECT resume_path FROM leads")[0][0])
    result = check(service, "--repair")
    assert result.returncode == 3 and lead["uuid"] in result.stdout and "missing" in result.stdout
    assert [one["uuid"] for one in service.leads()] == [lead["uuid"]]


@pytest.mark.directory_store
def test_repair_removes_old_orphans_and_nothing_else(start):
    service = start()
    lead = service.submitted()
    store = service.storage.store
    old, young = a_key(), a_key()
    for key in (old, young, "of-others.txt"):
        store.put(key, b"content")
    store.age(old, 25)
    store.age("of-others.txt", 1000)
    found, totals, status = findings(service, "--repair")
    assert [(one["kind"], one["key"], one["is_removed"]) for one in found] == [("ORPHAN", old, True)]
    assert status == 0 and totals["foreign_objects"] == 1
    assert old not in store.keys() and {young, "of-others.txt"} < store.keys()
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").status_code == 200
    store.age(young, 3)
    assert findings(service)[2] == 0
    assert findings(service, "--repair", "--min-age", "2")[1]["removed"] == 1


@pytest.mark.directory_store
def test_repair_refuses_what_may_be_another_installations(start):
    service = start()
    key = a_key()
    service.storage.store.put(key, b"content")
    service.storage.store.age(key, 25)
    result = check(service, "--repair")
    assert result.returncode == 1 and result.stdout == "" and "--force" in result.stderr
    assert key in service.storage.store.keys()
    assert findings(service, "--repair", "--force")[1]["removed"] == 1
    assert check(service, "--force").returncode == 2


def test_a_store_that_cannot_be_reached_is_said(start):
    service = start(storage=start.storage(store=S3Store))
    result = check(service, AWS_SECRET_ACCESS_KEY="canary-wrong")
    assert result.returncode == 1 and result.stdout == ""
    assert "AWS_SECRET_ACCESS_KEY" in result.stderr and "canary" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.directory_store
def test_a_missing_directory_of_resumes_is_said_and_not_made(start):
    service = start()
    service.stop()
    resumes = service.storage.data_dir / "resumes"
    shutil.rmtree(resumes)
    for arguments in ([], ["--repair"]):
        result = check(service, *arguments)
        assert result.returncode == 1 and str(resumes) in result.stderr and not resumes.exists()


def test_without_a_database_there_is_nothing_to_compare_with(start):
    storage = start.storage(with_staff=False)
    result = run(storage, storage.data_dir.parent, "store", "check")
    assert result.returncode == 2 and "database" in result.stderr


@pytest.mark.parametrize("arguments", [["--min-age", "1"], ["--min-age", "x"], ["--nonsense"]])
def test_a_wrong_option_is_refused(start, arguments):
    storage = start.storage(with_staff=False)
    assert run(storage, storage.data_dir.parent, "store", "check", *arguments).returncode == 2
