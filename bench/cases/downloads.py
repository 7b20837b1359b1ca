"""GET /leads/{uuid}/resume."""

from contest import Case, Contest
from static_server import Nginx
from suite import Resume, random_resume
from tools import Requests

CLIENTS = 8


def download(size):
    """Limit: nginx with one worker, which has the kernel send the same file."""
    def prepare(bench):
        with bench.copy("sqlite", bench.leads).service(THREADS=1) as service:
            # A text begins with something legible.
            content = b"R " + random_resume(size - 2).content
            lead = service.submitted(Resume("resume.txt", content))
            path = f"/leads/{lead['uuid']}/resume"
            answer = service.client(bench.token).get(path)
            assert answer.content == content
            with Nginx(bench.new_directory("nginx"), like=answer) as nginx:
                nginx.add_file(path, content)
                ours = Requests(service.url, [path], bench.token, connections=CLIENTS)
                limit = Requests(nginx.url, [path], connections=CLIENTS)
                yield Contest(ours.at_most, {"nginx, sendfile": limit.at_most}, at_rate=ours.at_rate)
    return prepare


CASES = [
    Case("download-1mb", "GET /leads/{uuid}/resume, 1 MB, one loop", 0.8, download(1_000_000)),
    Case("download-10mb", "GET /leads/{uuid}/resume, 10 MB, one loop", 0.8, download(10_000_000)),
]
