"""A store that is wrong fails the suite: each of these has one bug."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.workflows.store_suite.mutants import MUTANTS

FOLDER = Path(__file__).parent


@pytest.mark.slow
def test_the_suite_finds_each_bug() -> None:
    suite = [str(file) for file in FOLDER.glob("test_workflow_store_*.py") if file != Path(__file__)]
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=no", *suite]
    environment = {**os.environ, "SNAPJS_STORES": "mutants", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, cwd=FOLDER.parents[2], env=environment, capture_output=True, text=True, timeout=300)
    failed = re.findall(r"^FAILED [^\[]*\[([^\]]*)\]", done.stdout, re.MULTILINE)
    found = {part for parameters in failed for part in parameters.split("-")}

    assert sorted(MUTANTS.keys() - found) == [], done.stdout[-2000:]
