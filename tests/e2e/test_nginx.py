"""Three instances behind nginx, with the configuration that deploy/ holds for operators."""

import contextlib
import json
import socketserver
import ssl
import subprocess
import threading
import time

import pytest
import requests

from events import Stream
from harness import ADMIN, ATTORNEY, TOO_LARGE, TOO_MANY, Refusal, refusal
from load import Load, check_stored_once
from nginx import HOST, Nginx
from polling import eventually
from raw_http import RawConnection
from resumes import MAX_BYTES, Resume, multipart, random_resume
from stores import S3Store

pytestmark = pytest.mark.postgresql

CLIENTS = 8


# --- what passes, and what does not ---

def test_a_resume_of_10_mb_goes_up_and_down_whole_and_in_parts(site):
    site = site(S3Store)
    content = b"R " + random_resume(MAX_BYTES - 2).content
    response = site.submit(Resume("resume.txt", content))
    assert response.status_code == 200, response.text
    url = response.json()["resume_download_url"]
    assert url.startswith(f"https://{HOST}/leads/")
    path = url.removeprefix(f"https://{HOST}")
    attorney = site.client(ATTORNEY)
    assert attorney.get(path).content == content
    part = attorney.get(path, headers={"Range": "bytes=5000000-5999999"})
    assert part.status_code == 206 and part.content == content[5_000_000:6_000_000]
    assert part.headers["Content-Range"] == f"bytes 5000000-5999999/{len(content)}"
    assert attorney.get(path, headers={"Range": f"bytes={len(content)}-"}).status_code == 416


def test_http_2_goes_through(site, tmp_path):
    site = site(S3Store)
    (tmp_path / "resume.txt").write_bytes(b"R " + random_resume(1_000_000).content)
    result = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", site.nginx.ca_file, "--resolve", f"{HOST}:{site.nginx.port}:127.0.0.1",
         "-F", "first_name=Ada", "-F", "last_name=Lovelace", "-F", "email=ada@example.com", "-F", f"resume=@{tmp_path}/resume.txt",
         "-w", "\n%{http_version} %{http_code}", f"https://{HOST}:{site.nginx.port}/leads/"],
        capture_output=True, text=True, timeout=30)
    body, status = result.stdout.rsplit("\n", 1)
    assert status == "2 200", result
    lead = json.loads(body)
    assert site.client(ATTORNEY).get(f"/leads/{lead['uuid']}/resume").content == (tmp_path / "resume.txt").read_bytes()


def test_events_pass_as_they_come_and_end_with_their_instance(site):
    site = site()
    stream = Stream(site.client(ATTORNEY))
    for _ in range(3):
        lead = site.submit().json()["uuid"]
        assert stream.event() == {"uuid": lead, "change": "CREATED"}
    for service in site.services:
        service.terminate()
    assert stream.block() == []
    assert [service.wait() for service in site.services] == [0, 0, 0]


def test_without_tls_there_is_only_the_way_to_it(site):
    site = site()
    answer = requests.get(f"http://127.0.0.1:{site.nginx.plain_port}/leads/?q=x", headers={"Host": HOST}, allow_redirects=False)
    assert answer.status_code == 308 and answer.headers["Location"] == f"https://{HOST}/leads/?q=x"
    context = ssl.create_default_context(cafile=site.nginx.ca_file)
    with RawConnection(site.nginx.port) as plain, context.wrap_socket(plain.socket, server_hostname=HOST) as connection:
        assert connection.version() == "TLSv1.3"
    with RawConnection(site.nginx.port) as plain:
        assert plain.ask("GET /leads/ HTTP/1.1\r\nHost: x\r\n\r\n").status == 400


def test_what_is_refused_is_refused_in_the_words_of_the_service(site):
    site = site(LEAD_RATE_LIMIT="off")
    assert refusal(site.submit(random_resume(MAX_BYTES + 1))) == Refusal(413, TOO_LARGE)
    assert refusal(site.submit(random_resume(MAX_BYTES + 1_600_000))) == Refusal(413, TOO_LARGE)
    assert refusal(site.submit(random_resume(20_000_000))).status == 413
    client = site.client()
    assert refusal(client.get("/nowhere")) == Refusal(404, "Not Found")
    assert refusal(client.post("/token", data="x" * 70_000)).status == 413
    assert refusal(client.post("/token", data="x" * 200_000)).status == 413
    assert client.get("/leads/").status_code == 401


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_what_operators_ask_is_not_public(site, path):
    site = site()
    assert refusal(site.client().get(path)) == Refusal(404, "Not Found")
    assert site.services[0].anonymous.get(path).status_code == 200


