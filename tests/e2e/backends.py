"""Where the service under test keeps its data. The tests speak to a Storage and do not know which it is.

`pytest --backend=NAME` chooses; another backend is another subclass and another line in BACKENDS.
"""

import contextlib
import functools
import shutil
import sqlite3
import sys
import uuid
from abc import ABC, abstractmethod
from pathlib import Path

import psycopg2
import psycopg2.extras

from polling import eventually
from stores import DirectoryStore

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from postgresql_server import PostgresqlServer  # noqa: E402


class Storage(ABC):
    """The database and the object store of one service, empty or a copy of another one's."""

    name: str

    def __init__(self, directory: Path, store=DirectoryStore):
        self.data_dir = directory / "data"
        self.store = store(self.data_dir)

    @property
    @abstractmethod
    def environment(self):
        """What the service must be told to use it."""

    @abstractmethod
    def copy_from(self, other):
        """Takes the content of another storage of the same kind, whose service has stopped."""

    def objects(self):
        """Keys of the stored resumes, also of those that no lead has."""
        return self.store.keys()

    @abstractmethod
    def query(self, sql):
        """Rows as tuples; for what no endpoint shows."""

    @abstractmethod
    def set_password_hash(self, email, phc):
        """As if an account had been brought from elsewhere. The service must not run."""

    @abstractmethod
    def insert_leads(self, count):
        """Many leads without resumes, for tests of long lists. The service must not run."""

    @abstractmethod
    def age_leads(self, days):
        """As if all leads had been changed last so many days ago. The service must not run."""

    @abstractmethod
    def end_account_links(self):
        """As if the time of all links that were mailed were over. The service must not run."""

    @abstractmethod
    def tamper_with_audit_log(self, statement):
        """As somebody does who may do everything with the database."""

    def remove(self):
        """Frees what lies outside the test's directory."""

    is_shared = False  # by several instances: what a killed one left is free for others only when its time is over


def leads_without_resumes(count):
    """(uuid, first_name, last_name, email, resume_path, created_at)"""
    return ((str(uuid.uuid4()), f"First{n}", f"Last{n}", f"lead{n}@example.com", f"none/{n}",
             f"2025-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1_000_000:06}") for n in range(count))


class EmbeddedStorage(Storage):
    """SQLite: what the service uses when told nothing."""

    name = "embedded"

    @property
    def environment(self):
        return {"DATA_DIR": str(self.data_dir), **self.store.environment}

    @property
    def _file(self):
        return self.data_dir / "leads.db"

    def copy_from(self, other):
        shutil.copytree(other.data_dir, self.data_dir)

    def query(self, sql):
        connection = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def set_password_hash(self, email, phc):
        connection = sqlite3.connect(self._file)
        with connection:
            connection.execute("UPDATE users SET hashed_password = ? WHERE email = ?", (phc, email))
        connection.close()

    def age_leads(self, days):
        connection = sqlite3.connect(self._file)
        with connection:
            connection.execute("UPDATE leads SET updated_at = strftime('%Y-%m-%dT%H:%M:%f000', 'now', ?)", (f"-{days} days",))
        connection.close()

    def end_account_links(self):
        connection = sqlite3.connect(self._file)
        with connection:
            connection.execute("UPDATE account_links SET ends_at = created_at")
        connection.close()

    def tamper_with_audit_log(self, statement):
        connection = sqlite3.connect(self._file, timeout=10)
        with connection:
            for trigger in ("audit_log_takes_no_update", "audit_log_takes_no_delete"):
                connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            connection.execute(statement)
        connection.close()

    def insert_leads(self, count):
        rows = leads_without_resumes(count)
        connection = sqlite3.connect(self._file)
        with connection:
            connection.executemany(
                "INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, "
                "resume_size, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'resume.txt', 'text/plain', 1, ?6, ?6)",
                rows)
        connection.close()


@functools.cache
def shared_server():
    """One PostgreSQL server for all databases of a run."""
    return PostgresqlServer()


def remove_shared_server():
    if shared_server.cache_info().currsize:
        shared_server().remove()


def administer(server, statement):
    """Makes or drops a database. False: somebody is using it."""
    connection = psycopg2.connect(server.uri())
    connection.autocommit = True  # these cannot be part of a transaction
    try:
        connection.cursor().execute(statement)
    except psycopg2.errors.ObjectInUse:
        return False
    finally:
        connection.close()
    return True


class PostgresqlStorage(EmbeddedStorage):
    """A database of PostgreSQL."""

    name = "postgresql"
    is_shared = True

    def __init__(self, directory, store=DirectoryStore, server=None):
        super().__init__(directory, store)
        self.server = server or shared_server()
        self.database = f"e2e_{uuid.uuid4().hex}"
        self._is_made = False

    @property
    def environment(self):
        self._make()
        return {**super().environment, "DATABASE_URL": self.server.uri(self.database)}

    def copy_from(self, other):
        super().copy_from(other)
        self._make(template=other.database)

    def beside(self, directory):
        """For another instance: the same database and, where there is one, bucket; another directory."""
        self._make()
        other = PostgresqlStorage(directory, server=self.server)
        other.store = self.store
        other.database, other._is_made = self.database, True
        return other

    def _make(self, template="template1"):
        if self._is_made:
            return
        # A service that has just stopped may have sessions that do not know it yet.
        eventually(lambda: administer(self.server, f"CREATE DATABASE {self.database} TEMPLATE {template}"))
        self._is_made = True

    @contextlib.contextmanager
    def _cursor(self):
        self._make()
        connection = psycopg2.connect(self.server.uri(self.database))
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def query(self, sql):
        with self._cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def set_password_hash(self, email, phc):
        with self._cursor() as cursor:
            cursor.execute("UPDATE users SET hashed_password = %s WHERE email = %s", (phc, email))

    def age_leads(self, days):
        with self._cursor() as cursor:
            cursor.execute("UPDATE leads SET updated_at = timezone('UTC', now()) - make_interval(days => %s)", (days,))

    def end_account_links(self):
        with self._cursor() as cursor:
            cursor.execute("UPDATE account_links SET ends_at = created_at")

    def tamper_with_audit_log(self, statement):
        with self._cursor() as cursor:
            cursor.execute("DROP TRIGGER IF EXISTS audit_log_is_append_only ON audit_log")
            cursor.execute(statement)

    def insert_leads(self, count):
        with self._cursor() as cursor:
            psycopg2.extras.execute_values(
                cursor, "INSERT INTO leads (uuid, first_name, last_name, email, resume_path, created_at, resume_name, "
                "resume_type, resume_size, updated_at) VALUES %s", leads_without_resumes(count),
                template="(%s, %s, %s, %s, %s, %s, 'resume.txt', 'text/plain', 1, now())", page_size=1000)

    def end_leases(self):
        """Of mails whose sender was killed or cut off: now, and not two minutes later. The services must not run."""
        with self._cursor() as cursor:
            cursor.execute("UPDATE outbox SET lease_until = now() AT TIME ZONE 'UTC' WHERE lease_until IS NOT NULL")

    def remove(self):
        if self._is_made:
            administer(self.server, f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")


BACKENDS = {backend.name: backend for backend in (EmbeddedStorage, PostgresqlStorage)}
