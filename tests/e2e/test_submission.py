"""POST /leads/: the forms it takes, and the words of each refusal."""

import json
import re
import time

import pytest

from harness import BAD_EMAIL, BAD_NAME, BAD_TYPE, LEAD_KEYS, NO_FILE, TOO_LARGE, Refusal, refusal
from polling import eventually
from resumes import MAX_BYTES, TEXT, Resume, multipart, random_resume

NAMES = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}


def missing(*names):
    return Refusal(422, [{"type": "missing", "loc": ["body", name], "msg": "Field required", "input": None} for name in names])


@pytest.fixture(autouse=True)
def nothing_stays_of_what_was_refused(service):
    """Around every test of this file: one object per lead, and no lead for a refusal."""
    yield
    assert len(service.storage.objects()) == len(service.leads())


def post(service, fields, resume, **options):
    content_type, body = multipart(fields, resume)
    return service.anonymous.post("/leads/", data=body, headers={"Content-Type": content_type}, **options)


# --- what passes ---

def test_multipart_fields_make_a_lead(service):
    assert set(service.submitted(**NAMES)) == LEAD_KEYS


def test_query_parameters_make_a_lead(service):
    response = post(service, {}, TEXT, params=NAMES | {"first_name": "Añ & da=1"})
    assert response.status_code == 200, response.text
    assert response.json()["first_name"] == "Añ & da=1"


def test_query_parameters_and_fields_complete_each_other(service):
    response = post(service, {"first_name": "Ada", "email": "ada@example.com"}, TEXT, params={"last_name": "Query"})
    assert response.json()["last_name"] == "Query"


def test_a_field_of_the_body_wins_over_a_query_parameter(service):
    assert post(service, NAMES, TEXT, params={"first_name": "Query"}).json()["first_name"] == "Ada"


def test_the_fields_may_follow_the_file(service):
    content_type, body = multipart(NAMES, TEXT)
    boundary = b"--" + content_type.split("boundary=")[1].encode()
    parts = body.split(boundary)[1:-1]
    body = b"".join(boundary + part for part in [parts[-1], *parts[:-1]]) + boundary + b"--\r\n"
    response = service.anonymous.post("/leads/", data=body, headers={"Content-Type": content_type})
    assert response.status_code == 200, response.text


def test_a_chunked_body_is_taken(service):
    content_type, body = multipart(NAMES, TEXT)
    pieces = (body[at:at + 7] for at in range(0, len(body), 7))
    response = service.anonymous.post("/leads/", data=pieces, headers={"Content-Type": content_type})
    assert response.status_code == 200, response.text
    assert service.attorney.get(f"/leads/{response.json()['uuid']}/resume").content == TEXT.content


def test_unknown_fields_are_ignored(service):
    assert service.submitted(status="REACHED_OUT", uuid="x", company="Analytical Engines")["status"] == "PENDING"


def test_the_same_prospect_may_apply_twice(service):
    first, second = service.submitted(**NAMES), service.submitted(**NAMES)
    assert first["uuid"] != second["uuid"]


def test_exactly_ten_mebibytes_pass(service):
    lead = service.submitted(random_resume(MAX_BYTES))
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").content == random_resume(MAX_BYTES).content


def test_the_download_url_follows_the_host_that_was_asked(service):
    lead = service.submitted(headers={"Host": "leads.example.com:8443"})
    assert lead["resume_download_url"] == f"http://leads.example.com:8443/leads/{lead['uuid']}/resume"


def test_public_base_url_is_the_base_of_the_download_url(start):
    lead = start(PUBLIC_BASE_URL="https://leads.law.example/intake").submitted()
    assert lead["resume_download_url"] == f"https://leads.law.example/intake/leads/{lead['uuid']}/resume"


# --- 422 ---

@pytest.mark.parametrize("name", NAMES)
def test_a_missing_field_is_named(service, name):
    assert refusal(service.submit(**{name: None})) == missing(name)


def test_a_missing_resume_is_named(service):
    assert refusal(service.submit(None)) == missing("resume")


def test_all_missing_fields_are_named_at_once(service):
    assert refusal(post(service, {"x": "y"}, None)) == missing("first_name", "last_name", "email", "resume")
    assert refusal(service.anonymous.post("/leads/")) == missing("first_name", "last_name", "email", "resume")


def test_an_empty_name_is_none(service):
    answer = refusal(service.submit(first_name=""))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "first_name"]


@pytest.mark.parametrize("name", ["x" * 201, "Ada\r\nBcc: evil@example.com", "A\x00da", "A\x1b[31mda", "A\x7fda", "A\u0085da",
                                  "A\u2028da"])
def test_a_name_that_breaks_the_rules_is_named(service, name):
    answer = refusal(service.submit(last_name=name))
    assert answer.status == 422
    assert [error["loc"] for error in answer.detail] == [["body", "last_name"]]
    assert all(set(error) >= {"type", "loc", "msg", "input"} for error in answer.detail)


