"""Where the sources of ES modules come from."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

Source: TypeAlias = "str | bytes"
ModulesOption: TypeAlias = "Mapping[str, Source] | None"


def module_text(name: str, source: object) -> str:
    """The source of a module as text.

    :raises TypeError: it is neither str nor bytes.
    :raises ValueError: the bytes are not UTF-8.
    """
    if isinstance(source, str):
        return source
    if not isinstance(source, bytes):
        raise TypeError(f"the source of module {name!r} is str or bytes, not {type(source).__name__}")
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        remedy = "Decode it yourself and give a str."
        raise ValueError(f"the source of module {name!r} is not UTF-8: {error}. {remedy}") from None


def _no_module(name: str) -> None:
    return None


def module_loader(option: ModulesOption) -> Callable[[str], Source | None]:
    """A function from a resolved module name to its source; ``None``: there is no such module.

    :param option: a mapping from resolved names to sources.
    """
    if option is None:
        return _no_module
    from collections.abc import Mapping

    if isinstance(option, Mapping):
        return option.get
    raise TypeError(f"modules takes a mapping from names to sources, not {type(option).__name__}")
