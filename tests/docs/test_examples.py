"""Every example in the documents runs, and shows what it says it shows. Conventions: blocks.py."""

from pathlib import Path
from typing import Any

import pytest
from blocks import Block, blocks, commands, run_document, run_python

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGES = {"python", "js", "sh", "", "c", "cpp", "toml"}
MARKS = {
    "clusters.md": [
        pytest.mark.clusters,
        # Ray's own, when its settings are made.
        pytest.mark.filterwarnings("ignore:`use_\\w+` is deprecated:DeprecationWarning:ray.data.context"),
    ],
    "command-line.md": [pytest.mark.slow],
    "data-frames.md": [pytest.mark.clusters],
    "engine-abi.md": [pytest.mark.slow],
    "extensions.md": [pytest.mark.extensions],
}
"""of the documents whose examples need more than the others: time, packages, or a compiler"""


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


WITH_EXAMPLES = [path for path in DOCUMENTS if any(block.language in ("python", "js", "sh") for block in blocks(path))]


def marked(path: Path) -> Any:
    return pytest.param(path, marks=MARKS.get(path.name, []))


@pytest.mark.parametrize("path", list(map(marked, WITH_EXAMPLES)), ids=names(WITH_EXAMPLES))
def test_examples(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run_document(path, tmp_path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_blocks_have_a_known_language(path: Path) -> None:
    assert {block.language for block in blocks(path)} <= LANGUAGES


def test_readme_begins_with_the_two_commands() -> None:
    first = blocks(ROOT / "README.md")[0]

    assert (first.language, first.text) == ("sh", "pip install uv && uv run snapjs demo\nuv run pytest\n")


def example(text: str, language: str = "python") -> Block:
    return Block(Path("example.md"), language, (), 1, text)


@pytest.mark.parametrize(
    "text",
    [
        "1 + 1  # → 2",
        "print('a')\nprint('b')  # → b",
        "for x in 'ab':\n    print(x)\n# → a\n# → b",
        "int('x')  # → raises ValueError: …'x'",
        "x = 1\nx  # → 1",
    ],
)
def test_a_right_comment_passes(text: str) -> None:
    run_python(example(text), {})


@pytest.mark.parametrize("text", ["1 + 1  # → 3", "print('a')  # → b", "1  # → raises ValueError: …", "# → 1\n1"])
def test_a_wrong_comment_fails(text: str) -> None:
    with pytest.raises(AssertionError):
        run_python(example(text), {})


def test_an_exception_that_no_comment_announces_fails() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        run_python(example("int('x')"), {})


def test_commands_of_a_shell_block_and_what_they_show() -> None:
    block = example("# first\nsnapjs doctor\n# → fine\nsnapjs demo\n", "sh")

    assert list(commands(block)) == [(2, "snapjs doctor", "fine"), (4, "snapjs demo", "")]
