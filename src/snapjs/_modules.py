"""Where the sources of ES modules come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

Source: TypeAlias = "str | bytes"
ModulesOption: TypeAlias = "Mapping[str, Source] | None"


def module_loader(option: ModulesOption) -> Callable[[str], Source | None]:
    """A function from a resolved module name to its source; ``None``: there is no such module.

    :param option: a mapping from resolved names to sources.
    """
    if option is None:
        return lambda name: None
    if isinstance(option, Mapping):
        return option.get
    raise TypeError(f"modules takes a mapping from names to sources, not {type(option).__name__}")
