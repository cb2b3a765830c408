"""Every promise of SECURITY.md has a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines()
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(test_\w+)`", "\n".join(LINES))))
PROMISED = LINES[LINES.index("## Promised") : LINES.index("## Not promised")]


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_named_test_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / "tests" / "sandbox" / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "line", [line for line in PROMISED if line.startswith("| ") and not line.startswith("| promise")]
)
def test_promise_names_a_test(line: str) -> None:
    assert line.startswith("| limit | counts") or "::test_" in line
