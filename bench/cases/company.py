"""How much others disturb: an attorney who looks at leads, while prospects submit and somebody takes all leads away."""

import contextlib

from cases.reads import reads_of
from cases.submissions import submissions_to
from contest import Case, Contest, Figure
from tools import Requests, repeated

RATE = 2_000  # a second: what a hundred attorneys would not reach, and far below what the machine does


def lead_in_company(bench):
    """p99 of GET /leads/{uuid}. Limit: the same without company."""
    place = bench.copy("sqlite", bench.leads)
    with place.service() as service:
        reads = reads_of(service, place, bench.token)
        submissions = submissions_to(service)
        export = Requests(service.url, ["/leads/"], bench.token, connections=1)

        def alone(seconds):
            latencies = reads.at_rate(RATE, seconds)
            return Figure(latencies["p99_ms"], latencies)

        def in_company(seconds):
            with contextlib.ExitStack() as company:
                for others in (submissions, export):
                    company.enter_context(repeated(lambda others=others: others.at_most(seconds)))
                return alone(seconds)
        yield Contest(in_company, {"alone": alone})


CASES = [Case("company", "p99 of GET /leads/{uuid} while 32 submit and one exports", 1 / 3, lead_in_company, "ms", less_is_better=True)]
