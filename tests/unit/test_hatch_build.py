"""hatch_build.py, as far as it gets without hatchling."""

import runpy
import sys
from pathlib import Path

import pytest


def test_old_python_is_refused_before_it_meets_newer_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    monkeypatch.setattr(sys, "version", "3.10.13 (main)")
    with pytest.raises(SystemExit, match=r"snapjs needs Python 3\.11 or later, and .* is 3\.10\.13: use a newer one"):
        runpy.run_path(str(Path(__file__).parents[2] / "hatch_build.py"))
