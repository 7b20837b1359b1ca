#!/usr/bin/python3
"""Runs the cases, prints a table, and writes the figures as JSON. script/bench builds what is measured and calls this."""

import argparse
import contextlib
import datetime
import json
import os
import platform
import sys
from pathlib import Path

import cases
from contest import measure
from places import Bench
from suite import RELEASE_BINARY
from tools import run

MISSED = 3  # the exit status when a ratio was not reached; 1 is for runs that broke
RESULTS = Path(__file__).with_name("results.json")


def parse(arguments):
    names = [case.name for case in cases.ALL]
    parser = argparse.ArgumentParser(
        description=f"Measures the service against limits of this machine. Exit status {MISSED}: a ratio was missed.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"only these: {', '.join(names)}")
    parser.add_argument("--list", action="store_true", help="name the cases and what they must reach")
    parser.add_argument("--large", action="store_true", help="1,000,000 leads instead of 100,000")
    parser.add_argument("--leads", type=int, help="any other number of leads, and ten times as many where 1,000,000 are usual")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each contender (default: 5)")
    parser.add_argument("--seconds", type=float, default=3, help="of each run (default: 3)")
    parser.add_argument("--json", type=Path, default=RESULTS, help="where the figures go (default: bench/results.json)")
    chosen = parser.parse_args(arguments)
    if unknown := set(chosen.cases) - set(names):
        parser.error(f"no case {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    if chosen.rounds < 1 or chosen.seconds <= 0 or (chosen.leads is not None and chosen.leads < 1):
        parser.error("rounds, seconds and leads must be positive")
    if not chosen.list and not RELEASE_BINARY.is_file():
        parser.error(f"{RELEASE_BINARY} is missing: script/bench builds it")
    chosen.many_leads = chosen.leads * 10 if chosen.leads else 1_000_000
    chosen.leads = chosen.leads or (1_000_000 if chosen.large else 100_000)
    chosen.cases = [case for case in cases.ALL if not chosen.cases or case.name in chosen.cases]
    return chosen


def machine():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.machine())
    return {"cores": os.cpu_count(), "processor": model, "kernel": platform.release(),
            "load_before": os.getloadavg()[0]}


def amount(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def print_columns(rows, left):
    """left: the columns of words."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) if column in left else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        print("  ".join(cells).rstrip())


def print_table(results):
    rows = [("case", "", "ours", "±", "limit", "", "±", "ratio", "at least", "")]
    for result in results:
        rows.append((result.case.title, result.case.unit, amount(result.ours.median), f"{result.ours.spread:.0%}",
                     result.limit_name, amount(result.limit.median), f"{result.limit.spread:.0%}", f"{result.ratio:.2f}",
                     f"{result.case.least:.2f}", "" if result.is_reached else "missed"))
    print_columns(rows, left=(0, 1, 4, 9))


def print_latencies(results):
    """At half of what was reached."""
    rows = [("at half load", "1/s", "p50 ms", "p99 ms", "p99.9 ms")]
    for result in results:
        if latency := result.at_half_load:
            rows.append((result.case.title, amount(latency["rate"]), *(f"{latency[name]:.2f}" for name in ("p50_ms", "p99_ms", "p999_ms"))))
    if len(rows) > 1:
        print()
        print_columns(rows, left=(0,))


def main():
    chosen = parse(sys.argv[1:])
    if chosen.list:
        for case in chosen.cases:
            print(f"{case.name:20} at least {case.least:.2f}  {case.title}")
        return 0
    if os.getloadavg()[0] > 1:
        print(f"warning: other programs run here (load {os.getloadavg()[0]:.1f}); the figures will say little", file=sys.stderr)
    about = {"at": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), "machine": machine(),
             "version": run(RELEASE_BINARY, "--version").strip(), "leads": chosen.leads, "many_leads": chosen.many_leads,
             "rounds": chosen.rounds,
             "seconds": chosen.seconds}
    results = []
    with Bench(chosen.leads, chosen.many_leads) as bench:
        for case in chosen.cases:
            print(f"==> {case.title}", file=sys.stderr)
            with contextlib.contextmanager(case.prepare)(bench) as contest:
                results.append(measure(case, contest, chosen.rounds, chosen.seconds))
            # After each case: a run that breaks later has not been in vain.
            chosen.json.write_text(json.dumps({**about, "results": [result.as_json() for result in results]}, indent=2) + "\n")
    print_table(results)
    print_latencies(results)
    return 0 if all(result.is_reached for result in results) else MISSED


if __name__ == "__main__":
    sys.exit(main())
