"""docs/command-line.md has each command with its options and an example that runs; and no example names what is not."""

import re
from pathlib import Path

import click
import pytest
from blocks import Block, blocks

from snapjs.cli import main

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "command-line.md"
SECTIONS = dict(
    re.findall(r"^### (snapjs [^\n]+)\n(.*?)(?=^##|\Z)", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
)


def commands_of(group: click.Group, name: str) -> dict[str, click.Command]:
    """The commands of a group, and those of the groups in it, by what is written to call them."""
    found: dict[str, click.Command] = {}
    context = click.Context(group)
    for own in group.list_commands(context):
        command = group.get_command(context, own)
        assert command is not None
        if isinstance(command, click.Group):
            found |= commands_of(command, f"{name} {own}")
        if not isinstance(command, click.Group) or command.params:
            found[f"{name} {own}"] = command
    return found


COMMANDS = commands_of(main, "snapjs")
RUN = [
    line
    for block in blocks(DOCUMENT)
    if block.language == "sh" and "run" in block.marks
    for line in block.text.splitlines()
]


def test_the_document_has_all_commands_and_no_others() -> None:
    assert sorted(SECTIONS) == sorted(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_all_its_options_and_no_others(name: str) -> None:
    rows = "".join(re.findall(r"^\| (`-[^|\n]+)\|", SECTIONS[name], re.MULTILINE))
    options = {opt for option in COMMANDS[name].params if isinstance(option, click.Option) for opt in option.opts}

    assert set(re.findall(r"`(--?[\w-]+)", rows)) == options


# Native extensions are compiled in the examples of their own document.
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "snapjs build-extension"])
def test_a_command_has_an_example_that_runs(name: str) -> None:
    options = r"(?: --key-file \S+)?"
    words = name.replace("snapjs workflow", f"snapjs workflow{options}")

    assert any(re.search(rf"{words}(?: |$)", line) for line in RUN)


SHELL = [
    block
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for block in blocks(path)
    if block.language == "sh"
]


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_shell_examples_name_commands_and_options_that_exist(block: Block) -> None:
    for line in re.findall(r"\bsnapjs ([^\n#&|]*)", block.text):
        command: click.Command = main
        options: set[str] = set()
        for word in line.split():
            if isinstance(command, click.Group) and (found := command.get_command(click.Context(command), word)):
                command = found
                options |= {option for parameter in command.params for option in parameter.opts}
        assert command is not main
        assert set(re.findall(r"--[\w-]+", line)) <= options
