"""The site, which `make docs` builds from the documents as they are in the repository: its root is the source folder.

So a link that leads somewhere on GitHub does so here too: to a page, or to a file of the repository.
"""

import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "docs" / "site")]

project = "snapjs"
author = "The snapjs authors"
project_copyright = f"2026, {author}"
version = release = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "site_contents"]
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**", "examples/**.md"]
# What is large to look through, or has documents of others.
exclude_patterns = [".*", "**/node_modules", "build", "src", "tests"]

# As on GitHub: each heading can be linked to.
myst_heading_anchors = 6

highlight_language = "text"

autodoc_mock_imports = ["distributed"]
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
maximum_signature_line_length = 88

# What is named in signatures, and has no page here: Python's own, and what stands for several types.
nitpick_ignore_regex = [
    ("py:.*", r"(collections|contextlib|datetime|multiprocessing|os|pathlib|re|ssl)\b.*"),
    ("py:class", r"snapjs\.(\w+\.)*_.*"),
    ("py:class", r"\w+Option|Bridge|Caller|Client|Globals|HostFunction|Key|Namespace|Progress"),
]

html_theme = "furo"
html_title = f"snapjs {version}"
html_copy_source = False
html_static_path = ["site/site.css"]
html_extra_path = ["site/index.html"]
html_css_files = ["site.css"]
pygments_style = "friendly"
pygments_dark_style = "github-dark"