def test_the_form_keeps_what_was_typed_when_the_file_is_too_large(site):
    texts = {"form_token": "x", "first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
    content_type, body = multipart(texts, random_resume(MAX_BYTES + 3 * 1024 * 1024))
    answer = site().client().post("/apply", data=body, headers={"Content-Type": content_type})
    assert answer.status_code == 413
    assert "larger than 10 MB" in answer.text and 'value="ada@example.com"' in answer.text


def test_no_header_of_a_client_evades_the_rate_limit(site):
    site = site(LEAD_RATE_LIMIT="1/hour")
    answers = [site.submit(headers={name: value.format(number)}).status_code
               for number in range(3) for name, value in (
                   ("X-Forwarded-For", "203.0.113.{}"), ("X-Forwarded-For", "203.0.113.{}, 127.0.0.1"),
                   ("Forwarded", "for=198.51.100.{}"), ("X-Real-IP", "203.0.113.{}"))]
    assert sorted(answers) == [200] + [429] * 11
    others = {client for service in site.services for client in logged_clients(service)}
    assert others == {"127.0.0.1"}


def logged_clients(service):
    return [json.loads(line)["client"] for line in service.log().splitlines() if '"path":"/leads/"' in line]


def test_a_source_over_its_rate_is_refused_before_its_resume_was_sent(site):
    site = site(LEAD_RATE_LIMIT="1/minute")
    site.submit()
    content_type, body = multipart({"first_name": "A", "last_name": "B", "email": "a@b.c"}, random_resume(5_000_000))
    context = ssl.create_default_context(cafile=site.nginx.ca_file)
    with RawConnection(site.nginx.port) as plain:
        with context.wrap_socket(plain.socket, server_hostname=HOST) as connection:
            connection.sendall(f"POST /leads/ HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {content_type}\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:100_000])
            answer = connection.recv(65536).decode()
    assert answer.startswith("HTTP/1.1 429 ") and TOO_MANY in answer


def test_the_log_of_nginx_tells_neither_searches_nor_tokens(site):
    site = site()
    site.client(ATTORNEY).get("/leads/?q=canary-search")
    eventually(lambda: '"GET /leads/" 200' in site.nginx.log())
    assert "canary" not in site.nginx.log() and "Bearer" not in site.nginx.log()


# --- instances that go and come ---

def ready(service):
    return service.anonymous.get("/readyz").status_code == 200


def test_instances_that_are_upgraded_one_after_the_other_cost_no_request(site):
    site = site()
    with Load(site, site.client, CLIENTS) as load:
        for service in site.services * 2:
            enough = len(load.uuids) + 30
            eventually(lambda: len(load.uuids) >= enough, 30)
            service.restart()
            eventually(lambda: ready(service), 15)
    assert load.statuses() == {200: len(load.uuids)}
    assert len(check_stored_once(load, site.services[0].storage)) == len(load.uuids)


def test_an_instance_that_is_killed_costs_the_requests_it_had_at_most(site):
    site = site()
    kills = 3
    with Load(site, site.client, CLIENTS) as load:
        for service in site.services[:kills]:
            enough = len(load.uuids) + 30
            eventually(lambda: len(load.uuids) >= enough, 30)
            service.kill()
            enough = len(load.uuids) + 30
            eventually(lambda: len(load.uuids) >= enough, 30)
            service.start()
            eventually(lambda: ready(service), 15)
    statuses = load.statuses()
    assert set(statuses) <= {200, 502}, statuses
    assert statuses[502] <= kills * CLIENTS
    check_stored_once(load, site.services[0].storage)


def test_reads_are_asked_of_another_instance_when_one_is_killed(site):
    site = site()
    attorney = site.client(ATTORNEY)
    site.services[1].kill()
    assert [attorney.get("/leads/").status_code for _ in range(20)] == [200] * 20
    assert refusal(site.client(ADMIN).get("/nowhere")).status == 404


def test_without_any_instance_the_answer_says_that_there_was_none(site):
    site = site()
    for service in site.services:
        service.stop()
    answer = refusal(site.submit())
    assert answer.status == 502 and "not known" in answer.detail


class Crashing(socketserver.BaseRequestHandler):
    """An instance that reads a request and dies of it."""

    def handle(self):
        while b"\r\n\r\n" not in (data := self.request.recv(65536)) and data:
            pass
        self.server.met.append(data.split(b" ")[0])


def test_a_submission_is_sent_once_and_a_read_as_often_as_there_are_instances(tmp_path):
    met = []
    with contextlib.ExitStack() as stack:
        ports = []
        for _ in range(3):
            server = stack.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Crashing))
            server.met = met
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            ports.append(server.server_address[1])
        nginx = Nginx(tmp_path, ports)
        nginx.start()
        stack.callback(nginx.stop)
        for method in ("POST", "GET"):
            time.sleep(1.1)  # after which nginx trusts an instance again
            met.clear()
            response = nginx.client().request(method, "/leads/")
            assert refusal(response).status == 502
            assert met == [method.encode()] * (1 if method == "POST" else 3)
