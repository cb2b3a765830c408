"""Types as TypeScript. Each name of a definition stands between two null characters, so that it can be replaced."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from . import nodes
from .names import parameter_name, property_name, quoted

_FIXED: Final[dict[type[nodes.Type], str]] = {
    nodes.Anything: "any",
    nodes.Null: "null",
    nodes.Undefined: "undefined",
    nodes.Boolean: "boolean",
    nodes.Number: "number",
    nodes.BigInteger: "bigint",
    nodes.String: "string",
    nodes.Text: "string",
    nodes.Bytes: "Uint8Array",
    nodes.Date: "Date",
    nodes.Error: "Error",
    nodes.RegExp: "RegExp",
    nodes.Symbol: "symbol",
    nodes.Foreign: "any",
}
_NAME: Final = re.compile(r"\0([^\0]*)\0")


def type_text(node: Any) -> str:
    """A type, in one line."""
    return _FIXED.get(type(node)) or _WRITERS[type(node)](node)


def definition_text(name: str, node: Any) -> str:
    """The declaration of a type by its name: an interface where it can be one."""
    if isinstance(node, nodes.Object | nodes.Class):
        fields = "".join(f"{_comment(field.doc)}    {_field(field)}\n" for field in node.fields)
        return f"interface \0{name}\0 {{\n{fields}}}" if fields else f"interface \0{name}\0 {{}}"
    return f"type \0{name}\0 = {type_text(node)}"


def function_text(parameters: Iterable[tuple[str, Any, bool, bool]], returns: Any, is_async: bool) -> str:
    """A function type.

    :param parameters: of each its name, type, whether it is required, and whether it is a rest parameter.
    """
    listed = ", ".join(
        f"...{name}: {_item(node)}[]" if rest else f"{name}{'' if required else '?'}: {type_text(node)}"
        for name, node, required, rest in parameters
    )
    # A function of Python that returns nothing returns None.
    result = "void" if isinstance(returns, nodes.Null | nodes.Undefined) else type_text(returns)
    return f"({listed}) => {f'Promise<{result}>' if is_async else result}"


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names in place of those between null characters, or with the same."""
    return _NAME.sub(lambda match: names.get(match[1], match[1]), text)


def names_in(text: str) -> list[str]:
    """The names between null characters."""
    return _NAME.findall(text)


def doc_comment(text: str, indent: str = "") -> str:
    """A documentation comment with this text, whatever stands in it; nothing without any."""
    lines = text.replace("*/", "*\\/").strip().splitlines()
    if not lines:
        return ""
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def _comment(doc: str) -> str:
    return doc_comment(doc, "    ")


def _field(field: nodes.Field) -> str:
    return f"{property_name(field.name)}{'' if field.required else '?'}: {type_text(field.type)}"


def _item(node: Any) -> str:
    """A type before the brackets of an array."""
    text = type_text(node)
    needs_brackets = isinstance(node, nodes.Union | nodes.Function | nodes.Literal | nodes.Enum)
    return f"({text})" if needs_brackets else text


def _member(node: Any) -> str:
    text = type_text(node)
    return f"({text})" if isinstance(node, nodes.Function) else text


def literal_text(value: Any) -> str:
    """A string, number or boolean as JavaScript has it."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)


def _literals(values: Iterable[Any]) -> str:
    return " | ".join(map(literal_text, values)) or "never"


def _enum(node: nodes.Enum) -> str:
    return _literals(member.value for member in node.members())


def _tuple(node: nodes.Tuple) -> str:
    if node.names is None:
        return f"[{', '.join(map(type_text, node.items))}]"
    required = len(node.items) if node.required is None else node.required
    items = enumerate(zip(node.names, node.items, strict=True))
    texts = (f"{parameter_name(name)}{'?' if at >= required else ''}: {type_text(item)}" for at, (name, item) in items)
    return f"[{', '.join(texts)}]"


def _function(node: nodes.Function) -> str:
    returns = nodes.Anything() if node.returns is None else node.returns
    if node.parameters is None:
        return function_text([("values", nodes.Anything(), False, True)], returns, False)
    named = ((f"value{at}", item, True, False) for at, item in enumerate(node.parameters, 1))
    return function_text(named, returns, False)


def _object(node: nodes.Object | nodes.Class) -> str:
    return f"{{ {'; '.join(map(_field, node.fields))} }}" if node.fields else "{}"


def _record(node: nodes.Record) -> str:
    text = f"Record<{_key(node.key)}, {type_text(node.value)}>"
    is_open = isinstance(node.key, nodes.String | nodes.Number | nodes.Anything | nodes.Text)
    return text if is_open else f"Partial<{text}>"


def _key(node: Any) -> str:
    return "string" if isinstance(node, nodes.Anything) else type_text(node)


_WRITERS: Final[dict[type[nodes.Type], Callable[[Any], str]]] = {
    nodes.Literal: lambda node: _literals(node.values),
    nodes.Enum: _enum,
    nodes.Array: lambda node: f"{_item(node.item)}[]",
    nodes.Tuple: _tuple,
    nodes.Set: lambda node: f"Set<{type_text(node.item)}>",
    nodes.Map: lambda node: f"Map<{type_text(node.key)}, {type_text(node.value)}>",
    nodes.Record: _record,
    nodes.Object: _object,
    nodes.Class: _object,
    nodes.Union: lambda node: " | ".join(dict.fromkeys(map(_member, node.members))),
    nodes.Reference: lambda node: f"\0{node.name}\0",
    nodes.Function: _function,
    nodes.Promise: lambda node: f"Promise<{'any' if node.result is None else type_text(node.result)}>",
}
