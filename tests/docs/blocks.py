"""The fenced blocks of the documents, and how each kind is run.

In Python and shell blocks, the comments `# → …` that follow a statement say what it shows: what it prints, or the repr
of its value, or `raises Name: message`. In JavaScript blocks `// → …` say what the program prints. `…` stands for any
text.

The words after a block's language are for these tests:

- ```` ```python new-process ```` runs in a Python process of its own; the others of a document share one;
- ```` ```js run ```` is evaluated in a VM of its own;
- ```` ```js save=NAME ````, and likewise in every other language, is written to a file for the blocks after it;
- ```` ```sh run ```` is run, `snapjs` being the command of this checkout and `python` this Python. Either may read a
  file, `< NAME`, go on in the background until the document ends, `&`, or give a variable what it prints:
  `RUN=$(snapjs …)`, and later `$RUN`;
- ```` ```sh run exit=N ```` ends with that exit code, and its comments say what it writes to standard error.
"""

import ast
import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, Self

import snapjs

FENCE = re.compile(r"^```(\w*)([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block.

    :param line: of the document, of the block's first line of text; counted from 1.
    """

    path: Path
    language: str
    marks: tuple[str, ...]
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.line}"


def blocks(path: Path) -> list[Block]:
    """The blocks of a document, in order."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(path, match[1], tuple(match[2].split()), text[: match.start(3)].count("\n") + 1, match[3])
        for match in FENCE.finditer(text)
    ]


def run_document(path: Path, folder: Path) -> None:
    """Run what a document shows, with `folder` as the current one; an AssertionError names the line that is wrong."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with importable(folder), Shell(folder) as shell:
        for block in blocks(path):
            if any(mark.startswith("save=") for mark in block.marks):
                save(block, folder)
            if block.language == "python" and "new-process" in block.marks:
                run_in_new_process(block, folder)
            elif block.language == "python" and not block.marks:
                run_python(block, namespace)
            elif block.language == "js" and "run" in block.marks:
                run_program(block)
            elif block.language == "sh" and "run" in block.marks:
                shell.run(block)


# ---- Python


@contextlib.contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Have what is saved in the folder be modules, as it is for who starts Python there, until the statement ends."""
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]


def run_python(block: Block, namespace: dict[str, Any]) -> None:
    """Run a block statement by statement, and compare what each shows with the comments behind it."""
    source = "\n" * (block.line - 1) + block.text
    expected = expectations(source)
    tree = ast.parse(source, str(block.path))
    starts = [statement.lineno for statement in tree.body]
    assert not expected or min(expected) >= starts[0], f"{block}: the first comment follows no statement"
    for statement, end in zip(tree.body, [*starts[1:], len(source) + 1], strict=True):
        wanted = [expected.pop(line) for line in sorted(expected) if line < end]
        shown = execute(statement, str(block.path), namespace, may_raise=bool(wanted))
        if wanted:
            compare(shown, "\n".join(wanted), f"{block.path.name}:{statement.lineno}")


def expectations(source: str) -> dict[int, str]:
    """What the comments `# → …` say, by line."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = ((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)
    return {line: text[4:] for line, text in comments if text.startswith("# → ")}


def execute(statement: ast.stmt, name: str, namespace: dict[str, Any], *, may_raise: bool) -> str:
    """Run a statement; what it shows."""
    output = io.StringIO()
    value = None
    try:
        with contextlib.redirect_stdout(output):
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), name, "eval"), namespace)
            else:
                exec(compile(ast.Module([statement], []), name, "exec"), namespace)
    except Exception as error:
        if not may_raise:
            raise
        return f"raises {type(error).__name__}: {error}"
    return output.getvalue().rstrip("\n") or repr(value)


def compare(shown: str, wanted: str, where: str) -> None:
    pattern = ".*".join(re.escape(part) for part in wanted.split("…"))
    assert re.fullmatch(pattern, shown, re.DOTALL), f"{where} says\n{wanted}\nand is\n{shown}"


def run_in_new_process(block: Block, folder: Path) -> None:
    command = [sys.executable, "-W", "error", __file__, str(block.path), str(block.line)]
    result = run_command(command, folder)
    assert result.returncode == 0, f"{block}\n{result.stderr}"


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(snapjs.__file__).parents[1])}


def start_command(command: list[str], folder: Path) -> subprocess.Popen[str]:
    """Start a command for which `snapjs` is the package of these tests."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
    )


