"""TypeScript declarations of what workflows import."""

from __future__ import annotations

from collections.abc import Collection, Container
from importlib.resources import files
from textwrap import indent
from typing import Final

from .._sandbox.shared_types import SharedTypes
from .._sandbox.types.names import free_name, parameter_name
from .._sandbox.types.typescript_text import doc_comment, function_text, renamed
from .steps import Step

_WORKFLOW: Final = files(__package__).joinpath("workflow.d.ts").read_text(encoding="utf-8")
_STEP: Final = "    "


def declaration_file(steps: Collection[Step]) -> str:
    """The text of a ``.d.ts`` that declares ``app:steps`` and ``snapjs:workflow``.

    The types that steps name are exported by ``app:steps`` too. Where two steps mean different types by one name, the
    second is numbered.
    """
    types = SharedTypes()
    names = {step.name for step in steps}
    exports = [_export(step, types, names) for step in steps]
    parts = [*(f"export {text}" for text in types.texts), *exports]
    inside = "\n".join(indent(f"{part}\n", _STEP) for part in parts)
    return f'declare module "app:steps" {{\n{inside}}}\n\n{_WORKFLOW}'


def _export(step: Step, types: SharedTypes, taken: Container[str]) -> str:
    signature = step.signature
    names = types.add(signature.marked_declarations)
    parameters = ((p.name, p.type, p.required, p.rest) for p in signature.parameters)
    text = function_text(parameters, signature.returns, is_async=True)
    doc, type_ = doc_comment(signature.doc), renamed(text, names)
    if parameter_name(step.name) == step.name:
        return f"{doc}export const {step.name}: {type_};"
    # A keyword can be exported, and imported under another name.
    name = free_name(parameter_name(step.name), taken)
    return f"{doc}const {name}: {type_};\nexport {{ {name} as {step.name} }};"
