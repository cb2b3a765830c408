"""What the site has of the documents beside their text: the tree of contents, and colours of code."""

import re

from pygments.lexers.javascript import TypeScriptLexer
from sphinx.application import Sphinx

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


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", add_trees)
    # Blocks marked `js` are TypeScript where their file is.
    app.add_lexer("js", TypeScriptLexer)
    return {"parallel_read_safe": True}
