"""Probes, metrics and logs."""

import fcntl
import json
import os
import re
import resource
import shutil
import socket
import time
from pathlib import Path

import pytest
import requests

from harness import ADMIN, PASSWORD, RELEASE_BINARY
from polling import eventually
from resumes import TEXT, Resume


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_answers_200_without_a_token(service, path):
    response = service.anonymous.get(path)
    assert response.status_code == 200
    assert response.content


@pytest.mark.directory_store
def test_a_copy_in_the_place_of_the_store_is_used_at_once(start):
    service = start()
    resumes = service.storage.data_dir / "resumes"
    before = service.submitted()
    shutil.copytree(resumes, resumes.with_name("copy"))
    resumes.rename(resumes.with_name("elsewhere"))
    resumes.with_name("copy").rename(resumes)
    lead = service.submitted()
    assert service.anonymous.get("/readyz").status_code == 200
    assert len(service.storage.objects()) == 2
    for stored in (before, lead):
        assert service.attorney.get(f"/leads/{stored['uuid']}/resume").content == TEXT.content


@pytest.mark.directory_store
def test_the_place_of_a_volume_that_is_not_mounted_is_not_taken_for_the_store(start):
    service = start()
    resumes = service.storage.data_dir / "resumes"
    lead = service.submitted()
    resumes.rename(resumes.with_name("volume"))
    resumes.mkdir()
    eventually(lambda: service.anonymous.get("/readyz").status_code == 503)
    assert service.submit().status_code == 503
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").status_code == 503
    assert service.log().count("volume not mounted") == 1, "once for an outage, not once a probe"
    service.stop()
    service.spawn()
    assert service.wait() == 2
    service.process = None
    assert "volume not mounted" in service.log_of_this_run() and f"{resumes}.id" in service.log_of_this_run()
    assert not list(resumes.iterdir())
    resumes.rmdir()
    resumes.with_name("volume").rename(resumes)
    service.start()
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").content == TEXT.content


@pytest.mark.directory_store
def test_a_service_whose_store_is_gone_is_alive_and_not_ready(start):
    service = start()
    resumes = service.storage.data_dir / "resumes"
    service.submitted()
    resumes.rename(resumes.with_name("elsewhere"))
    response = service.anonymous.get("/readyz")
    assert response.status_code == 503
    assert str(service.storage.data_dir) not in response.text
    assert service.anonymous.get("/healthz").status_code == 200
    meanwhile = service.submit()
    assert meanwhile.status_code in (200, 503)
    assert str(service.storage.data_dir) not in meanwhile.text
    resumes.with_name("elsewhere").rename(resumes)
    eventually(lambda: service.anonymous.get("/readyz").status_code == 200)
    assert service.submit().status_code == 200
    for lead in service.leads():
        assert service.attorney.get(f"/leads/{lead['uuid']}/resume").content == TEXT.content


def test_metrics_are_in_the_text_format_of_prometheus(service):
    service.submitted()
    response = service.anonymous.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    sample = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})? \S+( \d+)?")
    lines = response.text.splitlines()
    assert lines and all(line.startswith("#") or sample.fullmatch(line) for line in lines if line)
    for family in ("http_request", "outbox", "mail"):
        assert any(family in line for line in lines), family


def test_metrics_count_requests_by_route_and_not_by_path(service):
    for _ in range(3):
        service.attorney.get("/leads/11111111-1111-4111-8111-111111111111")
        service.attorney.get("/unique-path")
    text = service.anonymous.get("/metrics").text
    assert "/leads/{lead_uuid}" in text
    assert "11111111-1111" not in text and "unique-path" not in text


def log_lines(service):
    return [json.loads(line) for line in service.log().splitlines() if line.startswith("{")]


def test_a_log_that_is_no_terminal_is_json_with_one_line_for_each_request(service):
    request_id = service.anonymous.get("/healthz").headers["X-Request-ID"]
    eventually(lambda: request_id in service.log())
    found = [line for line in log_lines(service) if request_id in line.values()]
    assert len(found) == 1
    assert "/healthz" in found[0].values() and 200 in found[0].values() and "GET" in found[0].values()


def test_a_log_can_be_text(start):
    service = start(LOG_FORMAT="text")
    service.anonymous.get("/healthz")
    eventually(lambda: "/healthz" in service.log())
    assert not log_lines(service)


