"""The README's table of extras has those of pyproject.toml, with their packages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_extra_is_listed_with_its_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {
        extra: sorted(re.split(r"[\[<>=]", line)[0].lower() for line in lines)
        for extra, lines in project["optional-dependencies"].items()
        if extra != "test"
    }
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Install\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)
    assert {extra: sorted(packages.lower().split(", ")) for extra, packages in rows} == wanted
