#!/usr/bin/python3
"""A real SMTP server for tests, that can be told to fail.

    /usr/bin/python3 tests/support/smtp_server.py --directory DIR [--tls starttls|implicit] [--user U --password P]

prints one line of JSON as soon as it listens on 127.0.0.1: {"port": 40123, "ca_file": "DIR/tls/ca.pem"}, and ends
when its standard input does, or with SIGTERM. It keeps in DIR:

  NNNNNN.eml    each message that it took over, byte for byte (lines end with CRLF, dots unstuffed)
  NNNNNN.json   its envelope: {"sender", "recipients", "smtputf8", "tls", "user", "ehlo", "connection"};
                written after the .eml, so who sees it may read both
  control.json  written by the test at any time (and best by rename): {"mode": "ok", "delay": 0.0}

What "mode" does:
  ok               takes every message
  hang_connect     never greets
  hang_data        takes the whole message, then says nothing and keeps nothing
  hang_delivered   the same, but the message is kept: its sender cannot know
  drop_connect     closes before the greeting
  drop_data        closes instead of the answer to the message
  busy             421 instead of the greeting
  refuse_sender    550 to MAIL
  defer            451 to MAIL
  refuse_data      554 to the message
"delay" is in seconds, before the answer to a message.

A recipient whose local part begins with codeNNN (code452@x.y, code550@x.y) is refused with that code; after codeNNN-
(code550-@x.y) the first line of the refusal is empty.
"""

import argparse
import asyncio
import itertools
import json
import logging
import os
import pathlib
import re
import signal
import ssl
import stat
import sys
import warnings

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from certificates import make_certificates

HANG_SECONDS = 3600


class Sink:
    """The hooks of aiosmtpd: refuses, waits and keeps as control.json says."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.numbers = itertools.count(1)

    def control(self) -> dict:
        try:
            return json.loads((self.directory / "control.json").read_text())
        except (FileNotFoundError, ValueError):  # not written yet, or being written
            return {}

    def mode(self) -> str:
        return self.control().get("mode", "ok")

    async def handle_MAIL(self, server, session, envelope, address, options):
        mode = self.mode()
        if mode == "refuse_sender":
            return "550 5.7.1 Sender refused"
        if mode == "defer":
            return "451 4.3.0 Try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = re.match(r"code([45]\d\d)(-?)", address)
        if refusal:
            code = refusal.group(1)
            first_line = f"{code}-\r\n" if refusal.group(2) else ""
            return f"{first_line}{code} {code[0]}.1.1 <{address}>: refused on demand"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        control = self.control()
        mode = control.get("mode", "ok")
        if control.get("delay"):
            await asyncio.sleep(control["delay"])
        if mode == "hang_data":
            await asyncio.sleep(HANG_SECONDS)
        if mode == "drop_data":
            server.transport.abort()
            return "421 4.3.0 unseen"
        if mode == "refuse_data":
            return "554 5.6.0 Message refused on demand"
        number = next(self.numbers)
        self.keep(number, server, session, envelope)
        if mode == "hang_delivered":
            await asyncio.sleep(HANG_SECONDS)
        return f"250 2.0.0 Ok: queued as {number:06}"

    def keep(self, number: int, server, session, envelope) -> None:
        envelope_json = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "smtputf8": bool(envelope.smtp_utf8),
            "tls": server.transport.get_extra_info("ssl_object") is not None,
            "user": session.auth_data.login.decode() if session.auth_data else None,
            "ehlo": session.host_name,
            "connection": server.connection_number,
        }
        for suffix, content in ((".eml", envelope.original_content), (".json", json.dumps(envelope_json).encode())):
            hidden = self.directory / f".{number:06}{suffix}"
            hidden.write_bytes(content)
            hidden.rename(self.directory / f"{number:06}{suffix}")


class ScriptedServer(SMTP):
    connections = itertools.count(1)

    def __init__(self, sink: Sink, **options):
        super().__init__(sink, **options)
        self.sink = sink
        self.connection_number = next(ScriptedServer.connections)

    async def _handle_client(self):
        mode = self.sink.mode()
        if mode == "hang_connect":
            await asyncio.sleep(HANG_SECONDS)
        elif mode == "drop_connect":
            self.transport.abort()
        elif mode == "busy":
            await self.push("421 4.3.2 Too busy, try again later")
            self.transport.close()
        else:
            await super()._handle_client()


async def serve(arguments: argparse.Namespace) -> None:
    directory = pathlib.Path(arguments.directory)
    directory.mkdir(parents=True, exist_ok=True)
    tls = None
    if arguments.tls != "none":
        make_certificates(directory / "tls")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(directory / "tls" / "server.pem", directory / "tls" / "server.key")

    def authenticate(server, session, envelope, mechanism, data):
        is_right = isinstance(data, LoginPassword) and data == LoginPassword(arguments.user.encode(),
                                                                             arguments.password.encode())
        return AuthResult(success=is_right, handled=False, auth_data=data)

    sink = Sink(directory)
    options = {
        "hostname": "test.invalid",
        "enable_SMTPUTF8": arguments.smtputf8,
        "require_starttls": arguments.tls == "starttls",
        "tls_context": tls if arguments.tls == "starttls" else None,
        # aiosmtpd sees TLS only when it came by STARTTLS.
        "auth_require_tls": arguments.tls == "starttls",
    }
    if arguments.user:
        options |= {"auth_required": True, "authenticator": authenticate}

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: ScriptedServer(sink, **options), host="127.0.0.1", port=arguments.port,
                                      ssl=tls if arguments.tls == "implicit" else None)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):  # the pipe of a parent, which may die
        loop.add_reader(sys.stdin.fileno(), stopped.set)
    ready = {"port": server.sockets[0].getsockname()[1], "ca_file": str(directory / "tls" / "ca.pem") if tls else None}
    print(json.dumps(ready), flush=True)
    await stopped.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--directory", required=True, help="where messages go and control.json is read")
    parser.add_argument("--port", type=int, default=0, help="any free one by default")
    parser.add_argument("--tls", choices=["none", "starttls", "implicit"], default="none")
    parser.add_argument("--user", help="requires AUTH (PLAIN or LOGIN) with this name")
    parser.add_argument("--password", default="")
    parser.add_argument("--smtputf8", action="store_true", help="offer SMTPUTF8 (RFC 6531)")
    # aiosmtpd warns of what a test server is for: logins without TLS.
    warnings.simplefilter("ignore")
    logging.disable()
    asyncio.run(serve(parser.parse_args()))
    os._exit(0)  # connections that hang are not waited for


if __name__ == "__main__":
    main()
