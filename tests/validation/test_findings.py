"""The room `findings`: codes and their page, severities, reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cds_context import Finding, Report, Severity
from cds_context.validation.findings import RULES
from cds_context.validation.inspection import Oddity
from cds_context.validation.report import SAID

PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (CDS\d+: [^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def finding(severity: Severity, code: str = "CDS101") -> Finding:
    return Finding(code=code, severity=severity, message="m", advice="a", path="$", line=1, column=2)


def report(*severities: Severity) -> Report:
    return Report(context=None, findings=tuple(map(finding, severities)))


def test_the_page_has_a_section_for_every_code_in_their_order() -> None:
    assert list(SECTIONS) == [f"{code}: {rule.title}" for code, rule in RULES.items()]
    assert list(RULES) == sorted(RULES)


@pytest.mark.parametrize("oddity", Oddity, ids=lambda oddity: oddity.name)
def test_all_that_can_be_odd_has_a_code(oddity: Oddity) -> None:
    assert oddity in SAID, "validation.report has words for it"
    assert SAID[oddity][0] in RULES


@pytest.mark.parametrize("heading", SECTIONS)
def test_each_section_tells_the_severity_an_example_and_what_to_do(heading: str) -> None:
    code, text = heading[:6], SECTIONS[heading]
    assert text.startswith(f"\n`{RULES[code].severity}`.\n")
    # That the examples give what they say is seen to by running the page.
    assert re.search(rf'^assert codes\(.*\) == \[.*"{code}".*\]$', text, re.MULTILINE)
    explanation, _, advice = re.sub(r"^```python\n.*?^```\n", "@", text, flags=re.MULTILINE | re.DOTALL).partition("@")
    assert len(explanation) > 40
    assert len(advice) > 20


def test_severities_compare_and_are_spelled_in_lower_case() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.ERROR
    assert [f"{severity}" for severity in Severity] == ["info", "warning", "error"]
    assert str(Severity.INFO) == Severity.INFO.name.lower()


def test_a_finding_reads_as_a_line() -> None:
    assert repr(finding(Severity.INFO)) == "<CDS101 info: m - at `$`, line 1 column 2>"


@pytest.mark.parametrize(
    ("severities", "errors", "worst"),
    [
        ([], 0, None),
        ([Severity.INFO], 0, Severity.INFO),
        ([Severity.WARNING, Severity.INFO], 0, Severity.WARNING),
        ([Severity.INFO, Severity.ERROR], 1, Severity.ERROR),
    ],
)
def test_a_report_is_true_without_errors(severities: list[Severity], errors: int, worst: Severity | None) -> None:
    found = report(*severities)
    assert len(found.errors) == errors
    assert found.ok is bool(found) is (errors == 0)
    assert found.worst is worst


def test_findings_by_severity() -> None:
    found = report(Severity.WARNING, Severity.INFO, Severity.ERROR)
    assert found.at_least(Severity.WARNING) == (found.findings[0], found.findings[2])
    assert found.at_least(Severity.INFO) == found.findings


def test_a_report_shows_its_findings_and_no_context() -> None:
    assert repr(report()) == "<Report: nothing found>"
    assert repr(report(Severity.INFO)) == "<Report: CDS101 info: m - at `$`, line 1 column 2>"
