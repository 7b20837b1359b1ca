"""The OpenAPI document and the pages that show it."""

import json
import re

import pytest

from harness import run


def document(service):
    response = service.anonymous.get("/openapi.json")
    assert response.status_code == 200
    assert response.headers["Content-Type"].split(";")[0] == "application/json"
    return response.json()


def references(value):
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for entry in value.values():
            yield from references(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from references(entry)


def test_the_document_is_openapi_3_1(service):
    assert re.fullmatch(r"3\.1\.\d+", document(service)["openapi"])
    assert set(document(service)) >= {"openapi", "info", "paths", "components"}
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", document(service)["info"]["version"])


def test_every_reference_of_the_document_leads_somewhere(service):
    whole = document(service)
    assert list(references(whole))
    for reference in references(whole):
        target = whole
        assert reference.startswith("#/")
        for step in reference[2:].split("/"):
            target = target[step]


def test_every_operation_says_its_answers_and_has_an_id_of_its_own(service):
    operations = [operation for path in document(service)["paths"].values() for operation in path.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert "200" in operation["responses"]
        assert operation["summary"]


def test_protected_operations_and_only_those_say_how_to_authenticate(service):
    whole = document(service)
    schemes = whole["components"]["securitySchemes"]
    assert any(scheme["type"] == "oauth2" and scheme["flows"]["password"]["tokenUrl"].endswith("token")
               for scheme in schemes.values())
    public = {("/leads/", "post"), ("/token", "post"), ("/session", "post"), ("/users/initial", "post"),
              ("/password-resets", "post"), ("/password-resets/confirm", "post"),
              ("/healthz", "get"), ("/readyz", "get"), ("/metrics", "get")}
    for path, operations in whole["paths"].items():
        for method, operation in operations.items():
            assert bool(operation.get("security", whole.get("security"))) == ((path, method) not in public), (path, method)


def test_a_submission_is_documented_with_its_file(service):
    content = document(service)["paths"]["/leads/"]["post"]["requestBody"]["content"]
    assert "multipart/form-data" in content


def test_the_command_prints_the_same_document(service, tmp_path):
    printed = run(service.storage, tmp_path, "openapi", DATA_DIR=tmp_path / "none")
    assert printed.returncode == 0, printed.stderr
    assert json.loads(printed.stdout) == document(service)
    assert not (tmp_path / "none").exists(), "printing needs no data"


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_a_page_needs_nothing_from_elsewhere(service, path):
    response = service.anonymous.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/html")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src" in policy and "unsafe-eval" not in policy and "http" not in policy and "*" not in policy
    script_source = re.search(r"(?:script-src|default-src)[^;]*", policy)[0]
    assert "unsafe-inline" not in script_source
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", response.text)


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/inbox", "/inbox/", "/inbox/preview"])
def test_all_that_a_page_loads_is_served(service, path):
    page = service.anonymous.get(path).text
    loaded = re.findall(r"""<(?:script|link|img)[^>]*\s(?:src|href)=["']([^"'#]+)["']""", page)
    assert loaded
    for target in loaded:
        if target.startswith("data:"):
            continue
        target = target if target.startswith("/") else "/" + target.removeprefix("./")
        response = service.anonymous.get(target)
        assert response.status_code == 200, target
        assert response.headers["Content-Type"].split(";")[0] in (
            "text/javascript", "application/javascript", "text/css", "image/svg+xml", "image/png", "image/x-icon",
            "application/json"), target
