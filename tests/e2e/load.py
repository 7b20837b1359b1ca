"""Prospects who submit all the time, and what was promised to them."""

import collections
import random
import threading
import time
from dataclasses import dataclass

import requests

from resumes import Resume

SIZES = (500, 2_000, 20_000, 500, 5_000, 2_000, 500, 200_000, 1_000, 600_000)


def content_of(number):
    """Small ones stay in memory on their way, large ones go through an unnamed file."""
    return b"Resume %d " % number + random.Random(number).randbytes(SIZES[number % len(SIZES)])


def email_of(number):
    return f"lead{number}@example.com"


@dataclass(frozen=True)
class Answer:
    number: int
    began: float  # time.monotonic()
    ended: float
    status: int | None  # None: the connection broke
    text: str


class Load:
    """`clients` prospects on threads of their own. Each submits one numbered lead after the other until stop(), or until `count`
    were tried by all of them together; `rate` bounds how many begin in a second.

    service: has submit(...) as Service; make_client(): a client for one thread; first: the number of the first lead.
    """

    def __init__(self, service, make_client, clients, count=None, rate=None, content=content_of, first=0):
        self._service = service
        self._make_client = make_client
        self._first = first
        self._end = None if count is None else first + count
        self._rate = rate
        self._content = content
        self._lock = threading.Lock()
        self.next_number = first
        self._is_over = threading.Event()
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]
        self.answers = []
        self.uuids = {}  # number -> uuid, as promised

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._is_over.set()
        self.join()

    def join(self):
        for thread in self._threads:
            thread.join()

    def is_running(self):
        return any(thread.is_alive() for thread in self._threads)

    def statuses(self):
        return collections.Counter(answer.status for answer in list(self.answers))

    def _take(self):
        """The next number, when its time has come; None at the end."""
        with self._lock:
            if self._is_over.is_set() or self.next_number == self._end:
                return None
            number = self.next_number
            self.next_number += 1
        if self._rate is not None:
            self._is_over.wait(self._began + (number - self._first) / self._rate - time.monotonic())
        return number

    def _run(self):
        client = self._make_client()
        while (number := self._take()) is not None:
            began = time.monotonic()
            resume = Resume("resume.txt", self._content(number), "text/plain")
            try:
                response = self._service.submit(resume, client=client, email=email_of(number), headers=self.headers(number))
            except requests.RequestException as failure:
                self.answers.append(Answer(number, began, time.monotonic(), None, str(failure)))
                continue
            if response.status_code == 200:
                self.uuids[number] = response.json()["uuid"]
            self.answers.append(Answer(number, began, time.monotonic(), response.status_code, response.text))

    def headers(self, number):
        """For a load that is to come from many places."""
        return {}


def check_stored_once(load, storage):
    """What was answered is stored, under its UUID; nothing is stored twice."""
    stored = storage.query("SELECT email, CAST(uuid AS text) FROM leads")
    assert len(stored) == len({email for email, _ in stored}), "a lead was doubled"
    stored = dict(stored)
    missing = {number: uuid for number, uuid in load.uuids.items() if stored.get(email_of(number)) != uuid}
    assert not missing, f"{len(missing)} answered leads are missing"
    return stored
