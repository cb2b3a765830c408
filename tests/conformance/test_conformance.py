"""The whole of test262, where SNAPJS_TEST262 names a copy of it."""

from __future__ import annotations

import faulthandler
import os

import pytest
from click.testing import CliRunner
from test262.command import main


@pytest.mark.conformance
@pytest.mark.skipif("SNAPJS_TEST262" not in os.environ, reason="SNAPJS_TEST262 names no copy of test262")
def test_the_engine_conforms_but_for_what_the_lists_say() -> None:
    faulthandler.cancel_dump_traceback_later()  # it takes minutes
    result = CliRunner().invoke(main, [])
    assert result.exit_code == 0, result.output
