"""How many processes the tests run in."""

from __future__ import annotations

import pytest


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One for each core, for all the default tests.

    Less than these begins sooner in this process, where a debugger works too. The other groups measure, or have
    processes of their own.
    """
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    return None if is_all and config.option.markexpr in config.getini("addopts") else 0
