"""nginx with one worker: what a web server does that has nothing to think about."""

import os
import subprocess

from suite import eventually, free_port

# As fast as it goes: no access log, files that stay open, connections that are kept for ever.
CONFIGURATION = """
daemon off;
{user}
worker_processes 1;
pid {directory}/pid;
error_log {directory}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=1000 inactive=1h;
    open_file_cache_valid 1h;
    default_type application/json;
    server_tokens off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {directory}/files;
        {headers}
        location = /text {{ return 200 '{text}'; }}
    }}
}}
"""
# It sends its own of these.
OWN_HEADERS = {"Date", "Content-Type", "Content-Length", "Connection", "ETag", "Accept-Ranges"}


class Nginx:
    """Serves `text` at /text and the files of a directory.

    like: an answer of ours (of requests) whose headers it sends, so that its answers are as long.
    """

    def __init__(self, directory, like, text=""):
        self.directory = directory
        (directory / "files").mkdir(parents=True)
        self.port = free_port()
        headers = "".join(f"add_header {name} '{value.replace(chr(39), chr(92) + chr(39))}';\n"
                          for name, value in like.headers.items() if name not in OWN_HEADERS)
        (directory / "nginx.conf").write_text(CONFIGURATION.format(
            directory=directory, port=self.port, headers=headers, text=text, user="user root;" if os.geteuid() == 0 else ""))

    def add_file(self, path, content):
        file = self.directory / "files" / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        with open(self.directory / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig=TERM", "/usr/sbin/nginx", "-c", self.directory / "nginx.conf", "-e",
                 self.directory / "error.log"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        eventually(self._is_ready, 10, "nginx serves")
        return self

    def _is_ready(self):
        assert self.process.poll() is None, (self.directory / "output").read_text()
        return (self.directory / "pid").exists()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
