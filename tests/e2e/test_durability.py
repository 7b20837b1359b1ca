"""kill -9 at random moments: what was answered is kept, whole, and its mails go out.

ALMA_KILL_ROUNDS sets the number of kills (10 by default; a longer run takes 100).
"""

import collections
import hashlib
import os
import random
import time

from load import Load, content_of, email_of
from mails import CONFIRMATION, NOTIFICATION, parse, plain_text
from polling import eventually

ROUNDS = int(os.environ.get("ALMA_KILL_ROUNDS", "10"))
CLIENTS = 4


def check_answers(load):
    """Whoever got an answer got a good one."""
    assert set(load.statuses()) <= {200, None}, load.statuses()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_nothing_that_was_answered_is_lost_when_the_process_is_killed(start, relay):
    chance = random.Random(os.environ.get("ALMA_KILL_SEED", "7"))
    service = start(**relay().settings)
    next_number = 0
    answered = {}
    for _ in range(ROUNDS):
        with Load(service, service.client, CLIENTS, first=next_number) as load:
            time.sleep(chance.uniform(0.05, 0.8))  # the random moment that this test is about
            service.kill()
        check_answers(load)
        next_number = load.next_number
        this_round = load.uuids
        service.start()
        stored = {lead["uuid"]: lead for lead in service.leads()}
        answered |= this_round
        assert set(answered.values()) <= set(stored), "an answered lead is missing"
        attorney = service.attorney
        for number, uuid in this_round.items():
            assert stored[uuid]["email"] == email_of(number)
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
    with Load(service, service.client, CLIENTS) as load:
        eventually(lambda: len(load.uuids) >= 10, 15)
        service.stop()
    check_answers(load)
    service.start()
    assert set(load.uuids.values()) <= {lead["uuid"] for lead in service.leads()}
    assert len(service.storage.objects()) == len(service.leads())
