"""What cases are measured on: services of the release binary with many leads, made once and shared."""

import contextlib
import functools
import tempfile
from pathlib import Path

import psycopg2

from suite import ADMIN, PASSWORD, RELEASE_BINARY, EmbeddedStorage, PostgresqlServer, PostgresqlStorage, Service, eventually, token_for


def program(name):
    """Of bench/programs or bench/micro, as built beside the service."""
    return RELEASE_BINARY.parent / "bench" / name


class Place:
    """A storage that services run on, one at a time."""

    def __init__(self, storage):
        self.storage = storage

    @contextlib.contextmanager
    def service(self, **settings):
        """Running, as the settings say and else as delivered."""
        service = Service(self.storage, self.storage.data_dir.parent, RELEASE_BINARY, **settings)
        try:
            yield service.start()
        finally:
            service.stop()

    def fill(self, leads):
        """With an admin and so many leads."""
        with self.service() as service:
            service.anonymous.post("/users/initial", json={"email": ADMIN, "password": PASSWORD}).raise_for_status()
        self.storage.insert_leads(leads)
        with self.service():  # indexes them, which would else happen in the middle of a run
            eventually(lambda: self.storage.query("SELECT count(*) FROM lead_search_backlog") == [(0,)], 600, "leads are indexed")
        return self

    def lead_uuids(self, count):
        """Spread over the whole table."""
        uuids = self.storage.query("SELECT CAST(uuid AS text) FROM leads ORDER BY id")
        return [uuid for (uuid,) in uuids[::max(len(uuids) // count, 1)][:count]]


class Bench:
    """Everything below one directory that ends with the run.

    leads: of the usual database; many_leads: of one that is to be large.
    """

    def __init__(self, leads, many_leads):
        self.leads = leads
        self.many_leads = many_leads
        self._stack = contextlib.ExitStack()
        self.directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="alma-bench-")))
        self._places = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def new_directory(self, name):
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))

    @functools.cached_property
    def token(self):
        return token_for(ADMIN, lifetime=24 * 3600)

    @functools.cached_property
    def postgresql_server(self):
        server = PostgresqlServer(is_durable=True, shared_buffers="512MB", max_wal_size="1GB")
        self._stack.callback(server.remove)
        return server

    def _storage(self, engine):
        directory = self.new_directory(engine)
        return EmbeddedStorage(directory) if engine == "sqlite" else PostgresqlStorage(directory, server=self.postgresql_server)

    def place(self, engine, leads):
        """engine: sqlite or postgresql. Shared by all cases that ask for it: to be read only."""
        if (engine, leads) not in self._places:
            place = self._places[engine, leads] = Place(self._storage(engine)).fill(leads)
            if engine == "postgresql":
                self._settle(place)
        return self._places[engine, leads]

    def _settle(self, place):
        """Has done what would else happen in the middle of a run."""
        connection = psycopg2.connect(self.postgresql_server.uri(place.storage.database))
        connection.autocommit = True
        for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
            connection.cursor().execute(statement)
        connection.close()

    def copy(self, engine, leads):
        """Of a place, to be written to."""
        original = self.place(engine, leads)
        storage = self._storage(engine)
        storage.copy_from(original.storage)
        return Place(storage)

    def empty(self, engine="sqlite"):
        """A place with an admin and no leads."""
        return Place(self._storage(engine)).fill(0)
