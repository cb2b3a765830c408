"""Every example in the documents runs, and shows what it says it shows. Conventions: blocks.py."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from blocks import Block, Shell, blocks, commands, run_document, run_python

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGES = {"python", "js", "ts", "json", "sh", "", "c", "cpp", "toml"}
MARKS = {
    "docs/clusters.md": [
        pytest.mark.clusters,
        # Ray's own, when its settings are made.
        pytest.mark.filterwarnings("ignore:`use_\\w+` is deprecated:DeprecationWarning:ray.data.context"),
    ],
    "docs/command-line.md": [pytest.mark.slow],
    "docs/data-frames.md": [pytest.mark.clusters],
    "docs/engine-abi.md": [pytest.mark.slow],
    "docs/extensions.md": [pytest.mark.extensions],
    "docs/tutorials/agent.md": [pytest.mark.slow],
    "docs/tutorials/data-frames.md": [pytest.mark.clusters],
    "docs/tutorials/library.md": [pytest.mark.slow],
    "docs/tutorials/plug-ins.md": [pytest.mark.slow],
    "docs/tutorials/workflow.md": [pytest.mark.slow],
}
"""of the documents, by path, whose examples need more than the others: time, packages, or a compiler"""


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


WITH_EXAMPLES = [path for path in DOCUMENTS if any(block.language in ("python", "js", "sh") for block in blocks(path))]


def marked(path: Path) -> Any:
    return pytest.param(path, marks=MARKS.get(name(path), []), id=name(path))


@pytest.mark.parametrize("path", list(map(marked, WITH_EXAMPLES)))
def test_examples(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run_document(path, tmp_path)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_blocks_have_a_known_language(path: Path) -> None:
    assert {block.language for block in blocks(path)} <= LANGUAGES


@pytest.mark.parametrize("document", MARKS)
def test_marked_documents_exist(document: str) -> None:
    assert document in map(name, WITH_EXAMPLES)


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


def test_a_shell_block_runs_python_files(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("import sys\nprint('hello', *sys.argv[1:])\n", encoding="utf-8")

    with Shell(tmp_path) as shell:
        shell.run(example("python hello.py you\n# → hello you\n", "sh"))


def test_a_shell_block_runs_nothing_else(tmp_path: Path) -> None:
    with Shell(tmp_path) as shell, pytest.raises(AssertionError, match="only snapjs and python"):
        shell.run(example("ls\n", "sh"))


def test_a_block_of_any_language_is_saved(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text('```json save=data/colours.json\n{"red": 1}\n```\n', encoding="utf-8")

    run_document(tmp_path / "page.md", tmp_path)

    assert (tmp_path / "data" / "colours.json").read_text(encoding="utf-8") == '{"red": 1}\n'


def test_what_is_saved_can_be_imported_and_is_gone_after(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        "```python save=colours.py\nred = 1\n```\n```python\nimport colours\n\ncolours.red  # → 1\n```\n",
        encoding="utf-8",
    )

    run_document(tmp_path / "page.md", tmp_path)

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("colours")
