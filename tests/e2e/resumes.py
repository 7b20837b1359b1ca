"""Resumes of all five types, multipart bodies made by hand, and the reading of Content-Disposition."""

import random
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
MAX_BYTES = 10 * 1024 * 1024

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA_TYPES = {
    "pdf": {"application/pdf"},
    "doc": {"application/msword"},
    "docx": {DOCX_TYPE},
    "txt": {"text/plain"},
    "rtf": {"application/rtf", "text/rtf"},
}


@dataclass(frozen=True)
class Resume:
    name: str
    content: bytes
    media_type: str | None = None  # None: the part has no Content-Type


TEXT = Resume("resume.txt", b"Ada Lovelace, analyst.\nWrote the first program.\n", "text/plain")


def real_resume(extension):
    """A file that a real program wrote."""
    found = sorted(FIXTURES.rglob(f"*.{extension}"))
    assert found, f"no .{extension} below {FIXTURES}"
    return Resume(f"resume.{extension}", found[0].read_bytes(), sorted(MEDIA_TYPES[extension])[0])


def random_resume(size, name="resume.txt"):
    return Resume(name, random.Random(size).randbytes(size), "application/octet-stream")


def multipart(fields, resume=None, *, file_field="resume", filename_parameter=None):
    """Content type and body of a form. `filename_parameter` replaces `filename="..."` as it stands."""
    boundary = secrets.token_hex(16)
    parts = []
    for name, value in fields.items():
        data = value if isinstance(value, bytes) else value.encode()
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + data)
    if resume is not None:
        quoted = resume.name.replace("\\", "\\\\").replace('"', '\\"')
        parameter = filename_parameter or f'filename="{quoted}"'
        head = f'Content-Disposition: form-data; name="{file_field}"; {parameter}\r\n'.encode()
        if resume.media_type is not None:
            head += f"Content-Type: {resume.media_type}\r\n".encode()
        parts.append(head + b"\r\n" + resume.content)
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return f"multipart/form-data; boundary={boundary}", body + b"--" + boundary.encode() + b"--\r\n"


def disposition(value):
    """Type and file name of a Content-Disposition (RFC 6266; filename* by RFC 8187 wins)."""
    assert re.fullmatch(r"[\x20-\x7e]*", value), f"not plain ASCII: {value!r}"
    kind, _, rest = value.partition(";")
    parameters = {}
    while rest := rest.strip():
        found = re.match(r"""([A-Za-z0-9!#$&+.^_`|~-]+\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;"]+)\s*(?:;|$)""", rest)
        assert found, f"no parameter by RFC 6266 at {rest!r}"
        name, text = found[1].lower(), found[2]
        assert name not in parameters, f"{name} twice"
        parameters[name] = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text
        rest = rest[found.end():]
    if extended := parameters.get("filename*"):
        charset, _, encoded = extended.split("'", 2)
        assert charset.lower() == "utf-8"
        assert re.fullmatch(r"(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-Fa-f]{2})*", encoded), f"no ext-value: {encoded!r}"
        return kind.strip().lower(), unquote_to_bytes(encoded).decode()
    return kind.strip().lower(), parameters.get("filename")
