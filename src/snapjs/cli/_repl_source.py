"""What somebody has typed, as a script that a session can run: whether it is whole, and its names so that a later line
may declare them again.

The engine itself says what is whole: it compiles the source twice, once with something behind it. An error in the
middle stays what it was; one at the end becomes another. The names are the work of the TypeScript compiler, which is
asked only about sources that have one of the words.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

from .._tools.map_comments import map_comment
from .._tools.tools import tool
from ..constants import EvalFlags
from ..errors import JSError, LimitError
from ..vm import VM

NAME: Final = "<repl>"
"""the file name of what is typed"""
_COMPILE: Final = EvalFlags.ASYNC | EvalFlags.COMPILE_ONLY
_MORE: Final = "\n 1 1`*/'\"/"
"""No source goes on like this. It ends a template and a comment, which otherwise would take up whatever follows."""
_AT_END: Final = ("unexpected token in expression: ''", "Unexpected end of input", "unexpected end of comment")
"""What the engine says most often of a source that is not whole. To know these saves compiling it twice more."""
_DECLARES: Final = re.compile(r"\b(?:let|const|class|import|export)\b")
_MAY_BE_OBJECT: Final = re.compile(r"\s*\{.*[^;\s]\s*", re.DOTALL)
_REMEMBERED: Final = 16


class Reader:
    """Reads sources. It compiles in a VM of its own, so nothing of a session can be seen by what it does."""

    def __init__(self) -> None:
        self._vm = VM(web=False)
        self._read = lru_cache(_REMEMBERED)(self._read_anew)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *failure: object) -> None:
        self._vm.close()

    def read(self, source: str, *, typescript: bool = False) -> str | None:
        """Make a script of a source. What begins with a brace is an object, where it can be one.

        :return: what to run, or ``None`` while more has to follow.
        :raises JSError: a SyntaxError in TypeScript. Those in JavaScript are raised by whoever runs the script.
        :raises FileNotFoundError: it is TypeScript, and snapjs was built without its packages.
        """
        return self._read(source, typescript)

    def _read_anew(self, source: str, typescript: bool) -> str | None:
        if _MAY_BE_OBJECT.fullmatch(source):
            try:
                script = self._make(f"({source.strip()}\n)", typescript)
            except JSError:
                script = None
            if script is not None and self._error(script) is None:
                return script
        return self._make(source, typescript)

    def _make(self, source: str, typescript: bool) -> str | None:
        # The compiler takes ten times as long as the engine, and a long source is asked about after each of its lines.
        if not typescript and self._is_begun(source):
            return None
        made = self._rewrite(source, typescript)
        if made is None:
            return source
        if "error" not in made:
            code: str = made["code"]
            if typescript:
                code += _map_comment(source, made)
            is_begun = made["endsTooEarly"] and self._error(code) is not None
            return None if is_begun else code
        if made["endsTooEarly"]:
            return None
        message, line, column = made["error"]
        raise JSError("SyntaxError", message, stack=f"    at {NAME}:{line}:{column}\n")

    def _is_begun(self, source: str) -> bool:
        """Whether something that follows could make a source right that is wrong."""
        error = self._error(source)
        if error is None:
            return False
        return error[0].endswith(_AT_END) or self._error(f"{source}\n") != self._error(f"{source}{_MORE}")

    @staticmethod
    def _rewrite(source: str, typescript: bool) -> dict[str, Any] | None:
        if not typescript and not _DECLARES.search(source):
            return None
        try:
            made: dict[str, Any] = tool("typescript").call("sessionLine", source, typescript)
        except (FileNotFoundError, LimitError):
            if typescript:
                raise
            return None  # then what it declares cannot be declared again
        return made

    def _error(self, code: str) -> tuple[str, str | None] | None:
        try:
            self._vm.eval_handle(code, flags=_COMPILE)
        except JSError as error:
            return str(error), error.stack
        return None


def _map_comment(source: str, made: dict[str, Any]) -> str:
    """So that stack traces show where in the TypeScript something was."""
    source_map = {
        "version": 3,
        "sources": [NAME],
        "sourcesContent": [source],
        "names": made["names"],
        "mappings": made["mappings"],
    }
    return f"\n{map_comment(json.dumps(source_map))}"
