"""An installation of the original service to take over: its database and its bucket, from tests/fixtures/original."""

import random
import uuid

import psycopg2
import psycopg2.extras

from backends import administer, shared_server
from resumes import FIXTURES
from stores import ACCESS_KEY, SECRET_KEY, S3Store

URL_OF_BUCKET = "https://{}.s3.us-east-1.amazonaws.com/"


class Original:
    def __init__(self, with_rows=True):
        self.store = S3Store(None)
        self.database = f"original_{uuid.uuid4().hex}"
        administer(shared_server(), f"CREATE DATABASE {self.database}")
        self.run(self._fixture("schema.sql"))
        self.resumes = {}  # by the UUID of the lead
        if with_rows:
            self.run(self._fixture("rows.sql").replace("FIRM-BUCKET", self.store.bucket))
            self._store_resumes()

    @staticmethod
    def _fixture(name):
        return (FIXTURES / "original" / name).read_text()

    @property
    def uri(self):
        return shared_server().uri(self.database)

    @property
    def key_of_bucket(self):
        """What a service must be told to read the bucket."""
        return {"IMPORT_AWS_ACCESS_KEY_ID": ACCESS_KEY, "IMPORT_AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "IMPORT_AWS_ENDPOINT_URL": self.store.server.proxy_endpoint}

    def run(self, script):
        """Its last statement's rows, if it has any."""
        connection = psycopg2.connect(self.uri)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(script)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def key_of(self, path):
        """The key of a resume in the bucket; nothing for a path that leads elsewhere."""
        prefix = URL_OF_BUCKET.format(self.store.bucket)
        return path.removeprefix(prefix) if path.startswith(prefix) else None

    def _store_resumes(self):
        chance = random.Random(1)
        for lead, path in self.run("SELECT uuid::text, resume_path FROM leads ORDER BY id"):
            key = self.key_of(path)
            if key and not key.startswith("gone"):
                # One empty, one that does not fit into memory buffers.
                self.resumes[lead] = chance.randbytes(len(self.resumes) ** 3 * 1000)
                self.store.put(key, self.resumes[lead])

    def add_leads(self, count, with_resumes=False):
        """@return their UUIDs"""
        added = [str(uuid.uuid4()) for _ in range(count)]
        prefix = URL_OF_BUCKET.format(self.store.bucket)
        connection = psycopg2.connect(self.uri)
        with connection, connection.cursor() as cursor:
            psycopg2.extras.execute_values(
                cursor, "INSERT INTO leads (uuid, first_name, last_name, email, resume_path, status, created_at, updated_at) "
                "VALUES %s", [(lead, f"{prefix}{lead}.txt") for lead in added],
                template="(%s, 'New', 'Lead', 'new@example.com', %s, 'PENDING', now(), now())", page_size=1000)
        connection.close()
        if with_resumes:
            for lead in added:
                self.resumes[lead] = lead.encode()
                self.store.put(f"{lead}.txt", self.resumes[lead])
        return added

    def content(self):
        """All that must be the same afterwards."""
        tables = ("alembic_version", "users", "leads", "failed_emails")
        return [self.run(f"SELECT * FROM {table} ORDER BY 1") for table in tables], self.store.keys()

    def remove(self):
        administer(shared_server(), f"DROP DATABASE {self.database} WITH (FORCE)")
