"""The real binary as a child process, and clients that speak HTTP to it."""

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import requests

from polling import eventually
from raw_http import RawConnection
from resumes import TEXT, multipart
from tokens import SECRET_KEY, token_for

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("ALMA_BINARY", ROOT / "build/dev/alma-leads")).resolve()
RELEASE_BINARY = Path(os.environ.get("ALMA_RELEASE_BINARY", ROOT / "build/release/alma-leads")).resolve()

PASSWORD = "correct horse battery staple"
ADMIN, ATTORNEY, DEACTIVATED = "admin@law.example", "attorney@law.example", "former@law.example"

LEAD_KEYS = {"uuid", "first_name", "last_name", "email", "resume_download_url", "status", "created_at", "updated_at"}
USER_KEYS = {"id", "email", "role", "is_active", "created_at", "updated_at"}
FAILED_EMAIL_KEYS = {"id", "lead_id", "lead_uuid", "lead_name", "lead_email", "attorney_emails", "error_message", "status",
                     "created_at"}
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}")

TOO_LARGE = "File too large. Maximum size allowed is 10MB"
NO_FILE = "No file provided"
BAD_TYPE = "Invalid file type. Allowed types: PDF, DOC, DOCX, TXT, RTF"
BAD_NAME = "Invalid file name. Please use a simple filename without special characters."
BAD_EMAIL = "Invalid email format"
TOO_MANY = "Too many requests. Please try again later."
NO_CREDENTIALS = "Could not validate credentials"
NO_LOGIN = "Incorrect email or password"
NOT_ADMIN = "Not enough permissions. Admin role required."

SANITIZER_REPORT = re.compile(r"(AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error: )")


def environment(**settings):
    """Nothing of the caller's but what a program needs to run; a setting of None is left out."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS",
                                                "LLVM_PROFILE_FILE") if name in os.environ}
    return kept | {name: str(value) for name, value in settings.items() if value is not None}


class Client(requests.Session):
    """Speaks to one service, with or without a token; follows no redirect, so that tests see it."""

    def __init__(self, service, token=None):
        super().__init__()
        self.trust_env = False
        self.service = service
        if token is not None:
            self.headers["Authorization"] = f"Bearer {token}"

    def request(self, method, path, **options):
        options.setdefault("timeout", 30)
        options.setdefault("allow_redirects", False)
        url = path if path.startswith("http") else self.service.url + path
        return super().request(method, url, **options)


@dataclass(frozen=True)
class Refusal:
    """What a JSON error answer says."""

    status: int
    detail: object


def refusal(response):
    assert response.headers["Content-Type"].split(";")[0] == "application/json", response.headers
    body = response.json()
    assert set(body) == {"detail"}, body
    return Refusal(response.status_code, body["detail"])


class Service:
    """`alma-leads serve` on a free port."""

    def __init__(self, storage, directory, binary=None, **settings):
        self.storage = storage
        self.directory = directory
        self.binary = Path(binary or BINARY)
        self.settings = {"PORT": 0, "SECRET_KEY": SECRET_KEY, "LEAD_RATE_LIMIT": "off", "LOGIN_RATE_LIMIT": "off",
                         "THREADS": 2, **storage.environment, **settings}
        self.log_file = directory / "log"
        self.process = None
        self.port = None
        self.output = None  # standard output, when it is not to be the log file
        self._log_start = 0

    # --- the process ---

    def spawn(self, *arguments):
        """Starts, and does not wait until it serves."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([self.binary, "serve", *arguments], cwd=self.directory, stdin=subprocess.DEVNULL,
                                            stdout=self.output or log, stderr=subprocess.STDOUT, env=environment(**self.settings))
        return self

    def start(self, *arguments, within=30):
        self.spawn(*arguments)
        found = eventually(self._find_port, within, f"{self.binary} serves")
        self.port = int(found[1])
        return self

    def _find_port(self):
        found = re.search(r"http://(?:127\.0\.0\.1|\[::1\]|localhost):(\d+)", self.log_of_this_run())
        if not found and self.process.poll() is not None:
            raise AssertionError(f"serve ended with {self.process.returncode}:\n{self.log_of_this_run()}")
        return found

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_of_this_run(self):
        return self.log_file.read_bytes()[self._log_start:].decode(errors="replace")

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def wait(self, within=20):
        return self.process.wait(within)

    def stop(self):
        """As an operator stops it; every promise about that is checked here."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.terminate()
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still running 20 s after SIGTERM:\n{self.log()[-4000:]}")
        self.process = None
        report = SANITIZER_REPORT.search(self.log())
        assert report is None, self.log()[max(0, report.start() - 500):report.start() + 8000]
        assert status == 0, f"exit status {status}:\n{self.log()[-4000:]}"

    def kill(self):
        """As a power failure stops it."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def memory_bytes(self, kind="VmRSS"):
        """Resident memory: all of it, or `RssAnon`, what is not a file that the kernel could drop at any time."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(f"{kind}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {kind}")

    # --- clients ---

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self, token=None):
        return Client(self, token)

    @property
    def anonymous(self):
        return self.client()

    @property
    def attorney(self):
        return self.client(token_for(ATTORNEY))

    @property
    def admin(self):
        return self.client(token_for(ADMIN))

    def raw(self, **options):
        return RawConnection(self.port, **options)

    def submit(self, resume=TEXT, headers=None, query=None, filename_parameter=None, client=None, **fields):
        """POST /leads/ of a prospect; a field of None is left out."""
        form = {"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"} | fields
        content_type, body = multipart({name: value for name, value in form.items() if value is not None}, resume,
                                       filename_parameter=filename_parameter)
        return (client or self.anonymous).post("/leads/", data=body, params=query,
                                               headers={"Content-Type": content_type, **(headers or {})})

    def submitted(self, *arguments, **options):
        """The lead of a submission that must pass."""
        response = self.submit(*arguments, **options)
        assert response.status_code == 200, response.text
        return response.json()

    def leads(self):
        response = self.admin.get("/leads/")
        assert response.status_code == 200, response.text
        return response.json()


def run(storage, directory, *arguments, stdin="", binary=None, within=60, **settings):
    """One command of the binary, beside a service or without."""
    directory.mkdir(parents=True, exist_ok=True)
    result = subprocess.run([binary or BINARY, *arguments], cwd=directory, input=stdin, capture_output=True, text=True,
                            timeout=within, env=environment(**{"SECRET_KEY": SECRET_KEY, **storage.environment, **settings}))
    assert not SANITIZER_REPORT.search(result.stderr), result.stderr
    return result


def median(durations):
    """What a client meets in the middle, untouched by a hiccup of the machine."""
    return sorted(durations)[len(durations) // 2]


def timed(action):
    begin = time.perf_counter()
    result = action()
    return time.perf_counter() - begin, result