def test_a_log_level_can_be_set(start):
    service = start(LOG_LEVEL="error")
    service.anonymous.get("/healthz")
    service.stop()
    assert "/healthz" not in service.log()


def test_no_input_can_forge_a_line_of_the_log(service):
    with service.raw() as connection:
        connection.ask("GET /%0a%7b%22forged%22:1%7d HTTP/1.1\r\nHost: x\r\nX-Request-ID: a{\"forged\":1}\r\n\r\n")
    service.submit(first_name="x", email="evil\n{\"forged\":1}@b.c")
    assert not any("forged" in line for line in log_lines(service))


def test_a_log_that_nobody_reads_holds_up_nothing(start):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    service = start.service(PORT=port)
    reader, service.output = os.pipe()
    fcntl.fcntl(service.output, fcntl.F_SETPIPE_SZ, 4096)
    service.spawn()
    os.close(service.output)
    service.output, service.port = None, port
    eventually(lambda: answers(service), 30, "it serves")
    client = service.anonymous
    for _ in range(200):
        assert client.get("/healthz", timeout=5).status_code == 200
    assert "alma_log_lines_dropped_total 0" in client.get("/metrics", timeout=5).text, "a megabyte may wait"
    service.terminate()
    assert service.wait(10) == 0
    service.process = None
    os.close(reader)


def answers(service):
    try:
        return service.anonymous.get("/healthz", timeout=5).status_code == 200
    except requests.ConnectionError:
        return False


def cpu_seconds(service):
    fields = Path(f"/proc/{service.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.release  # the undefined behaviour sanitizer needs descriptors of its own, and says so of every object
def test_a_service_out_of_file_descriptors_serves_on_and_takes_connections_again_later(start):
    service = start(binary=RELEASE_BINARY)
    get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with service.raw() as open_before:
        assert open_before.ask(get).status == 200
        pid = service.process.pid
        limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = {int(name) for name in os.listdir(f"/proc/{pid}/fd")}
        first_free = next(number for number in range(len(used) + 1) if number not in used)
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (first_free, limits[1]))
        with service.raw() as waiting:  # the kernel takes it; the service cannot
            waiting.send(get)
            eventually(lambda: "cannot accept connections" in service.log())
            before = cpu_seconds(service)
            for _ in range(20):
                assert open_before.ask(get).status == 200
                time.sleep(0.05)
            assert cpu_seconds(service) - before < 0.5, "it tries again now and then, not all the time"
            assert service.log().count("cannot accept connections") == 1
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
            assert waiting.read_response().status == 200


CANARIES = {"password": "canary-password-1", "name": "CanaryName2", "email": "canary3@example.com", "query": "canary-query-4",
            "file name": "canary-file-5.txt", "resume": "canary-resume-6", "wrong password": "canary-wrong-7",
            "wrong user": "canary-user-8@law.example"}


def test_logs_and_metrics_hold_no_secret_and_nothing_of_a_prospect(start):
    service = start(LOG_LEVEL="debug")
    created = service.admin.post("/users/", json={"email": "user@law.example", "password": CANARIES["password"]})
    assert created.status_code == 200
    token = service.anonymous.post("/token", data={"username": "user@law.example",
                                                   "password": CANARIES["password"]}).json()["access_token"]
    service.anonymous.post("/token", data={"username": ADMIN, "password": CANARIES["wrong password"]})
    service.anonymous.post("/token", data={"username": CANARIES["wrong user"], "password": PASSWORD})
    lead = service.submitted(Resume(CANARIES["file name"], CANARIES["resume"].encode()), first_name=CANARIES["name"],
                             email=CANARIES["email"])
    service.submit(first_name=None, query={"q": CANARIES["query"], "email": CANARIES["email"]})
    service.submit(email=CANARIES["email"] + " ")
    service.submit(Resume(CANARIES["file name"] + ".exe", CANARIES["resume"].encode()), last_name=CANARIES["name"])
    user = service.client(token)
    user.get(f"/leads/?q={CANARIES['query']}")
    user.get(f"/leads/{lead['uuid']}/resume")
    user.get(f"/nothing?{CANARIES['query']}")
    service.anonymous.get("/leads/", params={"token": token})
    metrics = service.anonymous.get("/metrics").text
    service.stop()
    for text in (service.log(), metrics):
        assert len(text) > 500
        for name, canary in CANARIES.items():
            assert canary not in text, name
        assert token not in text and token.split(".")[2] not in text
        assert service.settings["SECRET_KEY"] not in text
