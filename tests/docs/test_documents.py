"""Documents that speak of files: the catalogue of ARCHITECTURE.md, and the links from each to the others."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CATALOGUE = re.findall(r"^\| `([^`]+)` \|", (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)
SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("engine/**/*.[ch]", "engine/**/*.lock", "src/snapjs/**/*.py", "tools/**/*.py")
    for path in ROOT.glob(pattern)
    if path.name != "__init__.py" or "\nimport " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("path", CATALOGUE)
def test_listed_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


@pytest.mark.parametrize("path", SOURCES)
def test_source_is_listed(path: str) -> None:
    assert path in CATALOGUE


def anchors(path: Path) -> set[str]:
    """Those that the headings of a document get, by the rules that GitHub has."""
    without_code = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", without_code, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def links(path: Path) -> list[str]:
    without_code = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", without_code)


LINKS = [(path, link) for path in DOCUMENTS for link in links(path) if not link.startswith("http")]


@pytest.mark.parametrize(("path", "link"), LINKS, ids=[f"{path.name}-{link}" for path, link in LINKS])
def test_link_leads_somewhere(path: Path, link: str) -> None:
    file, _, anchor = link.partition("#")
    target = (path.parent / file).resolve() if file else path

    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_every_document_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}

    assert {path for path in DOCUMENTS if path.parent != ROOT} <= {*reached, index}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_code_spans_name_files_that_exist(path: Path) -> None:
    """A path in a code span, such as `engine/abi.h`, is one of this repository."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r"`((?:engine|src|tests|tools|docs|benchmarks|examples)/[\w./-]*)`", text)

    assert [name for name in named if not (ROOT / name).exists()] == []
