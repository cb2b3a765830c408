"""What a name that somebody begins to type may become. Nothing of the program runs for that: no getter, no trap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ..errors import SnapjsError
from ..handle import Handle
from ..vm import VM
from ._repl_session import keeps_result

_PATH: Final = re.compile(r"(?<![\w$\])}\"'`.])((?:[\w$]+\s*\??\.\s*)*)([\w$]*)$")
_IDENTIFIER: Final = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
_LONGEST_ARRAY: Final = 10_000
"""elements; their indices are names, which are of no use here and take memory"""
_MOST_PROTOTYPES: Final = 100
_PRIMITIVES: Final = {
    "string": "String",
    "number": "Number",
    "bigint": "BigInt",
    "boolean": "Boolean",
    "symbol": "Symbol",
}
_KEYWORDS: Final = re.findall(
    r"\w+",
    """
    async await break case catch class const continue debugger default delete do else export extends false finally
    for function if import in instanceof let new null of return static super switch this throw true try typeof
    undefined var void while with yield
    """,
)


def completions(vm: VM, text: str) -> tuple[str, list[str]]:
    """What the end of a text may become.

    :param text: what is before the cursor.
    :return: the part of the text that is replaced, and the names, sorted.
    """
    match = _PATH.search(text)
    if match is None or match[2][:1].isdigit():
        return "", []
    path = re.findall(r"[\w$]+", match[1])
    begun = match[2]
    try:
        names = set(_members(vm, path))
    except SnapjsError:  # no memory, no time
        names = set()
    if not path:
        if not begun:
            return "", []
        names.update(_KEYWORDS)
    return begun, sorted(name for name in names if name.startswith(begun) and _IDENTIFIER.fullmatch(name))


def _members(vm: VM, path: list[str]) -> Iterator[str]:
    value: Handle | None = vm.global_handle
    if path[:1] == ["this"]:
        path = path[1:]
    for name in path:
        value = None if value is None else _property(vm, value, name)
    if value is None:
        return
    for object in _chain(vm, value):
        if not _is_long(object):
            yield from object.get_own_property_names()


def _property(vm: VM, value: Handle, name: str) -> Handle | None:
    """The value of a data property; ``None`` where there is none, or where it takes code to know."""
    for object in _chain(vm, value):
        found = object.get_own_property_descriptor(name)
        if found is None:
            continue
        if found.get is not None and keeps_result(found.get):
            return vm.call_function(found.get, None)
        return found.value
    return None


def _chain(vm: VM, value: Handle) -> Iterable[Handle]:
    """An object and its prototypes, up to a Proxy, which has nothing that could be looked at."""
    if not value.is_object:
        name = _PRIMITIVES.get(value.typeof)
        constructor = None if name is None else _own_value(vm.global_handle, name)
        prototype = None if constructor is None else _own_value(constructor, "prototype")
        if prototype is None:
            return
        value = prototype
    for _ in range(_MOST_PROTOTYPES):
        if not value.is_object or value.is_proxy:
            return
        yield value
        value = value.get_prototype_of()


def _own_value(object: Handle, name: str) -> Handle | None:
    found = object.get_own_property_descriptor(name) if object.is_object and not object.is_proxy else None
    return None if found is None else found.value


def _is_long(object: Handle) -> bool:
    name = object.class_name or ""
    if not name.endswith("Array") and name != "String":
        return False
    length = _own_value(object, "length")  # which a typed array does not own
    return length is None or length.to_number() > _LONGEST_ARRAY
