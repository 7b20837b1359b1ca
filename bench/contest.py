"""A case: a figure of ours, and the limits of the machine that it is held against, measured in turn."""

import statistics
from dataclasses import dataclass, field
from typing import Callable


@dataclass(frozen=True)
class Figure:
    """What one short run measured: the value that counts, and whatever else is worth keeping (p50_ms, p99_ms)."""

    value: float
    details: dict = field(default_factory=dict)


Measure = Callable[[float], Figure]  # for about so many seconds


def fixed(value):
    """A limit that is no measurement but a promise."""
    return lambda _: Figure(value)


@dataclass(frozen=True)
class Contest:
    """limits: of several, the best one is the limit (a database may like 4 clients more than 64); where `needs_all` says so, the
    worst, since the service cannot do without any of them (a file and a row for each lead).
    at_rate(rate, seconds): latencies when so many requests come in a second, whatever the answers take.
    """

    ours: Measure
    limits: dict[str, Measure]
    needs_all: bool = False
    at_rate: Callable[[float, float], dict] | None = None


@dataclass(frozen=True)
class Case:
    """prepare(bench): a generator (as of contextlib.contextmanager) that yields a Contest and cleans up after it; `bench` is a
    places.Bench.
    least: the ratio to reach. It is ours / limit, or limit / ours where less is better (bytes, seconds).
    """

    name: str
    title: str
    least: float
    prepare: Callable
    unit: str = "1/s"
    less_is_better: bool = False


@dataclass
class Series:
    """The figures of one contender over all rounds."""

    figures: list[Figure] = field(default_factory=list)

    @property
    def median(self):
        return statistics.median(figure.value for figure in self.figures)

    @property
    def spread(self):
        """How far the runs lie apart, as a part of their median."""
        values = [figure.value for figure in self.figures]
        return (max(values) - min(values)) / self.median

    def as_json(self):
        details = {name: statistics.median(figure.details[name] for figure in self.figures) for name in self.figures[0].details}
        return {"median": self.median, "spread": self.spread, "values": [figure.value for figure in self.figures], **details}


@dataclass
class Result:
    case: Case
    ours: Series
    limits: dict[str, Series]
    needs_all: bool = False
    at_half_load: dict = field(default_factory=dict)  # latencies

    @property
    def limit_name(self):
        choose = min if self.case.less_is_better != self.needs_all else max
        return choose(self.limits, key=lambda name: self.limits[name].median)

    @property
    def limit(self):
        return self.limits[self.limit_name]

    @property
    def ratio(self):
        ratio = self.ours.median / self.limit.median
        return 1 / ratio if self.case.less_is_better else ratio

    @property
    def is_reached(self):
        return self.ratio >= self.case.least

    def as_json(self):
        return {"case": self.case.name, "title": self.case.title, "unit": self.case.unit, "ratio": self.ratio,
                "least": self.case.least, "reached": self.is_reached, "limit": self.limit_name, "ours": self.ours.as_json(),
                "limits": {name: series.as_json() for name, series in self.limits.items()}, "at_half_load": self.at_half_load}


def measure(case, contest, rounds, seconds):
    """One run of each to warm up, which does not count; then in every round each of them once, so that what disturbs the machine for
    a while disturbs all alike. Latencies come last, at half of what we could do at most."""
    contenders = {"": contest.ours, **contest.limits}
    series = {name: Series() for name in contenders}
    for run in contenders.values():
        run(min(seconds, 1.0))
    for _ in range(rounds):
        for name, run in contenders.items():
            series[name].figures.append(run(seconds))
    ours = series.pop("")
    result = Result(case, ours, series, contest.needs_all)
    if contest.at_rate:
        rate = ours.median / 2
        result.at_half_load = {"rate": rate, **contest.at_rate(rate, seconds)}
    return result
