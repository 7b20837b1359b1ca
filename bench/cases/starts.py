"""From the start of a program to its first answer that says it is ready."""

import http.client
import os
import subprocess
import time

from contest import Case, Contest, Figure, fixed
from suite import RELEASE_BINARY, ROOT, SECRET_KEY, free_port


def seconds_to_ready(command, environment):
    port = free_port()
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment | {"PORT": str(port)}, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not is_ready(port):
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with {process.returncode}")
            time.sleep(0.001)
        return Figure(time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(30)


def is_ready(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def environment_of(data_dir):
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "SECRET_KEY": SECRET_KEY, "DATA_DIR": str(data_dir)}


def service(bench):
    data_dir = bench.place("sqlite", bench.many_leads).storage.data_dir
    yield Contest(lambda _: seconds_to_ready([RELEASE_BINARY, "serve"], environment_of(data_dir)), {"a promise": fixed(0.1)})


def script(bench):
    """Everything is installed and built: as whoever works on it starts it again and again."""
    data_dir = bench.new_directory("script")
    yield Contest(lambda _: seconds_to_ready([ROOT / "script/server"], environment_of(data_dir)), {"a promise": fixed(2)})


CASES = [
    Case("start", "start to ready with 1,000,000 leads", 1.0, service, "s", less_is_better=True),
    Case("start-script", "second start of script/server to ready", 1.0, script, "s", less_is_better=True),
]
