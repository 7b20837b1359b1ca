"""Names, addresses and file names from all over the world, and from attackers: through list, mail and download unharmed."""

import unicodedata
import uuid

import pytest

from harness import ATTORNEY, LEAD_KEYS
from mails import addresses, confirmations, eml_mails, markup, notifications, plain_text
from polling import eventually
from resumes import TEXT, Resume, disposition

NAMES = [
    "张伟", "Łukasz", "O'Neil", 'Jane "JJ" Doe', "<script>alert(1)</script>", "</title>", "a,b;c@d", "=?utf-8?q?evil?=", "-", "'",
    '"', "\u202egpj.exe", "\ufeffbom", "😀" * 100, "x" * 200, "Zoe\u0301", "Zoé", "नमस्ते", "مرحبا",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "NULL", "'; DROP TABLE leads;--", "back\\slash", "%s%n%00", "{{7*7}}${7*7}",
    "=1+1",
]

EMAILS = [
    "o'neil@example.com", "a+b@example.com", "a,b@example.com", "a;b@example.com", "<a@example.com>", "a(b)@example.com",
    '"quoted"@example.com', "张伟@例子.公司", "łukasz@example.com", "%0d%0aBcc:x@example.com", "a\\b@example.com",
    "'--@example.com", "x@exam\u202eple.com", "a@b.c", "=?utf-8?q?x?=@example.com", "undisclosed:;@example.com",
]

