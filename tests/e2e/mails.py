"""Mails as their receivers see them, and the relays that take them."""

import email
import email.policy
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SMTP_SERVER = Path(__file__).resolve().parents[1] / "support" / "smtp_server.py"

CONFIRMATION, NOTIFICATION = "Thank you for your application", "New Lead Submission"


def parse(data):
    return email.message_from_bytes(data, policy=email.policy.default)


def addresses(mail, field):
    return [address.addr_spec for address in mail[field].addresses]


def plain_text(mail):
    return mail.get_body(("plain",)).get_content()


def markup(mail):
    return mail.get_body(("html",)).get_content()


def eml_files(service):
    return sorted((service.storage.data_dir / "mail").glob("*.eml"))


def eml_mails(service):
    """All mails that the service wrote to DATA_DIR/mail."""
    return [parse(path.read_bytes()) for path in eml_files(service)]


def confirmations(mails, address):
    return [mail for mail in mails if mail["Subject"] == CONFIRMATION and address in str(mail["To"])]


def notifications(mails, text):
    """Those that speak of a lead, found by something that only its lead has."""
    return [mail for mail in mails if mail["Subject"] == NOTIFICATION and text in plain_text(mail)]


@dataclass
class Delivery:
    """A mail that a relay took over."""

    raw: bytes
    envelope: dict

    @property
    def mail(self):
        return parse(self.raw)


class Relay:
    """tests/support/smtp_server.py as a child process."""

    USER, PASSWORD = "relay-user", "relay password"

    def __init__(self, directory, tls="none", login=False):
        self.directory = directory
        self.tls = tls
        self.login = login
        self.port = 0
        self.process = None
        self.start()

    def start(self):
        """Also again, on the same port."""
        arguments = ["--directory", str(self.directory), "--tls", self.tls, "--port", str(self.port)]
        if self.login:
            arguments += ["--user", self.USER, "--password", self.PASSWORD]
        self.process = subprocess.Popen([sys.executable, SMTP_SERVER, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        ready = json.loads(self.process.stdout.readline())
        self.port, self.ca_file = ready["port"], ready["ca_file"]

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=10)
            self.process = None

    @property
    def settings(self):
        """What the service must be told to use this relay."""
        return {"MAIL_SERVER": "localhost" if self.tls != "none" else "127.0.0.1", "MAIL_PORT": self.port,
                "MAIL_FROM": "Law Firm <leads@law.example>",
                "MAIL_STARTTLS": str(self.tls == "starttls").lower(), "MAIL_SSL_TLS": str(self.tls == "implicit").lower(),
                "MAIL_CA_FILE": self.ca_file,
                "MAIL_USERNAME": self.USER if self.login else None, "MAIL_PASSWORD": self.PASSWORD if self.login else None}

    def behave(self, mode, delay=0.0):
        """One of the modes of smtp_server.py, from the next command on."""
        draft = self.directory / ".control.json"
        draft.write_text(json.dumps({"mode": mode, "delay": delay}))
        os.rename(draft, self.directory / "control.json")

    def deliveries(self):
        return [Delivery(path.with_suffix(".eml").read_bytes(), json.loads(path.read_text()))
                for path in sorted(self.directory.glob("[0-9]*.json"))]

    def mails(self):
        return [delivery.mail for delivery in self.deliveries()]
