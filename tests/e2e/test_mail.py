"""What goes out after a submission, how, and to whom."""

import re
import shutil
import time
import uuid

import pytest

from command_line import deactivate
from harness import ADMIN, ATTORNEY, PASSWORD, timed
from mails import (CONFIRMATION, NOTIFICATION, addresses, confirmations, eml_files, eml_mails, markup, notifications, parse,
                   plain_text)
from polling import eventually


def unique_email():
    return f"{uuid.uuid4()}@example.com"


def pair_about(mails_of, lead):
    """Confirmation and notification of a lead with an address of its own, once both are there."""
    def both():
        mails = mails_of()
        first, second = confirmations(mails, lead["email"]), notifications(mails, lead["email"])
        return first and second and (first[0], second[0])
    return eventually(both, 15, f"both mails about {lead['email']}")


# --- .eml files, the default ---

@pytest.mark.embedded
def test_without_a_server_mails_are_eml_files(service):
    lead = service.submitted(first_name="Ada", last_name="Lovelace", email=unique_email())
    confirmation, notification = pair_about(lambda: eml_mails(service), lead)
    assert addresses(confirmation, "To") == [lead["email"]]
    assert addresses(notification, "To") == [ATTORNEY]
    assert len(notifications(eml_mails(service), lead["email"])) == 1


@pytest.mark.embedded
def test_a_confirmation_thanks_the_prospect(service):
    lead = service.submitted(first_name="Łukasz", email=unique_email())
    confirmation, _ = pair_about(lambda: eml_mails(service), lead)
    assert confirmation["Subject"] == CONFIRMATION
    assert "Łukasz" in plain_text(confirmation) and "Łukasz" in markup(confirmation)


@pytest.mark.embedded
def test_a_notification_tells_name_and_address_and_is_answered_to_the_prospect(service):
    lead = service.submitted(first_name="张", last_name="伟", email=unique_email())
    _, notification = pair_about(lambda: eml_mails(service), lead)
    assert notification["Subject"] == NOTIFICATION
    for body in (plain_text(notification), markup(notification)):
        assert "张 伟" in body and lead["email"] in body
    assert addresses(notification, "Reply-To") == [lead["email"]]
    assert notification["Reply-To"].addresses[0].display_name == "张 伟"


@pytest.mark.embedded
def test_mails_are_well_formed(service):
    lead = service.submitted(first_name="Zoë", last_name="=?utf-8?q?x?=", email=unique_email())
    pair_about(lambda: eml_mails(service), lead)
    for path in eml_files(service):
        raw = path.read_bytes()
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw), "every line ends with CRLF"
        assert raw.isascii()
        assert max(map(len, raw.split(b"\r\n"))) <= 998
        mail = parse(raw)
        for part in mail.walk():
            assert not part.defects
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        assert mail["MIME-Version"] == "1.0"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", mail["Message-ID"])
        assert abs(mail["Date"].datetime.timestamp() - time.time()) < 600
        for name in ("From", "To", "Subject", "Date", "Message-ID", "Reply-To"):
            assert len(mail.get_all(name, [])) <= 1


@pytest.mark.embedded
def test_every_mail_has_a_message_id_of_its_own(service):
    lead = service.submitted(email=unique_email())
    confirmation, notification = pair_about(lambda: eml_mails(service), lead)
    assert confirmation["Message-ID"] != notification["Message-ID"]


@pytest.mark.embedded
def test_mails_and_their_directory_are_private(service):
    pair_about(lambda: eml_mails(service), service.submitted(email=unique_email()))
    for path in eml_files(service):
        assert path.stat().st_mode & 0o077 == 0
    assert (service.storage.data_dir / "mail").stat().st_mode & 0o077 == 0


@pytest.mark.embedded
def test_markup_in_a_name_stays_text(service):
    lead = service.submitted(first_name="<img src=x onerror=alert(1)>", last_name="& Sons", email=unique_email())
    for mail in pair_about(lambda: eml_mails(service), lead):
        assert "<img" not in markup(mail) and "& Sons" not in markup(mail)


@pytest.mark.embedded
def test_a_notification_leads_to_the_lead_when_the_public_address_is_known(start):
    service = start(PUBLIC_BASE_URL="https://leads.law.example")
    lead = service.submitted(email=unique_email())
    _, notification = pair_about(lambda: eml_mails(service), lead)
    for body in (plain_text(notification), markup(notification)):
        assert f"https://leads.law.example/inbox/#/leads/{lead['uuid']}" in body


@pytest.mark.embedded
def test_an_eml_directory_that_was_tidied_away_is_made_anew(service):
    shutil.rmtree(service.storage.data_dir / "mail")
    lead = service.submitted(email=unique_email())
    assert pair_about(lambda: eml_mails(service), lead)
    assert service.admin.get("/admin/failed-emails/").json() == []


@pytest.mark.embedded
def test_a_stranger_cannot_choose_where_a_link_of_a_mail_leads(service):
    lead = service.submitted(email=unique_email(), headers={"Host": "evil.example"})
    for mail in pair_about(lambda: eml_mails(service), lead):
        assert "evil.example" not in mail.as_string()


# --- addressees ---

def test_all_active_attorneys_get_one_notification_together(start, relay):
    service = start(**relay().settings)
    created = service.admin.post("/users/", json={"email": "second@law.example", "password": PASSWORD})
    assert created.status_code == 200
    lead = service.submitted(email=unique_email())
    _, notification = pair_about(relay.latest.mails, lead)
    assert sorted(addresses(notification, "To")) == [ATTORNEY, "second@law.example"]
    envelopes = [delivery.envelope for delivery in relay.latest.deliveries() if delivery.mail["Subject"] == NOTIFICATION]
    assert [sorted(envelope["recipients"]) for envelope in envelopes] == [[ATTORNEY, "second@law.example"]]


