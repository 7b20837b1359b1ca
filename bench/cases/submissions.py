"""POST /leads/ of 32 clients at once, with a resume of 100 KB: when it is answered, file, lead and mails are on the disk."""

from contest import Case, Contest
from places import program
from suite import Resume, multipart, random_resume
from tools import Requests, pgbench, rate_of

CLIENTS = 32
RESUME_BYTES = 100_000
FILE_THREADS = 16

# What Intake::submit has in its transaction, with the reservation of the key, which comes before.
TRANSACTION = r"""
\set n random(1, 9000000000000000000)
BEGIN;
INSERT INTO upload_intents (object_key, owner, reserved_at) VALUES ('key/' || :n, 'pgbench', timezone('UTC', now()));
DELETE FROM upload_intents WHERE object_key = 'key/' || :n AND owner <> 'sweeper' RETURNING object_key;
INSERT INTO leads (uuid, first_name, last_name, email, resume_path, resume_name, resume_type, resume_size, status, created_at, updated_at)
    VALUES (md5('lead' || :n)::uuid, 'Ada', 'Lovelace', 'ada@example.com', 'key/' || :n, 'resume.txt', 'text/plain', 100000, 'PENDING',
            timezone('UTC', now()), timezone('UTC', now()));
INSERT INTO outbox (message_id, lead_id, kind, next_attempt_at, created_at)
    VALUES (gen_random_uuid(), (SELECT id FROM leads WHERE uuid = md5('lead' || :n)::uuid), 'CONFIRMATION', timezone('UTC', now()),
            timezone('UTC', now())),
           (gen_random_uuid(), (SELECT id FROM leads WHERE uuid = md5('lead' || :n)::uuid), 'NOTIFICATION', timezone('UTC', now()),
            timezone('UTC', now()));
INSERT INTO audit_pending (action, actor_kind, actor_id, lead_uuid, user_id, details, created_at)
    VALUES ('LEAD_SUBMITTED', 'PROSPECT', NULL, md5('lead' || :n)::uuid, NULL, '{}', timezone('UTC', now()));
COMMIT"""


def resume():
    """Like nearly all: a document whose content is compressed. Of bytes that are nothing known, the service asks libmagic."""
    head = b"%PDF-1.7\n"
    return Resume("resume.pdf", head + random_resume(RESUME_BYTES - len(head)).content, "application/pdf")


def submissions_to(service):
    content_type, body = multipart({"first_name": "Ada", "last_name": "Lovelace", "email": "ada@example.com"}, resume())
    return Requests(service.url, ["/leads/"], connections=CLIENTS, body=body, content_type=content_type)


def durable_files(bench):
    return {"durable files": rate_of(program("durable_files"), bench.new_directory("files"), RESUME_BYTES, FILE_THREADS)}


def on_sqlite(bench):
    """Limit: a C program that makes the same files durable."""
    with bench.copy("sqlite", bench.leads).service() as service:
        ours = submissions_to(service)
        yield Contest(ours.at_most, durable_files(bench), at_rate=ours.at_rate)


def on_postgresql(bench):
    """Limit: that program, or PostgreSQL's own client with the same transaction, whichever is slower."""
    place, rows = (bench.copy("postgresql", bench.leads) for _ in range(2))
    with place.service() as service:
        ours = submissions_to(service)
        transactions = pgbench(bench.postgresql_server, rows.storage.database, TRANSACTION, CLIENTS)
        yield Contest(ours.at_most, {**durable_files(bench), f"pgbench -c {CLIENTS}": transactions}, needs_all=True,
                      at_rate=ours.at_rate)


CASES = [
    Case("submit-sqlite", "POST /leads/, 100 KB, 32 clients, SQLite and a directory", 0.8, on_sqlite),
    Case("submit-postgresql", "POST /leads/, 100 KB, 32 clients, PostgreSQL and a directory", 0.8, on_postgresql),
]