def run_command(command: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command for which `snapjs` is the package of these tests; standard input is what is given."""
    return subprocess.run(
        command, cwd=folder, env=environment(), input=given, capture_output=True, text=True, timeout=60
    )


# ---- JavaScript and the shell

PROGRAMS = {"snapjs": ["-m", "snapjs"], "python": []}
"""what a shell block can run: arguments of Python"""


def save(block: Block, folder: Path) -> None:
    name = next(mark for mark in block.marks if mark.startswith("save=")).removeprefix("save=")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(block.text, encoding="utf-8")


def run_program(block: Block) -> None:
    printed: list[str] = []
    with snapjs.VM(stdout=printed.append) as vm:
        vm.eval(block.text, filename=str(block))
        vm.run_until_idle()
    wanted = "\n".join(re.findall(r"// → (.*)", block.text))
    compare("".join(printed).rstrip("\n"), wanted, str(block))


def commands(block: Block) -> Iterator[tuple[int, str, str]]:
    """The command lines of a shell block: the line of the document, the command, and what it is said to show."""
    number, command, wanted = 0, "", []
    for line, text in enumerate(block.text.splitlines(), block.line):
        if text.startswith("# → "):
            wanted.append(text[4:])
        elif text and not text.startswith("#"):
            if command:
                yield number, command, "\n".join(wanted)
            number, command, wanted = line, text, []
    if command:
        yield number, command, "\n".join(wanted)


class Shell:
    """What the shell blocks of a document have in common: variables, and commands in the background.

    :param folder: the current one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._variables: dict[str, str] = {}
        self._background: list[subprocess.Popen[str]] = []

    def run(self, block: Block) -> None:
        """Run its commands; an AssertionError names the line that is wrong."""
        exit_code = next((int(mark.removeprefix("exit=")) for mark in block.marks if mark.startswith("exit=")), 0)
        for line, command, wanted in commands(block):
            where = f"{block.path.name}:{line}: {command}\n"
            if command.endswith(" &"):
                self._background.append(start_command(self._arguments(command.removesuffix(" &")), self._folder))
                continue
            assignment = re.fullmatch(r"(\w+)=\$\((.+)\)", command)
            arguments = self._arguments(assignment[2] if assignment else command)
            given = (self._folder / arguments[-1]).read_text(encoding="utf-8") if arguments[-2:-1] == ["<"] else ""
            result = run_command(arguments[:-2] if given else arguments, self._folder, given)
            assert result.returncode == exit_code, f"{where}{result.returncode}\n{result.stdout}{result.stderr}"
            if assignment:
                self._variables[assignment[1]] = result.stdout.strip()
            if wanted:
                shown = result.stderr if exit_code else result.stdout
                compare(shown.rstrip("\n"), wanted, where)

    def _arguments(self, command: str) -> list[str]:
        program, *words = shlex.split(command, comments=True)
        assert program in PROGRAMS, f"only {' and '.join(PROGRAMS)} can be run, and not {program}"
        return [
            sys.executable,
            *PROGRAMS[program],
            *(Template(word).safe_substitute(self._variables) for word in words),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        """End what goes on in the background, as SIGTERM does, which is to end well."""
        for process in self._background:
            process.terminate()
        ends = [(process.communicate(timeout=60)[0], process.returncode) for process in self._background]
        assert kind is not None or all(code == 0 for _, code in ends), ends


if __name__ == "__main__":
    document, first = Path(sys.argv[1]), int(sys.argv[2])
    run_python(next(block for block in blocks(document) if block.line == first), {"__name__": "__main__"})
