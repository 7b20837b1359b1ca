"""What deploy/ gives to those who watch the service: alert rules and a dashboard, held against its real metrics."""

import json
import re
import subprocess

import pytest

from harness import ADMIN, PASSWORD, ROOT
from polling import eventually
from stores import S3Store

pytestmark = pytest.mark.postgresql

ALERTS = ROOT / "deploy/prometheus/alerts.yml"
ALERTS_TEST = ROOT / "deploy/prometheus/alerts_test.yml"
DASHBOARD = ROOT / "deploy/grafana/alma-leads.json"

OF_PROMETHEUS = {"up": {"job", "instance"}}
WORDS = {"and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool"}


def promtool(*arguments):
    """Debian's promtool; what it said."""
    result = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=60)
    return result.returncode, result.stdout + result.stderr


def rules_of(expressions):
    """A file of rules that promtool reads: one recording for each expression."""
    rules = [{"record": f"e{number}", "expr": expression} for number, expression in enumerate(expressions)]
    return json.dumps({"groups": [{"name": "expressions", "rules": rules}]})  # JSON is YAML, too


def alert_expressions():
    """As promtool sees them: the text after `expr:`, on one line or in a block."""
    text = ALERTS.read_text()
    found = re.findall(r"^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)", text, re.MULTILINE)
    assert len(found) == text.count("- alert:")
    return [block or line for block, line in found]


def dashboard_expressions():
    """With values in place of what Grafana fills in."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    found = [target["expr"] for panel in panels for target in panel.get("targets", ())]
    for variable, value in (("$__rate_interval", "5m"), ("$job", "alma-leads"), ("$instance", ".*")):
        found = [expression.replace(variable, value) for expression in found]
    return found


def selectors(expression):
    """(metric, {label: value of `=`, or None of another matcher}) of every metric that an expression names."""
    matchers = {}

    def keep(found):
        matchers[f"m{len(matchers)}_"] = found[1]
        return f"{{m{len(matchers) - 1}_}}"

    bare = re.sub(r"\{((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)\}", keep, expression)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    for name, _, of_name in re.findall(r"(?<![\w{])([a-z_:][\w:]*)(\{(m\d+_)\})?(?!\w|\s*\()", bare):
        if name in WORDS:
            continue
        labels = re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"', matchers.get(of_name, ""))
        yield name, {label: value if operator == "=" else None for label, operator, value in labels}


def samples(text):
    """{metric: {label: values}} of an answer of /metrics."""
    found = {}
    for name, labels in re.findall(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+", text, re.MULTILINE):
        values = found.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels):
            values.setdefault(label, set()).add(value)
    return found


def test_every_selector_of_an_expression_is_found():
    expression = 'sum by (job, le) (rate(a_total{x="1", y=~"{2}"}[5m])) / count(b == 0) or vector(0) and on (z) (time() - c{z="3"})'
    assert list(selectors(expression)) == [("a_total", {"x": "1", "y": None}), ("b", {}), ("c", {"z": "3"})]


def test_prometheus_accepts_the_alert_rules():
    status, said = promtool("check", "rules", str(ALERTS))
    assert status == 0 and "SUCCESS" in said, said


def test_the_alerts_fire_when_they_should_and_only_then():
    status, said = promtool("test", "rules", str(ALERTS_TEST))
    assert status == 0 and "SUCCESS" in said, said
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS.read_text()))
    assert alerts == set(re.findall(r'alertname="(\w+)"', ALERTS_TEST.read_text()))


def test_the_expressions_of_the_dashboard_are_prometheus_own(tmp_path):
    rules = tmp_path / "rules.yml"
    rules.write_text(rules_of(dashboard_expressions()))
    status, said = promtool("check", "rules", str(rules))
    assert status == 0 and f"{len(dashboard_expressions())} rules found" in said, said


def test_panels_of_the_dashboard_lie_side_by_side():
    panels = json.loads(DASHBOARD.read_text())["panels"]
    cells = [(x, y) for panel in panels for place in [panel["gridPos"]] for x in range(place["x"], place["x"] + place["w"])
             for y in range(place["y"], place["y"] + place["h"])]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 23
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.fixture(scope="module")
def metrics(tmp_path_factory, backend, staff_storage):
    """Of a service that has done each of the things that are counted."""
    from conftest import Relays, Services
    directory = tmp_path_factory.mktemp("watched")
    services, relays = Services(directory, backend, staff_storage), Relays(directory)
    service = services(storage=services.storage(store=S3Store), **relays().settings)
    lead = service.submitted()
    service.attorney.get(f"/leads/{lead['uuid']}/resume").raise_for_status()
    service.leads()
    service.anonymous.post("/token", data={"username": ADMIN, "password": PASSWORD}).raise_for_status()
    assert service.anonymous.get("/readyz").status_code == 200
    eventually(lambda: len(relays.latest.deliveries()) == 2, 20)
    yield samples(service.anonymous.get("/metrics").text)
    services.close()
    relays.close()


@pytest.mark.parametrize("file, expressions", [(ALERTS, alert_expressions), (DASHBOARD, dashboard_expressions)],
                         ids=["alerts", "dashboard"])
def test_every_metric_and_label_that_is_watched_exists(metrics, file, expressions):
    known = metrics | OF_PROMETHEUS
    named = [selector for expression in expressions() for selector in selectors(expression)]
    assert len({name for name, _ in named}) > 10
    for name, labels in named:
        assert name in known, f"{file.name}: no metric {name}"
        for label, value in labels.items():
            if label in ("job", "instance"):  # of Prometheus, of every scrape
                continue
            assert label in known[name], f"{file.name}: {name} has no label {label}"
            # Each status has a series when it was first answered.
            assert value is None or label == "status" or value in known[name][label], f'{file.name}: no {name}{{{label}="{value}"}}'


def test_every_metric_of_the_service_is_shown(metrics):
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for expression in dashboard_expressions() for name, _ in selectors(expression)}
    assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in metrics} <= shown
