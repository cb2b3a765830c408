"""A TypeScript declaration file of what a sandbox offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from textwrap import indent
from typing import Final

from .capability import Capability
from .shared_types import SharedTypes
from .types.names import property_name
from .types.typescript_text import doc_comment, renamed

_STEP: Final = "    "


def declaration_file(capabilities: Iterable[Capability]) -> str:
    """The text of a ``.d.ts`` that declares the global ``host``.

    The types that capabilities name are in a namespace of the same name, as ``host.User``, so that they are mixed up
    with none of the program's and none of a library's. Where two capabilities mean different types by one name, the
    second is numbered.
    """
    types = SharedTypes()
    root = _Place()
    for capability in capabilities:
        place = root
        for step in capability.path:
            place = place.inside.setdefault(step, _Place())
        signature = capability.signature
        names = types.add(signature.marked_declarations)
        qualified = {name: f"host.{new}" for name, new in names.items()}
        place.type = renamed(signature.marked, qualified)
        place.doc = signature.doc
    host = f"declare const host: {_object(root, '')}\n"
    if not types.texts:
        return host
    inside = indent("\n\n".join(types.texts), _STEP)
    return f"declare namespace host {{\n{inside}\n}}\n\n{host}"


@dataclass
class _Place:
    """A step of dotted names: a function, or what is behind the dot."""

    type: str = ""
    doc: str = ""
    inside: dict[str, _Place] = field(default_factory=dict)


def _object(place: _Place, before: str) -> str:
    inner = before + _STEP
    members = (
        f"{doc_comment(member.doc, inner)}{inner}readonly {property_name(name)}: "
        f"{_object(member, inner) if member.inside else member.type}\n"
        for name, member in place.inside.items()
    )
    return f"{{\n{''.join(members)}{before}}}"
