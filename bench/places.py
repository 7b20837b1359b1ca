"""What cases are measured on: services of the release binary with many leads, made once and shared."""

import contextlib
import functools
import sys
import tempfile
from pathlib import Path

import psycopg2

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/support")]
from backends import EmbeddedStorage, PostgresqlStorage  # noqa: E402
from harness import ADMIN, PASSWORD, RELEASE_BINARY, Service  # noqa: E402
from postgresql_server import PostgresqlServer  # noqa: E402
from tokens import token_for  # noqa: E402


class Place:
    """A storage with an admin and `leads` leads."""

    def __init__(self, storage, leads):
        self.storage = storage
        with self.service() as service:
            service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
        storage.insert_leads(leads)

    @contextlib.contextmanager
    def service(self, **settings):
        """Running, as the settings say and else as delivered."""
        service = Service(self.storage, self.storage.data_dir.parent, RELEASE_BINARY, **settings)
        try:
            yield service.start()
        finally:
            service.stop()

    def lead_uuids(self, count):
        """Spread over the whole table."""
        uuids = self.storage.query("SELECT CAST(uuid AS text) FROM leads ORDER BY id")
        return [uuid for (uuid,) in uuids[::max(len(uuids) // count, 1)][:count]]


class Bench:
    """Everything below one directory that ends with the run."""

    def __init__(self, leads):
        self.leads = leads
        self._stack = contextlib.ExitStack()
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="alma-bench-")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    @functools.cached_property
    def token(self):
        return token_for(ADMIN, lifetime=24 * 3600)

    @functools.cached_property
    def postgresql_server(self):
        server = PostgresqlServer(is_durable=True, shared_buffers="512MB", max_wal_size="1GB")
        self._stack.callback(server.remove)
        return server

    @functools.cached_property
    def sqlite(self):
        return Place(EmbeddedStorage(self.directory / "sqlite"), self.leads)

    @functools.cached_property
    def postgresql(self):
        place = Place(PostgresqlStorage(self.directory / "postgresql", server=self.postgresql_server), self.leads)
        connection = psycopg2.connect(self.postgresql_server.uri(place.storage.database))
        connection.autocommit = True
        for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):  # what would else happen in the middle of a run
            connection.cursor().execute(statement)
        connection.close()
        return place
