"""examples/order: an order from the payment to the review, with a payment service that fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import snapjs

FOLDER = Path(__file__).parents[2] / "examples" / "order"
SHOWN = """\
paid at attempt 7: charges 2500
the order waits for approval
after 29 days the order is on its way
after 30 days it is done: {'receipt': {'id': 'charge-1', 'amount': 2500}, 'parcel': 'parcel-7'}
cancelled, AbortError: out of stock
order 8: 2500 paid back
Declined: ann@example.com cannot pay 1000000
paid by transfer, so it goes on: parcel-7
11 requests for charges 2500, charges 2500, refunds 2500
"""


def run(folder: Path, *arguments: str) -> str:
    """What a command shows that runs in a folder of its own."""
    source = str(Path(snapjs.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{FOLDER}", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.slow
def test_orders_of_a_month(tmp_path: Path) -> None:
    assert run(tmp_path, str(FOLDER / "main.py")) == SHOWN


@pytest.mark.slow
def test_its_own_tests_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1"
    )  # or the plugin would be there twice where it is installed
    plugins = ("-p", "snapjs.pytest_plugin", "-p", "no:cacheprovider")
    shown = run(tmp_path, "-m", "pytest", "-q", "-c", os.devnull, *plugins, str(FOLDER / "test_order.py"))
    assert shown.splitlines()[-1].startswith("3 passed")


def test_its_declarations_are_those_of_its_steps(tmp_path: Path) -> None:
    shown = run(tmp_path, "-m", "snapjs", "workflow", "types", "shop:app")
    assert shown == (FOLDER / "shop.d.ts").read_text(encoding="utf-8")
