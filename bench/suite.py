"""What the end-to-end tests are made of, for the cases."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/support")]
from backends import EmbeddedStorage, PostgresqlStorage  # noqa: E402, F401
from harness import ADMIN, PASSWORD, RELEASE_BINARY, Service  # noqa: E402, F401
from polling import eventually  # noqa: E402, F401
from postgresql_server import PostgresqlServer, free_port  # noqa: E402, F401
from resumes import Resume, multipart, random_resume  # noqa: E402, F401
from tokens import SECRET_KEY, token_for  # noqa: E402, F401
