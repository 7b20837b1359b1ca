"""The public form as a browser without JavaScript uses it."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import pytest

from polling import eventually
from resumes import MAX_BYTES, TEXT, Resume, multipart, random_resume, real_resume

LEAST_FILL_SECONDS = 2.05
ADA = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}
REFERENCE = re.compile(r"[0-9A-F]{4}-[0-9A-F]{4}")


class Page(HTMLParser):
    """What a page holds, as far as these tests ask."""

    VOID = {"meta", "link", "input", "br"}

    def __init__(self, response):
        super().__init__()
        self.status, self.headers, self.markup = response.status_code, response.headers, response.text
        self.inputs, self.links, self.texts, self.attributes = {}, [], [], {}
        self._open = []
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        self.feed(response.text)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "input":
            self.inputs[attributes["name"]] = attributes
        elif tag == "a":
            self.links.append(attributes["href"])
        elif tag in ("html", "form"):
            self.attributes[tag] = attributes
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    @property
    def token(self):
        return self.inputs["form_token"]["value"]

    @property
    def action(self):
        return self.attributes["form"]["action"]


@pytest.fixture(scope="module")
def token(service):
    """Of a form that was opened long enough ago."""
    page = Page(service.anonymous.get("/apply"))
    time.sleep(LEAST_FILL_SECONDS)
    return page.token


@pytest.fixture(autouse=True)
def nothing_stays_of_what_was_refused(service):
    yield
    assert len(service.storage.objects()) == len(service.leads())


def send(service, token, resume=TEXT, to="/apply?lang=en", headers=None, **fields):
    """As a browser does: the fields in the order of the page, an empty part for a file that was not chosen."""
    texts = {"form_token": token, "topic": "", **ADA, **fields}
    content_type, body = multipart(texts, resume or Resume("", b"", "application/octet-stream"))
    return service.anonymous.post(to, data=body, headers={"Content-Type": content_type, **(headers or {})})


def reference_in(response):
    assert response.status_code == 303, response.text
    target = urlsplit(response.headers["Location"])
    reference, = parse_qs(target.query)["reference"]
    assert REFERENCE.fullmatch(reference)
    return reference


def leads_of(service, email):
    return [lead for lead in service.leads() if lead["email"] == email]


# --- the page ---

def test_the_page_says_everything_beforehand(service):
    page = Page(service.anonymous.get("/apply"))
    assert page.status == 200
    assert "10 MB" in page.text and "PDF, DOC, DOCX, TXT or RTF" in page.text
    assert page.inputs["resume"]["accept"] == ".pdf,.doc,.docx,.txt,.rtf"
    assert [page.inputs[name]["autocomplete"] for name in ADA] == ["given-name", "family-name", "email"]


def test_the_page_needs_nothing_from_elsewhere_and_sets_no_cookie(service):
    response = service.anonymous.get("/apply")
    assert "Set-Cookie" not in response.headers
    assert "http://" not in response.text and "https://" not in response.text
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    for path in re.findall(r'(?:href|src)="(/assets/[^"]*)"', response.text):
        assert service.anonymous.get(path).status_code == 200


def test_a_final_slash_changes_nothing(service):
    assert Page(service.anonymous.get("/apply/")).action == Page(service.anonymous.get("/apply")).action


def test_the_language_is_the_browsers_or_the_one_that_was_chosen(service):
    assert Page(service.anonymous.get("/apply", headers={"Accept-Language": "es-AR,es;q=0.9"})).attributes["html"]["lang"] == "es"
    assert Page(service.anonymous.get("/apply?lang=en", headers={"Accept-Language": "es"})).attributes["html"]["lang"] == "en"
    assert Page(service.anonymous.get("/apply?lang=en-x-rtl")).attributes["html"]["dir"] == "rtl"


def test_the_firm_is_named(start):
    page = Page(start(FIRM_NAME="Lovelace & <Partners>").anonymous.get("/apply"))
    assert "Apply to Lovelace & <Partners>" in page.text
    assert "<Partners>" not in page.markup


def test_a_proxy_may_serve_it_below_a_path(start):
    page = Page(start(PUBLIC_BASE_URL="https://law.example/intake").anonymous.get("/apply"))
    assert page.action == "/intake/apply?lang=en"
    assert 'href="/intake/assets/' in page.markup


# --- a submission ---

@pytest.mark.parametrize("extension", ["pdf", "doc", "docx", "txt", "rtf"])
def test_a_prospect_without_javascript_applies(service, token, extension):
    resume = real_resume(extension)
    email = f"{extension}@example.com"
    answer = send(service, token, resume, email=email)
    reference = reference_in(answer)
    lead, = leads_of(service, email)
    assert lead["uuid"].replace("-", "")[:8].upper() == reference.replace("-", "")
    assert service.attorney.get(f"/leads/{lead['uuid']}/resume").content == resume.content

    thanks = Page(service.anonymous.get(answer.headers["Location"]))
    assert thanks.status == 200 and reference in thanks.text
    assert "/apply?lang=en" in thanks.links


def test_the_language_stays_through_to_the_thanks(service, token):
    answer = send(service, token, to="/apply?lang=es", email="es@example.com")
    assert Page(service.anonymous.get(answer.headers["Location"])).attributes["html"]["lang"] == "es"


def test_thanks_tell_nothing_about_leads(service):
    known = Page(service.anonymous.get("/apply/thank-you?reference=0000-0000"))
    assert known.status == 200
    for forged in ("call+555-0100", "<b>0000", "0000-00000", "0000-000g"):
        page = Page(service.anonymous.get("/apply/thank-you", params={"reference": forged}))
        assert page.status == 200 and forged not in page.text


# --- what is wrong ---

@pytest.mark.parametrize("fields,resume,status,field,words", [
    ({"first_name": ""}, TEXT, 422, "first_name", "Enter your first name"),
    ({"last_name": "x" * 201}, TEXT, 422, "last_name", "more than 200 characters"),
    ({"email": "nonsense"}, TEXT, 400, "email", "name@example.com"),
    ({}, None, 400, "resume", "Choose your resume"),
    ({}, Resume("resume.txt", b"", "text/plain"), 400, "resume", "not empty"),
    ({}, Resume("resume.exe", b"MZ", "application/octet-stream"), 400, "resume", "must be a PDF"),
    ({}, Resume("resume.pdf", b"<html><script>", "application/pdf"), 400, "resume", "must be a PDF"),
    ({}, Resume("a..b.pdf", b"%PDF-1.7\n", "application/pdf"), 400, "resume", "Rename"),
    ({}, random_resume(MAX_BYTES + 1), 413, "resume", "larger than 10 MB"),
    ({}, random_resume(MAX_BYTES + 3 * 1024 * 1024), 413, "resume", "larger than 10 MB"),
])
def test_the_page_comes_again_with_the_problem_and_all_that_was_typed(service, token, fields, resume, status, field, words):
    page = Page(send(service, token, resume, **fields))
    assert page.status == status
    assert f"#{field}" in page.links and words in page.text
    assert page.inputs[field]["aria-invalid"] == "true"
    assert f"{field}-problem" in page.inputs[field]["aria-describedby"]
    for name, value in {**ADA, **fields}.items():
        assert page.inputs[name]["value"] == value
    assert "choose your resume again" in page.text
    assert page.token == token, "it is still the same form"


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "<img src=x onerror=alert(1)>", "\u202eevil", "&amp;", "'\"`=",
                                  "x" * 200])
def test_a_hostile_name_is_shown_as_text(service, token, name):
    page = Page(send(service, token, None, first_name=name))
    assert page.inputs["first_name"]["value"] == name
    assert "<script>alert" not in page.markup and "<img" not in page.markup


def test_garbage_is_answered_with_the_page(service):
    for content_type, body in (("multipart/form-data; boundary=x", b"--x\r\nnonsense"), ("text/plain", b"hello"),
                               ("application/json", b"{")):
        page = Page(service.anonymous.post("/apply", data=body, headers={"Content-Type": content_type}))
        assert page.status in (400, 422)
    assert service.anonymous.post("/apply", json=[]).status_code in (400, 422)


def test_the_rate_is_the_one_of_the_api(start):
    service = start(LEAD_RATE_LIMIT="3/hour")
    token = Page(service.anonymous.get("/apply")).token
    time.sleep(LEAST_FILL_SECONDS)
    assert service.submit().status_code == 200
    answers = [send(service, token, email=f"{number}@example.com") for number in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[1].headers["RateLimit-Policy"] == '"leads";q=3;w=3600'
    page = Page(answers[2])
    assert page.inputs["email"]["value"] == "2@example.com"
    assert page.headers["Retry-After"] in page.text
    assert service.submit().status_code == 429


# --- programs ---

def test_a_program_that_fills_in_the_trap_stores_nothing(service, token):
    before = len(service.leads())
    assert REFERENCE.fullmatch(reference_in(send(service, token, topic="cheap pills")))
    assert len(service.leads()) == before
    assert 'alma_form_traps_total{trap="honeypot"} 1' in service.anonymous.get("/metrics").text


def test_whoever_is_too_fast_sends_again(service):
    fresh = Page(service.anonymous.get("/apply"))
    page = Page(send(service, fresh.token, email="fast@example.com"))
    assert page.status == 400 and "faster than we expected" in page.text
    assert page.inputs["email"]["value"] == "fast@example.com"
    time.sleep(LEAST_FILL_SECONDS)
    reference_in(send(service, page.token, email="fast@example.com"))


@pytest.mark.parametrize("forged", ["", "x", "1.2.3", "9" * 300])
def test_nothing_is_stored_without_a_token_of_ours(service, forged):
    page = Page(send(service, forged))
    assert page.status in (400, 422) and page.token not in ("", forged)


def test_a_token_outlives_a_restart(start):
    service = start()
    token = Page(service.anonymous.get("/apply")).token
    service.restart()
    time.sleep(LEAST_FILL_SECONDS)
    reference_in(send(service, token))


# --- the same form twice ---

def test_the_same_form_twice_is_one_lead(service, token):
    references = {reference_in(send(service, token, email="twice@example.com")) for _ in range(3)}
    assert len(references) == 1
    assert len(leads_of(service, "twice@example.com")) == 1


def test_a_double_click_is_one_lead(service, token):
    ready = threading.Barrier(4)

    def click(_):
        ready.wait()
        return reference_in(send(service, token, email="double@example.com"))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(click, range(4)))) == 1
    assert len(leads_of(service, "double@example.com")) == 1


def test_a_corrected_form_is_a_submission_of_its_own(service, token):
    first = reference_in(send(service, token, email="typo@exmaple.com"))
    assert reference_in(send(service, token, email="typo@example.com")) != first


def test_a_prospect_who_lost_the_connection_sends_again(start):
    """The answer is lost with the process that was to give it."""
    service = start()
    token = Page(service.anonymous.get("/apply")).token
    time.sleep(LEAST_FILL_SECONDS)
    content_type, body = multipart({"form_token": token, "topic": "", **ADA}, TEXT)
    with service.raw() as connection:
        connection.send(f"POST /apply HTTP/1.1\r\nHost: x\r\nContent-Type: {content_type}\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n").send(body)
        eventually(service.leads, 15, "the lead is stored")
        service.kill()
    service.start()
    lead, = service.leads()
    assert reference_in(send(service, token)).replace("-", "").lower() == lead["uuid"][:8]
    assert len(service.leads()) == 1


# --- in a frame ---

def test_nobody_frames_it_unless_told(service):
    for path in ("/apply", "/apply/thank-you", "/apply/embed", "/apply/embed/thank-you"):
        headers = service.anonymous.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"] and headers["X-Frame-Options"] == "DENY"


def test_only_the_firms_sites_frame_the_embedded_form(start):
    service = start(FORM_EMBED_ORIGINS="https://www.law.example, http://localhost:8080")
    token = Page(service.anonymous.get("/apply/embed")).token
    time.sleep(LEAST_FILL_SECONDS)
    sent = send(service, token, to="/apply/embed")
    assert sent.headers["Location"].startswith("/apply/embed/thank-you?")
    for response in (service.anonymous.get("/apply/embed"), send(service, token, None, to="/apply/embed"),
                     service.anonymous.get(sent.headers["Location"])):
        assert response.headers["Content-Security-Policy"].endswith(
            "frame-ancestors https://www.law.example http://localhost:8080")
        assert "X-Frame-Options" not in response.headers
    for path in ("/apply", "/apply/thank-you", "/docs"):
        headers = service.anonymous.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"] and headers["X-Frame-Options"] == "DENY"
