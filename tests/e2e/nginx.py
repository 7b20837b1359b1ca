"""nginx in front of instances, with the configuration that deploy/ holds for operators."""

import re
import signal
import subprocess
import sys

from requests.adapters import HTTPAdapter

from harness import ROOT, Client
from polling import eventually
from tokens import token_for

sys.path.insert(0, str(ROOT / "tests/support"))
from certificates import make_certificates  # noqa: E402
from postgresql_server import free_port  # noqa: E402

CONFIGURATION = ROOT / "deploy/nginx/alma-leads.conf"
HOST = "leads.firm.example"
INSTANCES = ("10.0.0.11:8000", "10.0.0.12:8000", "10.0.0.13:8000")

# As Debian's nginx.conf, but for where things lie.
MAIN = """
daemon off;
worker_processes 2;
pid {directory}/pid;
error_log {directory}/error.log info;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/alma-leads.conf;
}}
"""


def substituted(text, replacements):
    """Each place of the file that names a machine or a path, and nothing else; all must be there."""
    for pattern, replacement, times in replacements:
        text, count = re.subn(pattern, replacement, text)
        assert count == times, f"{pattern}: {count} times in {CONFIGURATION}"
    return text


class NamedHost(HTTPAdapter):
    """Connects to an address, and expects the certificate of HOST there."""

    def init_poolmanager(self, *arguments, **options):
        super().init_poolmanager(*arguments, server_hostname=HOST, assert_hostname=HOST, **options)


class Nginx:
    """Listens with TLS on a port of its own, for instances at these three ports."""

    def __init__(self, directory, ports):
        self.directory = directory
        self.port, self.plain_port = free_port(), free_port()
        self.process = None
        make_certificates(directory / "tls", HOST)
        directory.chmod(0o755)
        self.log_file = directory / "access.log"
        (directory / "alma-leads.conf").write_text(substituted(CONFIGURATION.read_text(), [
            (r"listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
            (r"listen 443 ", f"listen 127.0.0.1:{self.port} ", 1),
            (r"/etc/ssl/leads\.firm\.example\.pem", f"{directory}/tls/server.pem", 1),
            (r"/etc/ssl/private/leads\.firm\.example\.key", f"{directory}/tls/server.key", 1),
            (r"/var/log/nginx/alma-leads\.log", str(self.log_file), 1),
            *((f"server {re.escape(address)} ", f"server 127.0.0.1:{port} ", 2)
              for address, port in zip(INSTANCES, ports, strict=True)),
        ]))
        (directory / "nginx.conf").write_text(MAIN.format(directory=directory))

    def start(self):
        with open(self.directory / "output", "ab") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "/usr/sbin/nginx", "-c", self.directory / "nginx.conf",
                 "-e", self.directory / "error.log"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        eventually(self._serves, 10, "nginx serves")
        return self

    def _serves(self):
        assert self.process.poll() is None, (self.directory / "output").read_text() + self.errors()
        return (self.directory / "pid").exists() and self.client().get("/healthz").status_code

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
            self.process = None

    def errors(self):
        return (self.directory / "error.log").read_text()

    def log(self):
        return self.log_file.read_text()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca_file(self):
        return str(self.directory / "tls/ca.pem")

    def client(self, token=None):
        client = Client(self, token)
        client.mount("https://", NamedHost())
        client.verify = self.ca_file
        client.headers["Host"] = HOST
        return client


class Site:
    """nginx and the instances behind it, which keep their ports over restarts."""

    def __init__(self, directory, services):
        self.services = services
        for service in services:
            service.settings["PORT"] = free_port()
            service.start()
        self.nginx = Nginx(directory, [service.port for service in services]).start()

    def client(self, email=None):
        return self.nginx.client(email and token_for(email))

    def submit(self, *arguments, client=None, **options):
        return self.services[0].submit(*arguments, client=client or self.client(), **options)
