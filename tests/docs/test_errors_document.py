"""docs/errors.md has each error that users meet, with an example that raises it and with its remedy."""

import re
from pathlib import Path

import pytest

from snapjs import errors
from snapjs._guest import engine, exports, library

DOCUMENT = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", DOCUMENT, re.MULTILINE | re.DOTALL))

# Only an installation that is broken raises these, so that no example can.
OF_THE_INSTALLATION = [kind.__name__ for kind in (engine.EngineMissing, library.LibraryError, exports.EngineUnusable)]
BASES = ["SnapjsError", "LimitError", "SnapshotError"]


def test_the_document_has_all_errors_and_no_others() -> None:
    assert sorted(SECTIONS) == sorted([*errors.__all__, *OF_THE_INSTALLATION])


@pytest.mark.parametrize("name", SECTIONS)
def test_an_error_has_a_remedy(name: str) -> None:
    assert "\n**Remedy:** " in SECTIONS[name]


@pytest.mark.parametrize("name", [name for name in SECTIONS if name not in (*BASES, *OF_THE_INSTALLATION)])
def test_an_error_has_an_example(name: str) -> None:
    assert re.search(rf"# → raises (JSError: )?{name}: ", SECTIONS[name])


@pytest.mark.parametrize("name", [name for name in SECTIONS if name not in OF_THE_INSTALLATION])
def test_the_document_says_which_built_in_exception_an_error_is_too(name: str) -> None:
    bases = getattr(errors, name).__bases__
    built_in = {base.__name__ for base in bases if base.__module__ == "builtins" and base is not Exception}

    assert {kind for kind in built_in if f"`{kind}`" not in SECTIONS[name]} == set()
