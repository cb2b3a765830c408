"""How many processes the tests run in, and that Ctrl-C reaches them."""

from __future__ import annotations

import os
import secrets
import signal

import pytest


def pytest_configure() -> None:
    # A shell has what it runs in the background ignore Ctrl-C, and all that this starts: tests that send it would wait
    # for ever.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Or Ray writes one to the home folder. A process reads it once, whatever clusters it starts.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """One for each core, for all the default tests.

    Less than these begins sooner in this process, where a debugger works too. The other groups measure, or have
    processes of their own.
    """
    is_all = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    return None if is_all and config.option.markexpr in config.getini("addopts") else 0
