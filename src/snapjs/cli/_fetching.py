"""The options by which a program on the command line may fetch."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ._ending import Refusal

if TYPE_CHECKING:
    from ..fetch import Fetch


def fetch_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--allow-fetch`` and ``--allow-private``, as its parameter ``policy``."""

    @click.option(
        "--allow-fetch",
        "patterns",
        multiple=True,
        metavar="PATTERN",
        help="URLs that fetch may ask for, as 'https://api.example.com/*'. Without it there is no fetch. "
        "May be given several times.",
    )
    @click.option(
        "--allow-private",
        "private",
        is_flag=True,
        help="They may be at addresses that are not public too: on this machine, and in this network.",
    )
    @wraps(command)
    def with_policy(patterns: tuple[str, ...], private: bool, **others: Any) -> None:
        if private and not patterns:
            raise Refusal("--allow-private without --allow-fetch allows nothing: say which URLs, with --allow-fetch")
        command(policy=_policy(patterns, private) if patterns else None, **others)

    return with_policy


def _policy(patterns: tuple[str, ...], private: bool) -> Fetch:
    from ..fetch import Fetch  # what it takes is not imported where nothing is fetched

    try:
        return Fetch(patterns, private=private)
    except ImportError:
        raise Refusal("--allow-fetch needs the package httpcore2: pip install 'snapjs[fetch]'") from None
    except ValueError as error:
        raise Refusal(f"--allow-fetch: {error}") from None
