"""What loaders of modules are asked, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["js", "json", "text", "bytes", "ts", "cjs"]


@dataclass(frozen=True, slots=True)
class Module:
    """The source of a module and how it is to be read.

    :param url: ``import.meta.url``; without it the module's name.
    :param exports: of a CommonJS module, the names that ``import { x }`` can name.
    """

    source: str | bytes
    kind: Kind = "js"
    url: str | None = field(default=None, kw_only=True)
    exports: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True)
class Request:
    """One edge of the graph of modules; the importer of an entry is ``None``."""

    specifier: str
    importer: str | None
    attributes: Mapping[str, str]
    is_require: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """A module by its name; without a module where the guest has one of that name already."""

    name: str
    module: Module | None
