"""The programs that measure: wrk and h2load for HTTP, pgbench for PostgreSQL, strace, and those of bench/programs."""

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from contest import Figure

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
SCRIPT = Path(__file__).with_name("wrk.lua")


def run(*command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return result.stdout


def whole_seconds(seconds):
    """The least that these programs take."""
    return max(round(seconds), 1)


@dataclass(frozen=True)
class Requests:
    """The same requests over and over: GET of the paths in turn, or POST of a body, over connections that are kept."""

    url: str
    paths: list[str]
    token: str | None = None
    connections: int = 64
    body: bytes | None = None
    content_type: str | None = None

    def _headers(self):
        headers = {"Authorization": self.token and f"Bearer {self.token}", "Content-Type": self.content_type}
        return [part for name, value in headers.items() if value for part in ("-H", f"{name}: {value}")]

    @contextlib.contextmanager
    def _file(self, content):
        with tempfile.NamedTemporaryFile(suffix=".requests") as file:
            file.write(content)
            file.flush()
            yield file.name

    def at_most(self, seconds):
        """As many as are answered, each connection with its next request as soon as it has its answer."""
        with contextlib.ExitStack() as files:
            arguments = [files.enter_context(self._file("\n".join(self.paths).encode() + b"\n"))]
            if self.body is not None:
                arguments.append(files.enter_context(self._file(self.body)))
            said = run("wrk", "-t1", f"-c{self.connections}", f"-d{whole_seconds(seconds)}s", "--timeout", "30s", "-s", SCRIPT,
                       *self._headers(), self.url, "--", *arguments)
        summary = json.loads(said.splitlines()[-1])
        if summary["errors"]:
            raise RuntimeError(f"{summary['errors']} answers of {self.url} were none, or errors")
        if not summary["requests"]:  # too short a time, on so busy a machine
            return self.at_most(10 * seconds)
        latencies = {name: summary[name] for name in ("p50_ms", "p99_ms", "p999_ms")}
        return Figure(summary["requests"] / summary["seconds"], {"requests": summary["requests"], **latencies})

    def at_rate(self, rate, seconds):
        """Latencies when so many requests a second are sent, spread evenly over the connections; of ten requests at least."""
        seconds = max(seconds, 10 / rate + 1)
        with contextlib.ExitStack() as files:
            urls = "".join(f"{self.url}{path}\n" for path in self.paths).encode()
            command = ["h2load", "--h1", "-t1", f"-c{self.connections}", f"-D{whole_seconds(seconds)}",
                       f"--rps={max(rate / self.connections, 0.1):.3f}", "-i", files.enter_context(self._file(urls)), *self._headers()]
            if self.body is not None:
                command += ["-d", files.enter_context(self._file(self.body))]
            log = files.enter_context(self._file(b""))
            run(*command, f"--log-file={log}")
            answers = [line.split("\t") for line in Path(log).read_text().splitlines()]
        if failed := sum(status != "200" for _, status, _ in answers):
            raise RuntimeError(f"{failed} answers of {self.url} at {rate:.0f} a second were none, or errors")
        return percentiles(int(microseconds) / 1000 for _, _, microseconds in answers)


def percentiles(milliseconds):
    ordered = sorted(milliseconds)
    return {name: ordered[min(int(part * len(ordered)), len(ordered) - 1)]
            for name, part in (("p50_ms", 0.5), ("p99_ms", 0.99), ("p999_ms", 0.999))}


def pgbench(server, database, script, clients, values=()):
    """Runs a script of prepared statements over the server's socket, again and again; times a second.

    values: for $1 of the script, each as often as the others (128 at most).
    """
    def measure(seconds):
        with tempfile.TemporaryDirectory() as directory:
            options = []
            for number, value in enumerate(values or [None]):
                file = Path(directory, str(number))
                file.write_text(script.replace("$1", f":value{number}") + ";\n")
                options += ["-f", file] if value is None else ["-D", f"value{number}={value}", "-f", file]
            said = run(PGBENCH, "-h", server.host, "-p", server.port, "-U", "alma", "-n", "-M", "prepared", "-c", clients,
                       "-j", min(clients, os.cpu_count()), "-T", whole_seconds(seconds), *options, database)
        rate = re.search(r"tps = ([\d.]+) \(without initial", said)
        if not rate:  # too short a time, on so busy a machine
            return measure(10 * seconds)
        latency = float(re.search(r"latency average = ([\d.]+) ms", said)[1])
        return Figure(float(rate[1]), {"mean_ms": latency})
    return measure


def rate_of(*command):
    """A program of bench/programs that takes the seconds as its last argument and prints a rate."""
    return lambda seconds: Figure(float(run(*command, max(seconds, 0.5))))


def micro_benchmark(program, name):
    """Bytes a second of one micro-benchmark."""
    def measure(seconds):
        said = run(program, f"--benchmark_filter=^{name}$", f"--benchmark_min_time={seconds / 2}", "--benchmark_format=json")
        return Figure(json.loads(said)["benchmarks"][0]["bytes_per_second"])
    return measure


@contextlib.contextmanager
def repeated(work):
    """`work` of another thread, again and again, while the block runs."""
    is_over, failures = threading.Event(), []

    def repeat():
        try:
            while not is_over.is_set():
                work()
        except Exception as failure:
            failures.append(failure)
    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
    if failures:
        raise failures[0]


def system_calls_of(process_id, work):
    """How often the process made each system call while `work` ran."""
    with tempfile.NamedTemporaryFile("r", suffix=".strace") as counts:
        tracer = subprocess.Popen(["strace", "-f", "-c", "-o", counts.name, "-p", str(process_id)], stderr=subprocess.PIPE)
        while b"attached" not in tracer.stderr.readline():
            if tracer.poll() is not None:
                raise RuntimeError(f"strace cannot attach to {process_id}")
        try:
            work()
        finally:
            tracer.send_signal(signal.SIGINT)
            tracer.communicate(timeout=30)
        # "% time, seconds, usecs/call, calls, [errors,] name"
        lines = re.findall(r"^ *[\d.]+ +[\d.]+ +\d+ +(\d+)(?: +\d+)? +(\w+)$", counts.read(), re.MULTILINE)
    return {name: int(calls) for calls, name in lines if name != "total"}
