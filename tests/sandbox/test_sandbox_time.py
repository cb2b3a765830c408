"""The time limit of an eval counts everything that guest code can do until its value is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from snapjs import Sandbox, TimeLimitError

ENDLESS = "({ get x() { for (;;); } })"


@pytest.mark.parametrize("type", [Any, dict[str, int]], ids=["any", "typed"])
@pytest.mark.parametrize("code", [ENDLESS, f"Promise.resolve({ENDLESS})"], ids=["value", "promise"])
def test_getters_of_the_value(make_sandbox: Callable[..., Sandbox], code: str, type: Any) -> None:
    sandbox = make_sandbox(timeout=60, isolated=True)
    with pytest.raises(TimeLimitError):
        sandbox.eval(code, timeout=0.05, type=type)


def test_jobs_have_what_the_script_has_left(
    make_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    later = [0.0]
    monkeypatch.setattr("snapjs._core.limits.monotonic", lambda: time.monotonic() + later[0])
    jobs: list[int] = []
    sandbox = make_sandbox(isolated=True)
    sandbox.register("wait", lambda: later.append(later.pop() + 100))
    sandbox.register("job", lambda: jobs.append(1))
    with pytest.raises(TimeLimitError):
        sandbox.eval("Promise.resolve().then(() => host.job()); host.wait(); 1", timeout=60, type=int)
    assert jobs == []
