"""What a sandbox offers: as data, and for people and models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from .capability import Capability
from .shared_types import SharedTypes
from .types.json_schema import Schema, described, object_schema, schema_of, with_definitions
from .types.names import access
from .types.signature import Parameter, Signature
from .types.typescript_text import renamed
from .types.words import counted


def manifest(capabilities: Iterable[Capability]) -> list[dict[str, Any]]:
    """Each capability as data that JSON can say.

    ``name``; ``doc``, the function's docstring; ``types``, TypeScript with the declarations that it needs;
    ``parameters``, the JSON Schema of an object with the arguments by name, in their order; ``returns``, that of the
    result; ``is_async``, whether JavaScript gets a promise of it; ``limits``, those that are set.
    """
    return [_entry(capability) for capability in capabilities]


def describe(capabilities: Iterable[Capability]) -> str:
    """The capabilities as text, for people and for models."""
    listed = list(capabilities)
    if not listed:
        return "There are no capabilities.\n"
    types = SharedTypes()
    parts = [_INTRODUCTION, *(_paragraph(capability, types) for capability in listed)]
    if types.texts:
        parts += ("Types:", *types.texts)
    return "\n\n".join(parts) + "\n"


_INTRODUCTION: Final = "These functions of the host can be called. Await those that return a promise."

_LIMITS: Final[dict[str, Callable[[Any], str]]] = {
    "max_calls": lambda limit: f"{counted(limit, 'call')} an eval",
    "max_concurrent": lambda limit: f"{limit} at a time",
    "rate": lambda limit: f"{limit:g} a second",
    "timeout": lambda limit: f"{limit:g} s each",
    "max_result": lambda limit: f"results of {counted(limit, 'byte')}",
}


def _entry(capability: Capability) -> dict[str, Any]:
    signature = capability.signature
    declarations = signature.declarations.values()
    return {
        "name": capability.name,
        "doc": signature.doc,
        "types": "\n".join((*declarations, signature.text)),
        "parameters": _parameters(signature),
        "returns": with_definitions(schema_of(signature.returns), signature.definitions),
        "is_async": signature.is_async,
        "limits": _set_limits(capability),
    }


def _parameters(signature: Signature) -> Schema:
    fields = ((parameter.name, _parameter(parameter), parameter.required) for parameter in signature.parameters)
    return with_definitions(object_schema(fields, strict=True), signature.definitions)


def _parameter(parameter: Parameter) -> Schema:
    schema = schema_of(parameter.type)
    if parameter.rest:
        schema = {"type": "array", "items": schema}
    return described(schema, parameter.doc)


def _set_limits(capability: Capability) -> dict[str, float]:
    limits = ((name, getattr(capability.limits, name)) for name in _LIMITS)
    return {name: limit for name, limit in limits if limit is not None}


def _paragraph(capability: Capability, types: SharedTypes) -> str:
    signature = capability.signature
    text = renamed(signature.marked, types.add(signature.marked_declarations))
    steps = "".join(map(access, capability.path))
    lines = [f"host{steps}: {text}"]
    lines += (f"    {line}".rstrip() for line in signature.doc.splitlines())
    limits = [_LIMITS[name](limit) for name, limit in _set_limits(capability).items()]
    if limits:
        lines.append(f"    At most: {', '.join(limits)}.")
    return "\n".join(lines)
