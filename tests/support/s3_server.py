#!/usr/bin/python3
"""An S3 server for tests: OpenStack Swift with its s3api, which verifies every signature and checksum.

    s3_server.py --directory DIR [--access-key account:user] [--secret-key TEXT]

All of Swift runs in this one process, on free ports of the loopback interface, as any user, and ends when its standard input
does, or with SIGTERM. In front of it stands a proxy that only passes on until DIR/faults.json tells it to fail; see
fault_proxy.py. The first line of output is JSON: {"port": the server's, "proxy_port": the proxy's}.
"""

import argparse
import json
import os
import sys
from pathlib import Path

import eventlet
import eventlet.hubs

eventlet.monkey_patch()

# pylint: disable=wrong-import-position
import eventlet.wsgi  # noqa: E402
import swift.common.utils  # noqa: E402
from swift.common import storage_policy  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.wsgi import SwiftHttpProtocol, loadapp  # noqa: E402

from fault_proxy import FaultProxy  # noqa: E402

REGION = "us-east-1"
PARTS = ("account", "container", "object")
FILTERS = ("catch_errors", "gatekeeper", "listing_formats", "tempauth", "s3api", "bulk")


class Cache(dict):
    """Stands in for memcached, which tempauth insists on."""

    def __bool__(self):
        return True

    def set(self, key, value, **_):
        self[key] = value

    def get(self, key, default=None, **_):
        return dict.get(self, key, default)

    def incr(self, key, delta=1, **_):
        self[key] = int(self.get(key) or 0) + delta
        return self[key]

    def delete(self, key, **_):
        self.pop(key, None)


CACHE = Cache()


def cache_filter(_, **__):
    """For paste.deploy: gives every request the cache."""
    def wrap(app):
        def call(environment, start_response):
            environment["swift.cache"] = CACHE
            return app(environment, start_response)
        return call
    return wrap


def end_with_input():
    """A test that is killed leaves no server behind."""
    eventlet.hubs.trampoline(sys.stdin.fileno(), read=True)
    os._exit(0)


def write_configuration(directory, sockets, access_key, secret_key):
    (directory / "devices/d1").mkdir(parents=True, exist_ok=True)
    common = f"[DEFAULT]\nswift_dir={directory}\nlog_address={directory}/no-log\n"
    for number, (part, socket) in enumerate(zip(PARTS, sockets)):
        port = socket.getsockname()[1]
        ring = RingBuilder(4, 1, 0)
        ring.add_dev({"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": port, "device": "d1", "weight": 1,
                      "replication_ip": "127.0.0.1", "replication_port": port, "meta": ""})
        ring.rebalance(seed=number)
        ring.get_ring().save(str(directory / f"{part}.ring.gz"))
        (directory / f"{part}.conf").write_text(
            f"{common}devices={directory}/devices\nmount_check=false\ndisable_fallocate=true\nrecon_cache_path={directory}\n"
            f"[pipeline:main]\npipeline=server\n[app:server]\nuse=egg:swift#{part}\n")
    options = {"tempauth": f"user_{access_key.replace(':', '_')}={secret_key} .admin\n",
               "s3api": f"location={REGION}\nallow_multipart_uploads=false\n"}
    (directory / "proxy.conf").write_text(
        f"{common}[pipeline:main]\npipeline=catch_errors gatekeeper listing_formats cache s3api tempauth bulk proxy-server\n"
        "[app:proxy-server]\nuse=egg:swift#proxy\naccount_autocreate=true\n[filter:cache]\npaste.filter_factory=s3_server:cache_filter\n"
        + "".join(f"[filter:{name}]\nuse=egg:swift#{name}\n{options.get(name, '')}" for name in FILTERS))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--access-key", default="test:tester")
    parser.add_argument("--secret-key", default="testing-secret")
    arguments = parser.parse_args()
    sys.modules["s3_server"] = sys.modules["__main__"]  # where paste.deploy looks for cache_filter

    directory = arguments.directory.resolve()
    configuration = directory / "swift.conf"
    configuration.write_text("[swift-hash]\nswift_hash_path_suffix=x\nswift_hash_path_prefix=y\n"
                             "[storage-policy:0]\nname=only\ndefault=yes\n")
    swift.common.utils.SWIFT_CONF_FILE = str(configuration)
    swift.common.utils.HASH_PATH_SUFFIX, swift.common.utils.HASH_PATH_PREFIX = b"x", b"y"
    storage_policy.reload_storage_policies()

    sockets = {name: eventlet.listen(("127.0.0.1", 0)) for name in ("proxy", *PARTS)}
    write_configuration(directory, [sockets[part] for part in PARTS], arguments.access_key, arguments.secret_key)
    for name, socket in sockets.items():
        eventlet.spawn(eventlet.wsgi.server, socket, loadapp(str(directory / f"{name}.conf")), open(os.devnull, "w"),
                       protocol=SwiftHttpProtocol, capitalize_response_headers=False)
    port = sockets["proxy"].getsockname()[1]
    proxy = FaultProxy(port, directory / "faults.json")
    print(json.dumps({"port": port, "proxy_port": proxy.port}), flush=True)
    eventlet.spawn(end_with_input)
    proxy.serve()


if __name__ == "__main__":
    main()
