"""What a prospect uploads is what an attorney downloads, and it cannot attack the attorney."""

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import BAD_TYPE, Refusal, refusal
from resumes import MAX_BYTES, MEDIA_TYPES, TEXT, Resume, disposition, random_resume, real_resume

EXTENSIONS = list(MEDIA_TYPES)


def download(service, lead, **options):
    return service.attorney.get(f"/leads/{lead['uuid']}/resume", **options)


def zipped(**files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def archive(names):
    return zipped(**{name: "content" for name in names})


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_a_real_resume_comes_back_byte_for_byte(service, extension):
    resume = real_resume(extension)
    response = download(service, service.submitted(resume))
    assert response.status_code == 200
    assert response.content == resume.content
    assert response.headers["Content-Type"].split(";")[0] in MEDIA_TYPES[extension]
    assert disposition(response.headers["Content-Disposition"]) == ("attachment", resume.name)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Length"] == str(len(resume.content))


@pytest.mark.parametrize("size", [1, 2, 4095, 65_536, 131_071, 131_072, 131_073, 1_000_003, MAX_BYTES])
def test_any_size_comes_back_byte_for_byte(service, size):
    resume = Resume("resume.txt", b"x") if size == 1 else Resume("resume.txt", b"R " + random_resume(size).content[2:])
    response = download(service, service.submitted(resume))
    assert response.content == resume.content


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content + b"x", lambda content: b""])
def test_a_damaged_resume_is_a_failure_of_ours_and_no_broken_download(service, damage):
    store = service.storage.store
    before = store.keys()
    lead = service.submitted(TEXT)
    key, = store.keys() - before
    store.put(key, damage(TEXT.content))
    for headers in ({}, {"Range": "bytes=0-3"}):
        answer = download(service, lead, headers=headers)
        assert answer.status_code == 500 and answer.json() == {"detail": "Internal Server Error"}
    assert f"the resume {key} has" in service.log()
    store.put(key, TEXT.content)
    assert download(service, lead).content == TEXT.content


def test_the_type_of_a_download_follows_its_name_and_not_the_declared_type(service):
    lead = service.submitted(Resume("resume.pdf", real_resume("pdf").content, "text/plain"))
    assert download(service, lead).headers["Content-Type"].split(";")[0] == "application/pdf"


def test_bytes_that_look_like_a_boundary_survive(service):
    content = b"\r\n--not-it\r\n\r\n--\r\n------\r\n--" + b"x" * 70_000 + b"\r\n--\r"
    assert download(service, service.submitted(Resume("resume.txt", b"Dear all" + content))).content == b"Dear all" + content


# --- disguises ---

DISGUISES = {
    "ELF program": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(200),
    "Windows program": b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00\xb8" + bytes(43) + b"\x80\x00\x00\x00"
                       + bytes(64) + b"PE\x00\x00\x64\x86\x02\x00" + bytes(16) + b"\xf0\x00\x22\x00\x0b\x02" + bytes(300),
    "shell script": b"#!/bin/sh\nrm -rf /\n",
    "Python script": b"#!/usr/bin/env python3\nimport os\nos.system('id')\n",
    "PHP script": b"<?php system($_GET['x']); ?>\n",
    "HTML": b"<!DOCTYPE html>\n<html><head><title>x</title></head><body><script>alert(1)</script></body></html>\n",
    "HTML without doctype": b"<html><body><script>alert(1)</script></body></html>\n",
    "SVG": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>\n',
    "bare SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>\n',
    "PNG": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89" + bytes(20),
    "JPEG": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + bytes(40),
    "GIF": b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00"
           b"!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00",
    "MP3": b"ID3\x03\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x64" + bytes(100),
    "WAV": b"RIFF\x24\x00\x00\x00WAVE"
           b"fmt \x10\x00\x00\x00\x01\x00\x01\x00\x44\xac\x00\x00\x88\x58\x01\x00\x02\x00\x10\x00data\x00\x00\x00\x00",
    "zip": archive(["readme.md", "evil.sh"]),
    "spreadsheet": archive(["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"]),
    "Java archive": archive(["META-INF/MANIFEST.MF", "Main.class"]),
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00",
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40),
    "RAR": b"Rar!\x1a\x07\x01\x00" + bytes(40),
}


@pytest.mark.parametrize("extension", ["pdf", "txt", "docx"])
@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_disguised_file_is_refused(service, disguise, extension):
    before = service.storage.objects()
    response = service.submit(Resume(f"resume.{extension}", DISGUISES[disguise], "application/octet-stream"))
    assert refusal(response) == Refusal(400, BAD_TYPE)
    assert service.storage.objects() == before