def test_without_an_attorney_the_admins_are_told(start, relay):
    service = start(**relay().settings)
    deactivate(service.storage, ATTORNEY)
    _, notification = pair_about(relay.latest.mails, service.submitted(email=unique_email()))
    assert addresses(notification, "To") == [ADMIN]


# --- SMTP ---

@pytest.mark.parametrize("tls,login", [("none", False), ("starttls", False), ("starttls", True), ("implicit", False),
                                       ("implicit", True)])
def test_a_relay_takes_the_mails(start, relay, tls, login):
    service = start(**relay(tls=tls, login=login).settings)
    lead = service.submitted(first_name="Zoë", email=unique_email())
    pair_about(relay.latest.mails, lead)
    for delivery in relay.latest.deliveries():
        assert delivery.envelope["sender"] == "leads@law.example"
        assert delivery.envelope["tls"] == (tls != "none")
        assert delivery.envelope["user"] == (relay.latest.USER if login else None)
        assert addresses(delivery.mail, "From") == ["leads@law.example"]
        assert delivery.mail["From"].addresses[0].display_name == "Law Firm"
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", delivery.raw)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_relay_whose_certificate_nobody_vouches_for_gets_nothing(start, relay, tls):
    relay(tls=tls)
    service = start(**relay.latest.settings | {"MAIL_CA_FILE": None, "MAIL_MAX_ATTEMPTS": 1})
    service.submitted()
    failed = eventually(lambda: service.admin.get("/admin/failed-emails/").json(), 20)
    assert re.search("certificate|SSL|TLS", failed[0]["error_message"], re.IGNORECASE)
    assert relay.latest.deliveries() == []


def test_a_relay_without_tls_gets_nothing_when_starttls_is_required(start, relay):
    service = start(**relay().settings | {"MAIL_STARTTLS": "true", "MAIL_MAX_ATTEMPTS": 1})
    service.submitted()
    eventually(lambda: service.admin.get("/admin/failed-emails/").json(), 20)
    assert relay.latest.deliveries() == []


def test_a_wrong_password_at_the_relay_is_told_in_its_own_words(start, relay):
    service = start(**relay(tls="starttls", login=True).settings | {"MAIL_PASSWORD": "not the relay's", "MAIL_MAX_ATTEMPTS": 1})
    service.submitted()
    failed = eventually(lambda: service.admin.get("/admin/failed-emails/").json(), 20)
    assert "535" in failed[0]["error_message"]
    assert "not the relay's" not in service.log()


# --- when the relay fails ---

def test_a_relay_that_comes_back_in_time_gets_everything_once(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 10})
    relay.latest.stop()
    leads = [service.submitted(email=unique_email()) for _ in range(3)]
    relay.latest.start()
    for lead in leads:
        pair_about(relay.latest.mails, lead)
    assert len(relay.latest.deliveries()) == 6
    assert service.admin.get("/admin/failed-emails/").json() == []


def test_mails_that_wait_are_sent_after_a_restart(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 10})
    relay.latest.behave("defer")
    lead = service.submitted(email=unique_email())
    service.stop()
    relay.latest.behave("ok")
    service.start()
    pair_about(relay.latest.mails, lead)


@pytest.mark.embedded  # elsewhere, another process might still be at it: the lease ends after two minutes
def test_a_second_attempt_has_the_same_message_id(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 10})
    relay.latest.behave("hang_delivered")
    lead = service.submitted(email=unique_email())
    eventually(lambda: len(relay.latest.deliveries()) >= 2, 15, "both mails are taken, and not answered")
    service.kill()
    relay.latest.behave("ok")
    service.start()
    eventually(lambda: len(relay.latest.deliveries()) >= 4, 15, "both mails are sent again")
    for find in (confirmations, notifications):
        assert len({mail["Message-ID"] for mail in find(relay.latest.mails(), lead["email"])}) == 1


def test_a_bad_address_of_one_prospect_holds_up_nobody(start, relay):
    service = start(**relay().settings | {"MAIL_MAX_ATTEMPTS": 3})
    service.submitted(email="code550@example.com")
    service.submitted(email="code452@example.com")
    lead = service.submitted(email=unique_email())
    pair_about(relay.latest.mails, lead)
    assert eventually(lambda: len(notifications(relay.latest.mails(), "code")) == 2)
    assert service.admin.get("/admin/failed-emails/").json() == [], "confirmations are not tracked"


@pytest.mark.parametrize("mode", ["hang_connect", "hang_data", "busy", "drop_connect"])
def test_a_sick_relay_does_not_slow_a_submission(start, relay, mode):
    service = start(**relay().settings)
    client = service.client()

    def duration():
        """Of the fastest: a busy machine makes some slower, a submission that waits for the relay all."""
        return min(timed(lambda: service.submitted(client=client))[0] for _ in range(15))

    duration()
    healthy = duration()
    relay.latest.behave(mode)
    sick = duration()
    assert sick < 1.5 * healthy + 0.02, f"{mode}: {sick:.3f} s instead of {healthy:.3f} s"


def test_a_hanging_relay_does_not_hold_up_the_end(start, relay):
    service = start(**relay().settings)
    relay.latest.behave("hang_data")
    service.submitted()
    begin = time.monotonic()
    service.stop()
    assert time.monotonic() - begin < 11