def test_a_name_of_two_hundred_characters_passes(service):
    assert service.submitted(first_name="é" * 200)["first_name"] == "é" * 200


def test_a_name_that_is_no_utf8_is_refused(service):
    assert service.submit(first_name=b"\xff\xfe").status_code in (400, 422)


def test_a_resume_that_is_text_is_refused(service):
    answer = refusal(post(service, NAMES | {"resume": "my life"}, None))
    assert answer.status == 422 and answer.detail[0]["loc"] == ["body", "resume"]


# --- 400 and 413 ---

@pytest.mark.parametrize("email", [
    "plain", "a@b", "@b.c", "a@", "a@@b.c", "a@b@c.d", "a b@c.d", "a@b.c d", "a@b.c\r\nBcc: x@y.z", "a@b.c\nx", "a\t@b.c",
    "a@b.c\x00", "a@b.c\x7f", " a@b.c", "a@b.c ", f"{'a' * 251}@b.c"])
def test_a_malformed_email_is_refused(service, email):
    assert refusal(service.submit(email=email)) == Refusal(400, BAD_EMAIL)


@pytest.mark.parametrize("email", ["a@b.c", "a+tag@sub.example.co.uk", "o'neil@example.com", f"{'a' * 250}@b.c"])
def test_a_good_email_is_kept_as_it_was_typed(service, email):
    assert service.submitted(email=email)["email"] == email


def test_a_file_without_a_name_is_no_file(service):
    assert refusal(service.submit(Resume("", b"", "application/octet-stream"))) == Refusal(400, NO_FILE)


def test_an_empty_file_is_no_file(service):
    assert refusal(service.submit(Resume("resume.pdf", b"", "application/pdf"))) == Refusal(400, NO_FILE)


def test_one_byte_more_than_ten_mebibytes_is_too_large(service):
    assert refusal(service.submit(random_resume(MAX_BYTES + 1))) == Refusal(413, TOO_LARGE)


def test_a_chunked_file_that_is_too_large_is_refused(service):
    content_type, body = multipart(NAMES, random_resume(MAX_BYTES + 1))
    pieces = (body[at:at + 65536] for at in range(0, len(body), 65536))
    response = service.anonymous.post("/leads/", data=pieces, headers={"Content-Type": content_type})
    assert refusal(response) == Refusal(413, TOO_LARGE)


@pytest.mark.parametrize("expectation", ["", "Expect: 100-continue\r\n"])
def test_a_content_length_that_is_too_large_is_refused_before_the_body(service, expectation):
    with service.raw() as connection:
        answer = connection.ask(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                                f"Content-Length: {2**40}\r\n{expectation}\r\n")
        assert (answer.status, json.loads(answer.body)) == (413, {"detail": TOO_LARGE})
        assert connection.is_closed()


def test_a_client_that_asks_first_is_told_to_continue(service):
    content_type, body = multipart(NAMES, TEXT)
    with service.raw() as connection:
        connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
                        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n")
        assert connection.read_response().status == 100
        assert connection.ask(body, to="POST").status == 200


@pytest.mark.parametrize("name", ["resume.exe", "resume", "resume.pdf.zip", "resume.html", "resume.docm", ".", "pdf"])
def test_another_extension_is_refused(service, name):
    assert refusal(service.submit(Resume(name, TEXT.content))) == Refusal(400, BAD_TYPE)


@pytest.mark.parametrize("name", ["resume.TXT", "resume.Pdf", "my.resume.v2.docx", "r.DOC", "r.rtf"])
def test_an_extension_is_read_in_any_case(service, name):
    assert service.submit(Resume(name, TEXT.content)).status_code == 200


@pytest.mark.parametrize("character", ["..", "/", "\\", "<", ">", ":", '"', "|", "?", "*"])
def test_a_file_name_with_a_special_character_is_refused(service, character):
    assert refusal(service.submit(Resume(f"my{character}resume.txt", TEXT.content))) == Refusal(400, BAD_NAME)


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "/etc/resume.txt", "C:\\fakepath\\resume.txt", "..txt.txt/x.txt"])
def test_a_path_is_no_file_name(service, name):
    assert refusal(service.submit(Resume(name, TEXT.content))) == Refusal(400, BAD_NAME)


@pytest.mark.parametrize("media_type", [None, "application/octet-stream", "text/rtf", "text/plain", "text/plain; charset=utf-8",
                                        "application/pdf", "application/msword", "application/rtf", "Application/PDF"])
def test_a_declared_type_of_the_list_passes(service, media_type):
    assert service.submit(Resume("resume.txt", TEXT.content, media_type)).status_code == 200


@pytest.mark.parametrize("media_type", ["image/png", "text/html", "application/zip", "application/x-msdownload", "text/x-python",
                                        "nonsense"])
