"""kill -9 at random moments: what was answered is kept, whole, and its mails go out.

ALMA_KILL_ROUNDS sets the number of kills (10 by default; a longer run takes 100).
"""

import collections
import hashlib
import os
import random
import threading
import time

import requests

from mails import CONFIRMATION, NOTIFICATION, parse, plain_text
from polling import eventually
from resumes import Resume

ROUNDS = int(os.environ.get("ALMA_KILL_ROUNDS", "10"))
CLIENTS = 4


def content_of(number):
    """Small ones stay in memory on their way, large ones go through an unnamed file."""
    return b"Resume %d " % number + random.Random(number).randbytes((500, 20_000, 200_000, 600_000)[number % 4])


class Load:
    """Prospects who submit without pause until the service is gone."""

    def __init__(self, service, numbers):
        self.answered = {}  # number -> uuid, as the service promised
        self._service = service
        self._numbers = numbers
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(CLIENTS)]

    def _run(self):
        client = self._service.client()
        while True:
            with self._lock:
                number = next(self._numbers)
            resume = Resume("resume.txt", content_of(number), "text/plain")
            try:
                response = self._service.submit(resume, email=f"lead{number}@example.com", client=client)
            except requests.RequestException:
                return  # no answer, no promise
            assert response.status_code == 200, response.text
            self.answered[number] = response.json()["uuid"]

    def run_until_killed(self, after):
        for thread in self._threads:
            thread.start()
        time.sleep(after)  # the random moment that this test is about
        self._service.kill()
        for thread in self._threads:
            thread.join()
        return self.answered


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_nothing_that_was_answered_is_lost_when_the_process_is_killed(start, relay):
    chance = random.Random(os.environ.get("ALMA_KILL_SEED", "7"))
    service = start(**relay().settings)
    numbers = iter(range(10**9))
    answered = {}
    for _ in range(ROUNDS):
        this_round = Load(service, numbers).run_until_killed(after=chance.uniform(0.05, 0.8))
        service.start()
        stored = {lead["uuid"]: lead for lead in service.leads()}
        answered |= this_round
        assert set(answered.values()) <= set(stored), "an answered lead is missing"
        attorney = service.attorney
        for number, uuid in this_round.items():
            assert stored[uuid]["email"] == f"lead{number}@example.com"
            assert sha(attorney.get(f"/leads/{uuid}/resume").content) == sha(content_of(number))
        # The sweep at the start leaves exactly the files of leads, those without an answer included. Where others might
        # still be uploading, it waits for an hour.
        if not service.storage.is_shared:
            eventually(lambda: len(service.storage.objects()) == len(service.leads()), 15, "the sweep leaves no leftovers")
    assert answered, "the service answered nothing at all"

    emails = {lead["email"] for lead in service.leads()}

    def copies():
        found = collections.defaultdict(set)
        for delivery in relay.latest.deliveries():
            mail = parse(delivery.raw)
            about = mail["To"].addresses[0].addr_spec if mail["Subject"] == CONFIRMATION else \
                next(line for line in plain_text(mail).split() if line.endswith("@example.com") and line.startswith("lead"))
            found[mail["Subject"], about].add(mail["Message-ID"])
        return found

    def all_delivered():
        found = copies()
        return set(found) == {(subject, email) for subject in (CONFIRMATION, NOTIFICATION) for email in emails} and found

    # A lease of a killed process ends at once where nobody else can hold it, and else after two minutes.
    ids = eventually(all_delivered, 180 if service.storage.is_shared else 60, "every mail is delivered")
    assert all(len(message_ids) == 1 for message_ids in ids.values()), "a copy must carry the same Message-ID"


def test_a_graceful_end_under_load_loses_nothing_either(start):
    service = start()
    load = Load(service, iter(range(10**9)))
    load._service = service
    for thread in load._threads:
        thread.start()
    eventually(lambda: len(load.answered) >= 10, 15)
    service.stop()
    for thread in load._threads:
        thread.join()
    service.start()
    assert set(load.answered.values()) <= {lead["uuid"] for lead in service.leads()}
    assert len(service.storage.objects()) == len(service.leads())
