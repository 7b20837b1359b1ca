"""Where the service under test keeps its data. The tests speak to a Storage and do not know which it is.

ALMA_E2E_BACKEND chooses; another backend is another subclass and another line in BACKENDS.
"""

import os
import shutil
import sqlite3
import uuid
from abc import ABC, abstractmethod
from pathlib import Path

from stores import DirectoryStore


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

    def remove(self):
        """Frees what lies outside the test's directory."""


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

    def insert_leads(self, count):
        rows = ((str(uuid.uuid4()), f"First{n}", f"Last{n}", f"lead{n}@example.com", f"none/{n}",
                 f"2025-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.{n % 1_000_000:06}") for n in range(count))
        connection = sqlite3.connect(self._file)
        with connection:
            connection.executemany(
                "INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, "
                "resume_size, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5, 'resume.txt', 'text/plain', 1, ?6, ?6)",
                rows)
        connection.close()


BACKENDS = {backend.name: backend for backend in (EmbeddedStorage,)}


def chosen_backend():
    name = os.environ.get("ALMA_E2E_BACKEND", EmbeddedStorage.name)
    if name not in BACKENDS:
        raise ValueError(f"ALMA_E2E_BACKEND={name} is unknown; valid: {', '.join(BACKENDS)}")
    return BACKENDS[name]
