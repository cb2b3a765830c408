"""The session that docs/repl.md shows gives what it says it gives."""

import sys
from pathlib import Path

from blocks import blocks, compare, run_command

DOCUMENT = Path(__file__).parents[2] / "docs" / "repl.md"
PROMPT = "> "


def test_the_session_of_the_document(tmp_path: Path) -> None:
    session = next(block for block in blocks(DOCUMENT) if f"\n{PROMPT}" in block.text)
    _, _, typed = session.text.partition("leaves.\n")
    lines = typed.splitlines()
    inputs = [line.removeprefix(PROMPT) for line in lines if line.startswith(PROMPT)]
    # A filter does not show what is undefined.
    shown = [line for line in lines if not line.startswith(PROMPT) and line != "undefined"]

    result = run_command([sys.executable, "-m", "snapjs", "repl"], tmp_path, "".join(f"{line}\n" for line in inputs))

    assert (len(inputs), result.stderr) == (4, "")
    compare(result.stdout.rstrip("\n"), "\n".join(shown), str(session))