def test_a_declared_type_outside_the_list_is_refused(service, media_type):
    assert refusal(service.submit(Resume("resume.txt", TEXT.content, media_type))) == Refusal(400, BAD_TYPE)


# --- the order of the checks ---

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(64)

# In the contract's order: each fault changes the fields, or one aspect of the file.
FAULTS = {
    "missing field": ({"first_name": None}, {}, missing("first_name")),
    "e-mail": ({"email": "nonsense"}, {}, Refusal(400, BAD_EMAIL)),
    "no file": ({}, {"content": b""}, Refusal(400, NO_FILE)),
    "too large": ({}, {"content": PNG + bytes(MAX_BYTES)}, Refusal(413, TOO_LARGE)),
    "extension": ({}, {"extension": "exe"}, Refusal(400, BAD_TYPE)),
    "content": ({}, {"content": PNG}, Refusal(400, BAD_TYPE)),
    "file name": ({}, {"stem": "my:resume"}, Refusal(400, BAD_NAME)),
}
PAIRS = [(first, second) for at, first in enumerate(FAULTS) for second in list(FAULTS)[at + 1:]
         if not ("content" in FAULTS[first][1] and "content" in FAULTS[second][1])]


@pytest.mark.parametrize("first,second", PAIRS, ids=lambda fault: fault)
def test_of_two_faults_the_earlier_check_speaks(service, first, second):
    fields, aspects = FAULTS[first][0] | FAULTS[second][0], FAULTS[first][1] | FAULTS[second][1]
    file = Resume(f"{aspects.get('stem', 'resume')}.{aspects.get('extension', 'txt')}", aspects.get("content", TEXT.content))
    assert refusal(service.submit(file, **fields)) == FAULTS[first][2]


def test_a_very_long_email_is_an_invalid_one(service):
    assert refusal(service.submit(TEXT, email="x" * 5000 + "@b.example")) == Refusal(400, BAD_EMAIL)


@pytest.mark.parametrize("length", [300, 1100, 3000])
def test_a_very_long_file_name_is_no_simple_one(service, length):
    assert refusal(service.submit(Resume("a" * length + ".txt", TEXT.content))) == Refusal(400, BAD_NAME)
    assert refusal(service.submit(Resume("a" * length + ".exe", TEXT.content))) == Refusal(400, BAD_TYPE)


def test_a_file_name_with_a_line_end_is_no_simple_one(service):
    content_type, body = multipart(NAMES, TEXT, filename_parameter="filename*=UTF-8''a%0D%0Ab.txt")
    response = service.anonymous.post("/leads/", data=body, headers={"Content-Type": content_type})
    assert refusal(response) == Refusal(400, BAD_NAME)


# --- malformed bodies ---

@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=",
                                          "multipart/form-data; boundary=" + "b" * 71,
                                          "multipart/form-data; boundary=" + "\\" * 40, "text/plain", "nonsense"])
def test_a_body_that_cannot_be_read_is_the_clients_fault(service, content_type):
    _, body = multipart(NAMES, TEXT)
    response = service.anonymous.post("/leads/", data=body, headers={"Content-Type": content_type})
    assert response.status_code in (400, 415, 422)


def test_a_body_that_ends_before_its_last_boundary_is_refused(service):
    content_type, body = multipart(NAMES, TEXT)
    for cut in (len(body) - 4, len(body) - 60, len(body) // 2, 1):
        response = service.anonymous.post("/leads/", data=body[:cut], headers={"Content-Type": content_type})
        assert response.status_code in (400, 422), cut


def test_too_many_parts_are_refused(service):
    fields = NAMES | {f"x{n}": "y" for n in range(33)}
    assert 400 <= post(service, fields, TEXT).status_code < 500


def test_a_huge_part_header_is_refused(service):
    response = service.submit(filename_parameter=f'filename="r.txt"; x="{"y" * 5000}"')
    assert 400 <= response.status_code < 500


def test_a_connection_that_is_cut_in_the_middle_of_a_body_leaves_nothing(service):
    content_type, body = multipart(NAMES, random_resume(400_000))
    before = service.storage.objects(), service.leads()
    for cut in (10, 1_000, 200_000, len(body) - 3):
        with service.raw() as connection:
            connection.send(f"POST /leads/ HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body[:cut])
    eventually(lambda: re.search(r"^alma_http_connections (\d+)", service.anonymous.get("/metrics").text, re.M)[1] == "1", 10,
               "the service has seen that they are gone")
    assert (service.storage.objects(), service.leads()) == before


def test_crlf_dense_bodies_are_cheap(service):
    """CVE-2023-46136: a body of line ends must not cost quadratic time."""
    begin = time.monotonic()
    service.submitted(Resume("resume.txt", b"\r\n" * 2_000_000))
    service.submitted(Resume("resume.txt", b"\r\n--" * 1_000_000))
    assert time.monotonic() - begin < 15
