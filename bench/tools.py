"""The programs that measure: wrk for us, pgbench for PostgreSQL."""

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

from contest import Figure

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
SCRIPT = Path(__file__).with_name("wrk.lua")


def run(*command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def wrk(url, paths, token=None, connections=64):
    """GET of the paths, one after the other, over connections that are kept; answers a second."""
    def measure(seconds):
        with tempfile.NamedTemporaryFile("w", suffix=".paths") as list_of_paths:
            list_of_paths.write("\n".join(paths) + "\n")
            list_of_paths.flush()
            headers = ("-H", f"Authorization: Bearer {token}") if token else ()
            said = run("wrk", "-t1", f"-c{connections}", f"-d{max(round(seconds), 1)}s", "-s", SCRIPT, *headers, url, "--",
                       list_of_paths.name)
        summary = json.loads(said.splitlines()[-1])
        if summary["errors"]:
            raise RuntimeError(f"{summary['errors']} answers of {url} were none, or errors")
        return Figure(summary["requests"] / summary["seconds"], {"p50_ms": summary["p50_ms"], "p99_ms": summary["p99_ms"]})
    return measure


def pgbench(server, database, statement, values, clients):
    """A prepared statement with $1 from `values` (128 at most), over the server's socket; answers a second."""
    def measure(seconds):
        with tempfile.TemporaryDirectory() as directory:
            scripts = []
            for number, value in enumerate(values):
                script = Path(directory, str(number))
                script.write_text(statement.replace("$1", f":value{number}") + ";\n")
                scripts += ["-D", f"value{number}={value}", "-f", script]
            said = run(PGBENCH, "-h", server.host, "-p", server.port, "-U", "alma", "-n", "-M", "prepared", "-c", clients,
                       "-j", min(clients, os.cpu_count()), "-T", max(round(seconds), 1), *scripts, database)
        rate = float(re.search(r"tps = ([\d.]+) \(without initial", said)[1])
        latency = float(re.search(r"latency average = ([\d.]+) ms", said)[1])
        return Figure(rate, {"mean_ms": latency})
    return measure
