"""POST /token: nearly all of it is Argon2id."""

from urllib.parse import urlencode

from contest import Case, Contest
from places import program
from suite import ADMIN, PASSWORD
from tools import Requests, rate_of

THREADS = 2  # password_threads of src/app/app.cpp
LEAST_SECONDS = 3  # each login takes a tenth of a second and more
CLIENTS = 4  # more than threads, so that these never wait for a client


def login(bench):
    """Limit: the library alone, with the same parameters on as many threads."""
    with bench.place("sqlite", bench.leads).service() as service:
        body = urlencode({"username": ADMIN, "password": PASSWORD}).encode()
        ours = Requests(service.url, ["/token"], connections=CLIENTS, body=body, content_type="application/x-www-form-urlencoded")
        yield Contest(lambda seconds: ours.at_most(max(seconds, LEAST_SECONDS)), {"libsodium": rate_of(program("argon2id"), THREADS)},
                      at_rate=ours.at_rate)


CASES = [Case("token", "POST /token, two threads for passwords", 0.95, login)]
