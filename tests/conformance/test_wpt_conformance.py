"""All that is run of web-platform-tests, where SNAPJS_WPT names a copy of it."""

from __future__ import annotations

import faulthandler
import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from wpt.command import main

PUBLISHED = Path(__file__).parents[2] / "docs" / "web-conformance.json"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif("SNAPJS_WPT" not in os.environ, reason="SNAPJS_WPT names no copy of web-platform-tests"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, dict[str, Any]]:
    """The result of the command, and its figures."""
    faulthandler.cancel_dump_traceback_later()  # it takes minutes
    figures = tmp_path_factory.mktemp("wpt") / "figures.json"
    result = CliRunner().invoke(main, ["--figures", str(figures)])
    return result, json.loads(figures.read_text())["areas"]


def test_the_web_platform_conforms_but_for_what_the_lists_say(run: tuple[Result, dict[str, Any]]) -> None:
    result, _ = run
    assert result.exit_code == 0, result.output


def test_no_area_passes_less_than_is_published(run: tuple[Result, dict[str, Any]]) -> None:
    _, areas = run
    published = json.loads(PUBLISHED.read_text())["areas"]
    lower = {
        name: (areas[name]["passed"]["snapjs"], area["passed"]["snapjs"])
        for name, area in published.items()
        if areas[name]["passed"]["snapjs"] < area["passed"]["snapjs"]
    }
    assert lower == {}
