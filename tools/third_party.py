"""Sources of other projects: fetched through the client of their registry, checked by hash, and unpacked."""

from __future__ import annotations

import importlib.util
import os
import sys
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any

import build_support
from build_support import (
    NPM_REQUIREMENT,
    BuildError,
    cache_folder,
    disk_errors_explained,
    npm_command,
    run_tool,
    say,
    sha256_of,
    work_folder,
    write_if_changed,
)


def locked_sources(lock: dict[str, Any]) -> list[dict[str, str]]:
    """What the lock pins of other projects, in the order of their names."""
    sources: dict[str, dict[str, str]] = lock.get("sources", {})
    return [sources[name] for name in sorted(sources)]


def fetch_archives(lock: dict[str, Any]) -> list[Path]:
    """The archives of all sources, downloading those that this machine has not."""
    return [fetch_archive(source) for source in locked_sources(lock)]


def find_archive(source: dict[str, str]) -> Path | None:
    """An sdist of snapjs brings the archive in sources/; a checkout finds it in the cache after the first build."""
    candidates = [build_support.ROOT / "sources" / source["file"], cache_folder() / "sources" / source["file"]]
    return next((path for path in candidates if path.is_file()), None)


@disk_errors_explained()
def fetch_archive(source: dict[str, str]) -> Path:
    archive = find_archive(source)
    if archive is None:
        archive = cache_folder() / "sources" / source["file"]
        with work_folder() as folder:
            downloaded = download_archive(source, folder)
            write_if_changed(archive, downloaded.read_bytes())
    if (actual := sha256_of(archive)) != source["sha256"]:
        raise BuildError(
            f"{archive} has sha256 {actual}, but engine/sources.lock expects {source['sha256']}. The file is damaged "
            "or is not what it claims to be. Remove it and build again."
        )
    return archive


def download_archive(source: dict[str, str], folder: Path) -> Path:
    """Through the client of its registry, so that the user's mirror, proxy and certificates apply."""
    download = DOWNLOADERS.get(source["registry"])
    if download is None:
        raise BuildError(
            f"engine/sources.lock names the registry {source['registry']!r} for {source['file']}, and this file knows "
            f"{', '.join(DOWNLOADERS)}. Restore the lock from version control."
        )
    return download(source, folder)


def download_from_pypi(source: dict[str, str], folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise BuildError(
            f"{source['file']} must be downloaded, and {sys.executable} has no pip. Run `uv run --group engine python "
            f"tools/build_engine.py`, or put the file into {cache_folder() / 'sources'}."
        )
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{source['package']}=={source['version']} --hash=sha256:{source['sha256']}\n")
    environment = dict(os.environ)
    # pip does not know the mirror that a user of uv has named.
    if mirror := os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("UV_INDEX_URL"):
        environment.setdefault("PIP_INDEX_URL", mirror)
    say(f"downloading {source['file']}")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    # Of this package alone, for pip also installs what would build it, which may be a compilation of its own.
    command += ["--no-binary", source["package"]]
    command += ["--require-hashes", "--requirement", str(requirements), "--dest", str(folder)]
    status, output = run_tool(command, folder, environment)
    if status == 0:
        return folder / source["file"]
    if "DO NOT MATCH THE HASHES" in output:
        raise BuildError(
            f"the {source['file']} that pip found is not the one that engine/sources.lock expects, which has sha256 "
            f"{source['sha256']}. Check the package index that pip is configured with. pip said:\n{output}"
        )
    raise BuildError(
        f"{source['file']} could not be downloaded. Check the network and pip's settings (index, proxy), or put the "
        f"file into {cache_folder() / 'sources'}. pip said:\n{output}"
    )


def download_from_npm(source: dict[str, str], folder: Path) -> Path:
    command = npm_command()
    if command is None:
        raise BuildError(
            f"{source['file']} must be downloaded, and there is no npm. Install Node.js, or {NPM_REQUIREMENT} with "
            f"pip, or put the file into {cache_folder() / 'sources'}."
        )
    say(f"downloading {source['file']}")
    command += ["pack", "--silent", f"{source['package']}@{source['version']}"]
    status, output = run_tool(command, folder)
    if status == 0:
        return folder / source["file"]
    raise BuildError(
        f"{source['file']} could not be downloaded. Check the network and npm's settings (registry, proxy), or put the "
        f"file into {cache_folder() / 'sources'}. npm said:\n{output}"
    )


DOWNLOADERS = {"pypi": download_from_pypi, "npm": download_from_npm}


def extract_archive(archive: Path, source: dict[str, str], destination: Path) -> None:
    """The source's folder only, under its last name, and only regular files that stay inside it. A package of npm goes
    to npm/<package>/.
    """
    if source["registry"] == "npm":
        destination = destination / "npm" / source["package"]
    folder = PurePosixPath(source.get("folder", ""))
    with tarfile.open(archive) as tar:
        for member in tar:
            path = PurePosixPath(member.name)
            is_inside = not path.is_absolute() and ".." not in path.parts and "\\" not in member.name
            if not is_inside or not (member.isfile() or member.isdir()):
                raise BuildError(f"{archive} contains {member.name!r}, which is a link or leads outside: do not use it")
            path = PurePosixPath(*path.parts[1:])
            if not member.isfile() or not path.is_relative_to(folder):
                continue
            content = tar.extractfile(member)
            assert content is not None
            target = destination / folder.name / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read())