@pytest.mark.parametrize("content", ["pdf", "doc", "docx", "txt", "rtf"])
@pytest.mark.parametrize("extension", EXTENSIONS)
def test_an_allowed_type_passes_under_any_allowed_extension(service, extension, content):
    assert service.submit(Resume(f"resume.{extension}", real_resume(content).content)).status_code == 200


@pytest.mark.parametrize("order", [
    ["[Content_Types].xml", "_rels/.rels", "word/document.xml"],
    ["docProps/app.xml", "word/document.xml", "_rels/.rels", "[Content_Types].xml"],
    ["[trash]/0000.dat", "[Content_Types].xml", "word/document.xml"],
])
def test_a_docx_is_known_in_any_order_of_its_entries(service, order):
    assert service.submit(Resume("resume.docx", archive(order))).status_code == 200


def test_bytes_that_nothing_recognises_pass(service):
    assert service.submit(Resume("resume.pdf", b"R " + random_resume(5000).content)).status_code == 200


def test_a_pdf_with_junk_before_its_header_passes(service):
    assert service.submit(Resume("resume.pdf", b"\r\n \r\n" + real_resume("pdf").content)).status_code == 200


# --- ranges and HEAD ---

CONTENT = b"R " + random_resume(300_000).content[2:]


@pytest.fixture(scope="module")
def lead(service):
    return service.submitted(Resume("resume.txt", CONTENT))


@pytest.mark.parametrize("header,first,last", [
    ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=100-", 100, 299_999), ("bytes=-1", 299_999, 299_999),
    ("bytes=-500000", 0, 299_999), ("bytes=131000-262200", 131_000, 262_200), ("bytes=299999-400000", 299_999, 299_999)])
def test_a_part_can_be_had(service, lead, header, first, last):
    response = download(service, lead, headers={"Range": header})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/300000"
    assert response.content == CONTENT[first:last + 1]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert disposition(response.headers["Content-Disposition"])[0] == "attachment"


@pytest.mark.parametrize("header", ["bytes=300000-", "bytes=300000-300001", "bytes=-0"])
def test_a_part_beyond_the_end_cannot_be_had(service, lead, header):
    response = download(service, lead, headers={"Range": header})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */300000"


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=a-b", "lines=1-2", "bytes", "bytes=", "bytes=--1",
                                    "bytes=99999999999999999999-", "bytes=0-99999999999999999999"])
def test_a_range_that_is_none_is_ignored_or_refused(service, lead, header):
    response = download(service, lead, headers={"Range": header})
    assert response.status_code in (200, 206, 416)
    if response.status_code == 200:
        assert response.content == CONTENT


def test_several_parts_at_once_are_the_whole(service, lead):
    response = download(service, lead, headers={"Range": "bytes=0-1,5-9"})
    assert response.status_code == 200 and response.content == CONTENT


def test_a_download_says_that_it_takes_ranges(service, lead):
    assert download(service, lead).headers["Accept-Ranges"] == "bytes"


def test_head_tells_what_get_would(service, lead):
    got = download(service, lead)
    head = service.attorney.head(f"/leads/{lead['uuid']}/resume")
    assert head.status_code == 200 and head.content == b""
    for name in ("Content-Type", "Content-Length", "Content-Disposition", "X-Content-Type-Options"):
        assert head.headers[name] == got.headers[name]


def test_parallel_downloads_do_not_mix(service, lead):
    other = service.submitted(Resume("other.txt", CONTENT[::-1]))
    with ThreadPoolExecutor(8) as pool:
        contents = list(pool.map(lambda n: download(service, (lead, other)[n % 2]).content, range(32)))
    assert all(content == (CONTENT, CONTENT[::-1])[n % 2] for n, content in enumerate(contents))


def test_a_client_that_goes_away_in_the_middle_harms_nobody(service, lead):
    token = service.attorney.headers["Authorization"]
    for _ in range(10):
        with service.raw() as connection:
            connection.send(f"GET /leads/{lead['uuid']}/resume HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n")
            connection.socket.recv(1000)
    assert download(service, lead).content == CONTENT


@pytest.mark.parametrize("path", ["00000000-0000-4000-8000-000000000000", "nonsense", "1", "%00", "..%2f..%2fsecret.key", "'"])
def test_the_resume_of_no_lead_is_not_found(service, path):
    assert refusal(service.attorney.get(f"/leads/{path}/resume")) == Refusal(404, "Lead not found")


@pytest.mark.directory_store
def test_stored_files_are_private_and_have_names_of_our_own(service):
    root = service.storage.data_dir / "resumes"
    service.submitted(Resume("very-special-name.txt", TEXT.content))
    for key in service.storage.objects():
        assert "special" not in key
        assert (root / key).stat().st_mode & 0o777 == 0o600
