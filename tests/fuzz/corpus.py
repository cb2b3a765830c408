"""What the fuzzers have found worth keeping: inputs by kind, in one archive each."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
_WHEN = (2020, 1, 1, 0, 0, 0)
"""so that equal inputs make equal archives"""


def inputs(kind: str) -> dict[str, bytes]:
    """Inputs by name."""
    with zipfile.ZipFile(HERE / f"{kind}.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def unpack(kind: str, folder: Path) -> list[Path]:
    """Put the inputs into a folder, a file each."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, content in inputs(kind).items():
        files.append(folder / name)
        files[-1].write_bytes(content)
    return files


def keep(kind: str, folder: Path) -> None:
    """Make the archive of the files in a folder."""
    contents = sorted(path.read_bytes() for path in folder.iterdir())
    with zipfile.ZipFile(HERE / f"{kind}.zip", "w") as archive:
        for content in contents:
            member = zipfile.ZipInfo(hashlib.sha256(content).hexdigest()[:16], _WHEN)
            archive.writestr(member, content, zipfile.ZIP_DEFLATED, 9)
