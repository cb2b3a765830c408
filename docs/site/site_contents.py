"""What the site has of the documents beside their text: the tree of contents, the reference, and colours of code."""

import builtins
import re
from pathlib import Path

from docutils import nodes
from pygments.lexers.javascript import TypeScriptLexer
from reference_pages import MADE_BY_OTHERS, PAGES, text
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import mock

SECTION = re.compile(r"^## (.+)\n((?:(?!^## ).*\n?)*)", re.MULTILINE)
ENTRY = re.compile(r"^\| \[([^\]]+)\]\(([^)#]+)\.md\)", re.MULTILINE)


def trees(index: str) -> str:
    """For each section of the index, a tree of the documents that it lists: the site's navigation."""
    return "".join(
        "\n".join(["", "```{toctree}", ":hidden:", f":caption: {caption}", "", *documents, "```", ""])
        for caption, section in SECTION.findall(index)
        if (documents := [f"{title} <{document}>" for title, document in ENTRY.findall(section)])
    )


def add_trees(app: Sphinx, name: str, source: list[str]) -> None:
    if name == app.config.root_doc:
        source[0] += trees(source[0])
    if name == "docs/reference":
        source[0] += "\n".join(["", "```{toctree}", *(f"reference/{name}" for name in PAGES), "```", ""])


def write_reference(app: Sphinx) -> None:
    folder = Path(app.srcdir, "docs", "reference")
    folder.mkdir(exist_ok=True)
    with mock(app.config.autodoc_mock_imports):
        pages = {name: text(page) for name, page in PAGES.items()}
    for name, content in pages.items():
        (folder / f"{name}.rst").write_text(content, encoding="utf-8")


def hide_constructor(app: Sphinx, what: str, name: str, *rest: object) -> tuple[str, str] | None:
    is_hidden = what == "class" and name.rpartition(".")[2] in MADE_BY_OTHERS
    return ("", "") if is_hidden else None


def leave_builtins(app: Sphinx, document: nodes.document) -> None:
    """Have `bytes` in a signature be no link: one would lead to a field of that name."""
    for reference in list(document.findall(pending_xref)):
        if reference["refdomain"] == "py" and hasattr(builtins, reference["reftarget"]):
            reference.replace_self(reference.children)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write_reference)
    app.connect("source-read", add_trees)
    app.connect("doctree-read", leave_builtins)
    app.connect("autodoc-process-signature", hide_constructor)
    # Blocks marked `js` are TypeScript where their file is.
    app.add_lexer("js", TypeScriptLexer)
    return {"parallel_read_safe": True}
