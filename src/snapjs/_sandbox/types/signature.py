"""What a capability takes and returns, and arguments held against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...values import undefined
from . import nodes
from .conversion import Converters
from .mismatch import Converter, Mismatch
from .typescript_text import renamed
from .words import counted, expected, phrase


class Refused(Exception):
    """The arguments of a call do not fit. Its text is for JavaScript, and names the argument:
    ``id must be a number, not a string``."""


@dataclass(frozen=True)
class Parameter:
    """A parameter as JavaScript sees it."""

    name: str
    type: nodes.AnyType
    required: bool = True
    rest: bool = False
    """whether it takes any number of arguments, each of its type"""
    is_options: bool = False
    """whether it is an object with the keyword-only parameters of the function"""
    default: Any = None
    """what the function gets in its place where arguments follow it"""
    doc: str = ""


@dataclass(frozen=True)
class Signature:
    """What a function takes and returns.

    :param marked: the function type, each name of a definition between two null characters.
    :param marked_declarations: declarations of the names, likewise.
    :raises ValueError: a type is nothing but itself.
    """

    parameters: tuple[Parameter, ...]
    returns: nodes.AnyType
    is_async: bool
    """whether JavaScript gets a promise"""
    definitions: nodes.Definitions
    """the types that others refer to by name"""
    marked: str
    marked_declarations: dict[str, str]
    doc: str
    """what the function's docstring says"""
    _converters: tuple[Converter, ...] = field(init=False, repr=False, compare=False)
    _named: tuple[Parameter, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        converters = Converters(self.definitions)
        made = tuple(converters.of(parameter.type) for parameter in self.parameters)
        for name in self.definitions:  # those that only results are made of too
            converters.of(nodes.Reference(name))
        object.__setattr__(self, "_converters", made)
        object.__setattr__(self, "_named", tuple(parameter for parameter in self.parameters if not parameter.rest))

    @property
    def text(self) -> str:
        """The function type in TypeScript."""
        return renamed(self.marked, {})

    @property
    def declarations(self) -> dict[str, str]:
        """The interfaces and type aliases that :attr:`text` names, by name."""
        return {name: renamed(text, {}) for name, text in self.marked_declarations.items()}

    def convert(self, arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The positional and keyword arguments for the function, of what came from JavaScript.

        undefined, and what is not given, is left out where the parameter is optional.

        :raises Refused: they do not fit.
        """
        given = arguments
        while given and given[-1] is undefined:
            given = given[:-1]
        named = self._named
        if len(given) > len(named) and named == self.parameters:
            most = counted(len(named), "argument") if named else "no arguments"
            raise Refused(f"it takes {most}, not {len(given)}")
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        left_out: list[Any] = []  # what stands in for arguments, for which there is no need unless others follow
        for at, parameter in enumerate(named):
            argument = given[at] if at < len(given) else undefined
            if argument is undefined and not parameter.required:
                left_out.append(parameter.default)
            elif parameter.is_options:
                keywords = self._converted(at, argument, at >= len(arguments))
            else:
                positional += (*left_out, self._converted(at, argument, at >= len(arguments)))
                left_out.clear()
        if len(given) > len(named):
            positional += left_out
            for at, argument in enumerate(given[len(named) :]):
                positional.append(self._converted(len(named), argument, False, f"[{at}]"))
        return tuple(positional), keywords

    def _converted(self, at: int, argument: Any, is_missing: bool, step: str = "") -> Any:
        name = self.parameters[at].name
        try:
            return self._converters[at](argument, {})
        except Mismatch as mismatch:
            if is_missing:
                wanted = phrase(expected(self.parameters[at].type, self.definitions))
                raise Refused(f"{name} is missing: it must be {wanted}") from None
            raise Refused(f"{name}{step}{mismatch.path} {mismatch.message}") from None
        except RecursionError:
            raise Refused(f"{name}{step} nests too deep") from None
