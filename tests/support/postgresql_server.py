#!/usr/bin/python3
"""A PostgreSQL server of Debian's packages for tests: in a directory of its own, durable for nothing unless asked.

    postgresql_server.py run               runs one until standard input ends; says "ready HOST PORT" first, and obeys
                                           the lines "stop", "kill" and "start" with "done"
    postgresql_server.py start NOTE        runs one in the background and writes "HOST PORT" into the file NOTE
    postgresql_server.py stop NOTE         ends that one

HOST is the directory of its socket. It also listens on 127.0.0.1, where the user "alma" needs its password.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BINARIES = Path("/usr/lib/postgresql/15/bin")
USER, PASSWORD = "alma", "open sesame"
SETTINGS = {
    "listen_addresses": "127.0.0.1", "max_connections": "300", "shared_buffers": "64MB", "max_wal_size": "256MB",
    "log_min_messages": "warning", "logging_collector": "off", "unix_socket_permissions": "0777",
}
NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


def as_server(parent_death_signal=None):
    """PostgreSQL refuses to run as root; then it gets Debian's own user."""
    command = ["setpriv"]
    if os.geteuid() == 0:
        command += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
    if parent_death_signal:
        command.append(f"--pdeathsig={parent_death_signal}")
    return command if len(command) > 1 else []


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class PostgresqlServer:
    """Runs until stop() or the end of this process.

    standby_of: another one, which this one follows, read-only until promote().
    """

    def __init__(self, is_durable=False, outlives_us=False, standby_of=None, **settings):
        self.directory = Path(tempfile.mkdtemp(prefix="alma-postgresql-", dir="/tmp"))
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.directory, owner.pw_uid, owner.pw_gid)
        self.directory.chmod(0o755)
        self.port = free_port()
        self.process = None
        self._outlives_us = outlives_us
        self._settings = SETTINGS | ({} if is_durable else NOT_DURABLE) | settings
        self._create() if standby_of is None else self._copy(standby_of)
        self.start()

    @property
    def host(self):
        return str(self.directory)

    def uri(self, database="postgres"):
        return f"postgresql://{USER}@/{database}?host={self.host}&port={self.port}"

    def tcp_uri(self, database="postgres", password=PASSWORD):
        return f"postgresql://{USER}:{password.replace(' ', '%20')}@127.0.0.1:{self.port}/{database}"

    def _create(self):
        password_file = self.directory / "password"
        password_file.write_text(PASSWORD)
        password_file.chmod(0o644)
        subprocess.run([*as_server(), BINARIES / "initdb", "-D", self.directory / "data", "-U", USER, "--auth-local=trust",
                        "--auth-host=scram-sha-256", f"--pwfile={password_file}", "-E", "UTF8", "--locale=C.UTF-8",
                        "--no-sync"], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def _copy(self, primary):
        subprocess.run([*as_server(), BINARIES / "pg_basebackup", "-D", self.directory / "data", "-h", primary.host,
                        "-p", str(primary.port), "-U", USER, "--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
                       check=True, stdout=subprocess.DEVNULL, cwd="/")

    def promote(self):
        """A standby becomes a primary. Returns when it takes writes."""
        subprocess.run([*as_server(), BINARIES / "pg_ctl", "-D", self.directory / "data", "promote", "--wait"], check=True,
                       stdout=subprocess.DEVNULL, cwd="/")

    def start(self):
        settings = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value}")]
        with open(self.directory / "log", "ab") as log:
            self.process = subprocess.Popen(
                [*as_server(None if self._outlives_us else "INT"), BINARIES / "postgres", "-D", self.directory / "data",
                 "-k", self.host, "-p", str(self.port), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", start_new_session=True)
        deadline = time.monotonic() + 60
        while subprocess.run([BINARIES / "pg_isready", "-q", "-h", self.host, "-p", str(self.port)]).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start:\n{(self.directory / 'log').read_text()}")
            time.sleep(0.05)
        return self

    def _end(self, how):
        if self.process is None:
            return
        self.process.send_signal(how)
        self.process.wait(60)
        self.process = None

    def stop(self):
        """As an operator stops it: sessions are told, and ended."""
        self._end(signal.SIGINT)

    def kill(self):
        """As a crash ends it. Its children notice by themselves; until then the next start would be refused."""
        self._end(signal.SIGKILL)
        children = [*self._sessions()]
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
            time.sleep(0.02)

    def _sessions(self):
        own = f"{self.directory}/data".encode()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and os.readlink(entry / "cwd").encode() == own:
                    yield entry.name
            except OSError:
                pass  # it has just ended

    def remove(self):
        self.stop()
        shutil.rmtree(self.directory, ignore_errors=True)


def run():
    server = PostgresqlServer()
    print("ready", server.host, server.port, flush=True)
    for line in sys.stdin:
        getattr(server, {"stop": "stop", "kill": "kill", "start": "start"}[line.strip()])()
        print("done", flush=True)
    server.remove()


def start(note):
    stop(note)
    server = PostgresqlServer(outlives_us=True)
    note.write_text(f"{server.host} {server.port}")


def stop(note):
    if not note.exists():
        return
    directory = Path(note.read_text().split()[0])
    note.unlink()
    try:
        pid = int((directory / "data/postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGINT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
    except (OSError, ValueError, IndexError):
        pass  # it had ended before
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"run": run, "start": start, "stop": stop}[command](*(Path(argument) for argument in arguments))
