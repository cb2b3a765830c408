"""From a function, with TypeScript or with the hints of Python, to what it takes and returns."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterator
from typing import Any

from ..errors import SnapjsError
from ..grant import Grant
from .types import nodes
from .types.callables import POSITIONAL, CallableFacts, facts_of
from .types.hints import HintReader, doc_of
from .types.names import free_name, parameter_name
from .types.parsing import ParsedSignature, parse_signature
from .types.signature import Parameter, Signature
from .types.typescript_text import definition_text, function_text, names_in


def signature_of(function: Callable[..., Any], types: str | None, name: str) -> Signature:
    """What a function takes and returns.

    Of Python's parameters, those that can be given by position are JavaScript's parameters; ``*args`` is a rest
    parameter; and those that can only be given by name are the properties of one object, ``options``, the last
    parameter. Behind a rest parameter there is no place for that, so they keep their defaults. ``**kwargs`` is not
    offered.

    :param types: a TypeScript function type, before which interfaces and type aliases may stand. ``None``: the
        function's hints say it.
    :param name: of the capability, for errors.
    :raises TypeError: the function is not callable.
    :raises ValueError: the text is no function type, the hints cannot be used, or the two do not agree.
    """
    if not callable(function):
        raise TypeError(f"{name} must be a callable, not {type(function).__name__}.")
    facts = facts_of(function)
    try:
        _check_hints(facts)
        return _of_hints(facts) if types is None else _of_text(types, facts)
    except SnapjsError as error:
        raise ValueError(f"{name}: the TypeScript compiler failed at types=: {error}") from error
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _check_hints(facts: CallableFacts) -> None:
    for name, hint in facts.hints.items():
        if name != "return" and Grant in _classes_in(hint):
            raise ValueError(f"{name} is to be a Grant, of which a capability gets the object. Name the class of that.")


# ---- hints


def _of_hints(facts: CallableFacts) -> Signature:
    if facts.error is not None:
        raise facts.error
    reader = HintReader({})
    parameters = tuple(_parameters_of_hints(facts, reader))
    returns = reader.type(facts.hints.get("return", Any))
    return Signature(
        parameters,
        returns,
        facts.is_async,
        reader.definitions,
        function_text(((p.name, p.type, p.required, p.rest) for p in parameters), returns, facts.is_async),
        {name: definition_text(name, node) for name, node in reader.definitions.items()},
        facts.doc,
    )


def _parameters_of_hints(facts: CallableFacts, reader: HintReader) -> Iterator[Parameter]:
    if facts.signature is None:
        yield Parameter("values", nodes.Anything(), required=False, rest=True)
        return
    names: set[str] = set()
    options: list[nodes.Field] = []
    rest: Parameter | None = None
    for parameter in facts.signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        hint = facts.hints.get(parameter.name, Any)
        node, required, doc = reader.type(hint), parameter.default is inspect.Parameter.empty, doc_of(hint)
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            options.append(nodes.Field(parameter.name, node, required, doc))
            continue
        name = free_name(parameter_name(parameter.name), names)
        names.add(name)
        if parameter.kind in POSITIONAL:
            yield Parameter(name, node, required, default=None if required else parameter.default, doc=doc)
        else:
            rest = Parameter(name, node, required=False, rest=True, doc=doc)
    if rest is not None:
        if missing := next((field.name for field in options if field.required), None):
            raise ValueError(f"{missing} can only be given by name, and JavaScript has no names. Give it a default.")
        yield rest
    elif options:
        name = free_name("options", names)
        node = nodes.Object(tuple(options), strict=True)
        yield Parameter(name, node, any(field.required for field in options), is_options=True)


# ---- TypeScript


def _of_text(types: str, facts: CallableFacts) -> Signature:
    parsed = parse_signature(types)
    _check_agreement(parsed, facts)
    definitions: nodes.Definitions = {declaration.name: declaration.type for declaration in parsed.declarations}
    texts = {declaration.name: declaration.text for declaration in parsed.declarations}
    _bind_classes(definitions, facts)
    _define_others(definitions, texts, facts, parsed.text)
    return Signature(
        tuple(
            Parameter(parameter.name, parameter.type, parameter.required, parameter.rest, default=facts.default(at))
            for at, parameter in enumerate(parsed.parameters)
        ),
        parsed.returns,
        parsed.is_async,
        definitions,
        parsed.text,
        texts,
        facts.doc,
    )


def _check_agreement(parsed: ParsedSignature, facts: CallableFacts) -> None:
    """See to it that the function can be called as its types say."""
    if facts.is_async and not parsed.is_async:
        raise ValueError("the function is async, and its types= returns no promise. Write Promise<…> behind the arrow.")
    least = sum(parameter.required for parameter in parsed.parameters)
    most = len(parsed.parameters)
    for count in (least, most):
        why = facts.refusal(count)
        if why is not None:
            raise ValueError(
                f"types= lets JavaScript give {count} of {most} arguments, with which the function cannot be called: "
                f"{why}. Make the two agree; an optional parameter needs a default in Python."
            )


def _bind_classes(definitions: nodes.Definitions, facts: CallableFacts) -> None:
    """Have an interface with the name of a class in the hints stand for instances of that: it says what JavaScript sees
    of them."""
    hints = [hint for name, hint in facts.hints.items() if name != "return"]
    for cls in _classes_in(hints):
        if isinstance(definitions.get(cls.__name__), nodes.Object):
            reader = HintReader({})
            found = reader.type(cls)
            definitions.update(reader.definitions)  # those of its fields too
            definitions[cls.__name__] = definitions[found.name] if isinstance(found, nodes.Reference) else found


def _define_others(definitions: nodes.Definitions, texts: dict[str, str], facts: CallableFacts, text: str) -> None:
    """Define the names that the text does not declare: by a class of that name, or as any."""
    reader = HintReader(definitions)
    for name in (name for part in (text, *texts.values()) for name in names_in(part)):
        if name in definitions:
            continue
        found = _class_named(name, facts)
        if found is not None:
            reader.type(found)
        definitions.setdefault(name, nodes.Anything())
    for name, node in definitions.items():
        if name not in texts:
            texts[name] = definition_text(name, node)


def _class_named(name: str, facts: CallableFacts) -> Any:
    """A class of this name in the function's hints, or in its module."""
    for found in _classes_in(list(facts.hints.values())):
        if found.__name__ == name:
            return found
    known = facts.namespace.get(name)
    return known if isinstance(known, type) else None


def _classes_in(hint: Any) -> Iterator[type]:
    if isinstance(hint, type) and typing.get_origin(hint) is None:
        yield hint
    for argument in hint if isinstance(hint, list) else typing.get_args(hint):
        yield from _classes_in(argument)
