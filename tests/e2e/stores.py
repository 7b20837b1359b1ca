"""Where the service under test keeps resumes: files below DATA_DIR, or the bucket of an S3 server. The tests speak to a Store and
do not know which it is; pytest's option --store chooses.
"""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from s3_client import S3Client  # noqa: E402

ACCESS_KEY, SECRET_KEY = "test:tester", "testing-secret"


class DirectoryStore:
    """Files below DATA_DIR: what the service uses when told nothing."""

    name = "directory"

    def __init__(self, data_dir):
        self._root = data_dir / "resumes"
        self.environment = {}

    def keys(self):
        return {str(path.relative_to(self._root)) for path in self._root.rglob("*")
                if path.is_file() and not path.name.startswith(".")} if self._root.exists() else set()

    def put(self, key, content):
        (self._root / key).parent.mkdir(parents=True, exist_ok=True)
        (self._root / key).write_bytes(content)

    def get(self, key):
        return (self._root / key).read_bytes()

    def remove(self, key):
        (self._root / key).unlink()

    def age(self, key, hours):
        """Makes an object look older."""
        stat = (self._root / key).stat()
        os.utime(self._root / key, (stat.st_atime - hours * 3600, stat.st_mtime - hours * 3600))


class S3Server:
    """OpenStack Swift with its s3api, and a proxy in front of it that can be told to fail; one for the whole run."""

    def __init__(self):
        self._directory = tempfile.TemporaryDirectory(prefix="alma-s3-")
        self._process = subprocess.Popen(
            ["/usr/bin/python3", Path(__file__).resolve().parents[1] / "support/s3_server.py", "--directory",
             self._directory.name, "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        said = json.loads(self._process.stdout.readline())
        self.endpoint = f"http://127.0.0.1:{said['port']}"
        self.proxy_endpoint = f"http://127.0.0.1:{said['proxy_port']}"

    def set_faults(self, **faults):
        """See tests/support/fault_proxy.py; nothing: it only passes on."""
        hidden = Path(self._directory.name, ".faults.json")
        hidden.write_text(json.dumps(faults))
        hidden.rename(Path(self._directory.name, "faults.json"))

    def stop(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()
        self._directory.cleanup()


_servers = []


def s3_server():
    if not _servers:
        _servers.append(S3Server())
    return _servers[0]


def stop_servers():
    while _servers:
        _servers.pop().stop()


class S3Store:
    """A bucket of its own, reached through the proxy."""

    name = "s3"

    def __init__(self, _):
        self.server = s3_server()
        self.bucket = f"bucket-{uuid.uuid4()}"
        self._client = S3Client(self.server.endpoint, self.bucket, ACCESS_KEY, SECRET_KEY)
        self._client.make_bucket()
        self.environment = {"AWS_S3_BUCKET_NAME": self.bucket, "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                            "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_ENDPOINT_URL": self.server.proxy_endpoint}

    def keys(self):
        return self._client.keys() - {"readiness-probe"}

    def put(self, key, content):
        self._client.put(key, content)

    def get(self, key):
        return self._client.get(key)

    def remove(self, key):
        self._client.remove(key)


STORES = {store.name: store for store in (DirectoryStore, S3Store)}