FILE_NAMES = [
    "resume.txt", "Łukasz résumé.txt", "简历.txt", "O'Neil's CV.txt", "a;b=c.txt", "a%20b%22.txt", "a,b.txt", "'.txt", "-rf.txt",
    "می\u200cخواهم.txt", "\U0001f468\u200d\U0001f469.txt",
    "😀.txt", "n" * 200 + ".txt", "é" * 100 + ".txt", "a  b.txt", "=!utf-8!q!x!=.txt",
    "$(id)`id`.txt", "CON.txt", "utf-8''x.txt",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_comes_back_as_it_was_sent(service, name):
    lead = service.submitted(first_name=name, last_name=name)
    assert set(lead) == LEAD_KEYS
    assert (lead["first_name"], lead["last_name"]) == (name, name)
    listed = {entry["uuid"]: entry for entry in service.leads()}
    assert listed[lead["uuid"]] == lead


@pytest.mark.embedded
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_cannot_harm_a_mail(service, name):
    address = f"{uuid.uuid4()}@example.com"
    service.submitted(first_name=name, last_name="Tester", email=address)
    confirmation = eventually(lambda: confirmations(eml_mails(service), address))[0]
    notification = eventually(lambda: notifications(eml_mails(service), address))[0]
    assert addresses(confirmation, "To") == [address]
    assert addresses(notification, "To") == [ATTORNEY]
    assert addresses(notification, "Reply-To") == [address]
    assert visible(name) in visible(plain_text(notification))
    for mail in (confirmation, notification):
        assert_unharmed(mail)


def visible(text):
    """Without characters that show nothing or turn the direction of others: a mail may leave them out."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def assert_unharmed(mail):
    assert not any(part.defects for part in mail.walk())
    assert mail["Bcc"] is None and mail["Cc"] is None
    assert "<script" not in markup(mail)


@pytest.mark.embedded
@pytest.mark.parametrize("email", EMAILS, ids=ascii)
def test_an_odd_address_is_listed_and_told_to_the_attorneys(service, email):
    marker = str(uuid.uuid4())
    lead = service.submitted(last_name=marker, email=email)
    assert lead["email"] == email
    assert lead in service.leads()
    notification = eventually(lambda: notifications(eml_mails(service), marker))[0]
    assert addresses(notification, "To") == [ATTORNEY]
    assert visible(email) in visible(plain_text(notification))
    assert_unharmed(notification)


@pytest.mark.parametrize("name", FILE_NAMES, ids=ascii)
def test_a_file_name_comes_back_in_the_download(service, name):
    lead = service.submitted(Resume(name, TEXT.content))
    response = service.attorney.get(f"/leads/{lead['uuid']}/resume")
    assert response.status_code == 200
    assert disposition(response.headers["Content-Disposition"]) == ("attachment", name)
    assert response.content == TEXT.content


@pytest.mark.parametrize("name", ["cv\u202etxt.exe.txt", "cv\u2066x.txt", "cv\u200f.txt"], ids=ascii)
def test_a_file_name_cannot_turn_the_direction_of_writing(service, name):
    lead = service.submitted(Resume(name, TEXT.content))
    response = service.attorney.get(f"/leads/{lead['uuid']}/resume")
    shown = disposition(response.headers["Content-Disposition"])[1]
    assert shown == "".join("_" if unicodedata.category(character) == "Cf" else character for character in name)


@pytest.mark.parametrize("parameter", ["filename=\"plain.txt\"; filename*=UTF-8''../../evil.exe",
                                       "filename=\"evil\rX-Evil: 1.txt\"", "filename=\"a\tb.txt\"", "filename=\"a\x01b.txt\"",
                                       "filename=\"a\x7fb.txt\"", "filename=\"\\\"; x=\\\".txt\""])
def test_a_hostile_file_name_parameter_never_reaches_a_header(service, parameter):
    response = service.submit(filename_parameter=parameter)
    assert response.status_code in (200, 400, 422), response.text
    if response.status_code == 200:
        download = service.attorney.get(f"/leads/{response.json()['uuid']}/resume")
        kind, name = disposition(download.headers["Content-Disposition"])
        assert kind == "attachment" and "evil.exe" not in name
        assert "X-Evil" not in download.headers


def test_a_file_name_that_is_no_utf8_breaks_nothing(service):
    content = b'--b\r\nContent-Disposition: form-data; name="resume"; filename="\xff\xfe.txt"\r\n\r\nhello\r\n--b--\r\n'
    response = service.anonymous.post("/leads/", data=content, params={"first_name": "A", "last_name": "B", "email": "a@b.c"},
                                      headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert response.status_code in (200, 400, 422)
    if response.status_code == 200:
        download = service.attorney.get(f"/leads/{response.json()['uuid']}/resume")
        assert disposition(download.headers["Content-Disposition"])[0] == "attachment"


@pytest.mark.parametrize("bytes_", ["%00", "%FF", "%C3", "%ED%A0%80"])
def test_what_no_database_takes_as_text_is_a_mistake_of_the_client_everywhere(service, bytes_):
    """A NUL, and three kinds of bytes that are no UTF-8: never a 500, and no other request's trouble."""
    lead = service.submitted()
    text = f"a{bytes_}b"
    email = f"{text}@c.de"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    fields = {"first_name": "A", "last_name": "B", "email": "a@b.c"}
    answers = {
        "login": service.anonymous.post("/token", data=f"username={email}&password=wrong", headers=form),
        "search": service.attorney.get(f"/leads/?q={text}"),
        "filter": service.attorney.get(f"/leads/?status={text}"),
        "order": service.attorney.get(f"/leads/?sort={text}"),
        "cursor": service.attorney.get(f"/leads/?cursor={text}"),
        "lead": service.attorney.get(f"/leads/{text}"),
        "status": service.attorney.put(f"/leads/{lead['uuid']}/status", data=f"status={text}", headers=form),
        "first admin": service.anonymous.post("/users/initial", data=f"email={email}&password=long+enough", headers=form),
        "account": service.admin.post("/users/", data=f"email={email}&password=long+enough", headers=form),
        "role": service.admin.post("/users/", data=f"email=x@y.z&password=long+enough&role={text}", headers=form),
        "failed mail": service.admin.post(f"/admin/failed-emails/{text}/resend"),
    } | {name: service.anonymous.post("/leads/?" + "&".join(f"{key}={text if key == name else value}"
                                                            for key, value in fields.items()),
                                      files={"resume": ("cv.txt", b"hello")})
         for name in fields}
    assert {name: answer.status_code for name, answer in answers.items() if not 400 <= answer.status_code < 500} == {}
    assert answers["login"].status_code == 401
    names = service.submit(filename_parameter=f"filename*=UTF-8''{text}.txt")
    assert names.status_code < 500


def test_after_all_of_that_the_list_is_still_whole(service):
    leads = service.leads()
    assert len(leads) == len(service.storage.objects()) == len({lead["uuid"] for lead in leads})
