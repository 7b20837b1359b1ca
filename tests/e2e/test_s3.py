"""The S3 store of resumes, on a server that verifies every signature, and through a network that fails."""

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import run
from polling import eventually
from resumes import TEXT, Resume
from stores import S3Store

SIZES = (1, 1000, 131072, 262144, 262145, 900_000, 10 * 1024 * 1024)


@pytest.fixture
def start_on_s3(start):
    """start_on_s3(NAME=value, ...): a service whose resumes are in a bucket, whatever --store says."""
    def starter(**settings):
        return start(storage=start.storage(store=S3Store), **settings)
    return starter


@pytest.fixture
def faults():
    """faults(next=[...], rate=0.1, ...) from now on."""
    from stores import s3_server
    yield s3_server().set_faults
    s3_server().set_faults()


def content_of(size, seed=7):
    return b"Resume " + random.Random(seed).randbytes(size - 7) if size > 7 else b"R" * size


def download(service, lead, **options):
    return service.attorney.get(f"/leads/{lead['uuid']}/resume", **options)


def is_ready(service):
    return service.anonymous.get("/readyz").status_code == 200


@pytest.mark.parametrize("size", SIZES)
def test_a_resume_is_stored_and_read_byte_for_byte(start_on_s3, size):
    service = start_on_s3()
    content = content_of(size)
    lead = service.submitted(Resume("resume.txt", content))
    assert len(service.storage.objects()) == 1
    assert download(service, lead).content == content
    part = download(service, lead, headers={"Range": f"bytes={size // 2}-{size - 1}"})
    assert part.status_code == 206 and part.content == content[size // 2:]


def test_nothing_is_stored_of_a_submission_that_is_refused(start_on_s3):
    service = start_on_s3()
    assert service.submit(Resume("resume.exe", b"MZ")).status_code == 400
    assert service.storage.objects() == set()


def test_uploads_and_downloads_survive_a_network_and_a_store_that_fail(start_on_s3, faults):
    service = start_on_s3()
    contents = [content_of(size, seed) for seed, size in enumerate((2000, 300_000, 700_000) * 6)]
    faults(rate=0.15, seed=3)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda content: service.submit(Resume("resume.txt", content)), contents))
    stored = [(answer.json(), content) for answer, content in zip(answers, contents) if answer.status_code == 200]
    assert all(answer.status_code in (200, 503) for answer in answers)
    assert len(stored) >= len(contents) - 2
    with ThreadPoolExecutor(6) as pool:
        downloads = list(pool.map(lambda pair: download(service, pair[0]), stored))
    for response, (_, content) in zip(downloads, stored):
        assert response.status_code == 503 or response.content == content
    assert sum(response.status_code == 200 for response in downloads) >= len(stored) - 2
    faults()
    assert len(service.leads()) == len(stored)
    for lead, content in stored:
        assert download(service, lead).content == content


def test_a_store_that_is_down_is_a_clear_503_and_comes_back(start_on_s3, faults):
    service = start_on_s3()
    lead = service.submitted()
    eventually(lambda: is_ready(service))
    faults(down=True)
    eventually(lambda: not is_ready(service))
    refused = service.submit()
    assert refused.status_code == 503 and int(refused.headers["Retry-After"]) > 0
    assert set(refused.json()) == {"detail"} and "S3" not in refused.text and "127.0.0.1" not in refused.text
    assert download(service, lead).status_code == 503
    assert service.anonymous.get("/healthz").status_code == 200
    assert len(service.leads()) == 1, "leads are read without the store"
    faults()
    eventually(lambda: is_ready(service))
    assert download(service, lead).content == TEXT.content
    assert service.submit().status_code == 200
    assert "AWS_ENDPOINT_URL" in service.log()


def test_a_service_starts_while_its_store_is_down(start_on_s3, faults):
    faults(down=True)
    service = start_on_s3()
    assert not is_ready(service)
    eventually(lambda: "store of resumes cannot be used" in service.log())
    assert service.submit().status_code == 503
    faults()
    eventually(lambda: is_ready(service))
    assert service.submit().status_code == 200


@pytest.mark.parametrize("name,value,named", [
    ("AWS_SECRET_ACCESS_KEY", "canary-wrong-secret", "AWS_SECRET_ACCESS_KEY"),
    ("AWS_ACCESS_KEY_ID", "nobody:nobody", "AWS_ACCESS_KEY_ID"), ("AWS_S3_BUCKET_NAME", "no-such-bucket", "AWS_S3_BUCKET_NAME"),
    ("AWS_REGION", "eu-central-1", "AWS_REGION"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1", "AWS_ENDPOINT_URL")])
def test_a_wrong_setting_is_named_in_the_log_and_the_service_not_ready(start_on_s3, name, value, named):
    service = start_on_s3(**{name: value})
    assert not is_ready(service)
    eventually(lambda: re.search(rf"cannot be used.*{named}", service.log()))
    assert service.submit().status_code == 503
    for secret in ("canary", service.storage.store.environment["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in service.log()


def test_a_bucket_that_is_made_later_needs_no_restart(start_on_s3):
    service = start_on_s3(AWS_S3_BUCKET_NAME="made-later")
    assert not is_ready(service)
    from s3_client import S3Client
    from stores import ACCESS_KEY, SECRET_KEY
    S3Client(service.storage.store.server.endpoint, "made-later", ACCESS_KEY, SECRET_KEY).make_bucket()
    eventually(lambda: is_ready(service))
    assert service.submit().status_code == 200


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_a_bucket_without_a_key_stops_the_start_with_one_line(start, name):
    storage = start.storage(store=S3Store)
    result = run(storage, storage.data_dir.parent, "serve", within=20, PORT=0, **{name: ""})
    assert result.returncode == 2 and name in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_no_url_and_no_credential_leaves_the_service(start_on_s3, faults):
    service = start_on_s3(LOG_LEVEL="debug", AWS_SESSION_TOKEN="canary-session-token")
    lead = service.submitted()
    faults(rate=0.5)
    for _ in range(4):
        download(service, lead)
        service.submit()
    faults()
    headers = str(download(service, lead).headers)
    service.stop()
    environment = service.storage.store.environment
    for text in (service.log(), headers, str(lead)):
        for secret in (environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_ACCESS_KEY_ID"], environment["AWS_ENDPOINT_URL"],
                       "canary-session-token", "X-Amz", "Signature="):
            assert secret not in text


# On PostgreSQL the key may be in the hands of another instance: there it is swept an hour later.
@pytest.mark.embedded
def test_an_upload_whose_transaction_never_came_is_swept(start_on_s3):
    service = start_on_s3()
    service.submitted()
    service.kill()
    (key,) = service.storage.query("SELECT object_key FROM upload_intents LIMIT 1")[0]
    service.storage.store.put(key, b"left behind by a crash")
    service.start()
    eventually(lambda: len(service.storage.objects()) == 1)
    assert key not in service.storage.objects()


def test_a_slow_reader_holds_no_connection_to_the_store(start_on_s3):
    service = start_on_s3()
    content = content_of(10 * 1024 * 1024)
    lead = service.submitted(Resume("resume.txt", content))
    token = service.attorney.headers["Authorization"]
    slow = [service.raw() for _ in range(34)]  # more than there are connections
    try:
        for connection in slow:
            connection.send(f"GET /leads/{lead['uuid']}/resume HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n")
            connection.socket.recv(1000)
        assert download(service, lead).content == content
        assert service.submit().status_code == 200
    finally:
        for connection in slow:
            connection.socket.close()
