"""Builds src/snapjs/_engine/engine.wasm from engine/ and the third-party sources that engine/sources.lock names.

The bytes are reproducible: a snapshot names the sha256 of the engine that made it. Whoever has not changed the C gets
the hash that the lock expects, or an error. Whoever has changed it gets a warning until `--update-lock` records the
new hash.

Needs only the standard library, and `ziglang` for a compilation, and `pip` for a download. hatch_build.py calls it too.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

import build_support
from build_support import (
    NPM_REQUIREMENT,
    ROOT,
    BuildError,
    Stamp,
    cache_folder,
    disk_errors_explained,
    read_built,
    say,
    sha256_of,
    work_folder,
    write_built,
    write_if_changed,
)
from engine_compiler import compile_native, compile_wasm
from engine_sources import GENERATORS, engine_files, patch_files, stage
from third_party import find_archive, locked_sources

LOCK = ROOT / "engine" / "sources.lock"
OUTPUT = ROOT / "src" / "snapjs" / "_engine"
FILE = "engine.wasm"


# ---- the lock and the key


def read_lock() -> dict[str, Any]:
    try:
        return tomllib.loads(LOCK.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{LOCK} cannot be read: {error}. Restore it from version control.") from error


def build_key(lock: dict[str, Any]) -> str:
    """Names the inputs of a build. Equal keys mean equal bytes."""
    inputs = {name: section for name, section in lock.items() if name != "expected"}
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
    for path in (*engine_files(), *patch_files()):
        digest.update(f"\0{path.relative_to(build_support.ROOT).as_posix()}\0{sha256_of(path)}".encode())
    for path in GENERATORS:
        digest.update(f"\0tools/{path.name}\0{sha256_of(path)}".encode())
    return digest.hexdigest()


def write_expected(stamp: Stamp) -> None:
    text = LOCK.read_text(encoding="utf-8")
    head, header, expected = text.partition("[expected]\n")
    expected = re.sub(r'^key = ".*"$', f'key = "{stamp.key}"', expected, flags=re.MULTILINE)
    expected = re.sub(r'^sha256 = ".*"$', f'sha256 = "{stamp.sha256}"', expected, flags=re.MULTILINE)
    write_if_changed(LOCK, (head + header + expected).encode())


def check_expected(lock: dict[str, Any], stamp: Stamp, strict: bool) -> None:
    expected = lock["expected"]
    if stamp.sha256 == expected["sha256"]:
        return
    difference = (
        f"engine.wasm has sha256 {stamp.sha256}, but engine/sources.lock expects {expected['sha256'] or 'nothing yet'}"
    )
    if strict:
        raise BuildError(
            f"{difference}. If the C or the lock was changed on purpose, run `make engine` and commit "
            "engine/sources.lock; if not, this build is not reproducible."
        )
    if stamp.key == expected["key"]:
        raise BuildError(
            f"{difference} from exactly these sources. Snapshots would not be portable. Remove {OUTPUT} and "
            f"{cache_folder()}, and build again; if the hash stays, this machine's compiler gives other bytes than the "
            "one behind the lock."
        )
    say(f"warning: {difference}, because engine/ was changed. Run `make engine` before committing.")


# ---- the build


def find_built(key: str) -> tuple[bytes, Stamp] | None:
    """A checkout has the engine in its place, and in the cache after the first build."""
    return read_built(OUTPUT, FILE, key) or read_built(cache_folder() / "engine" / key, FILE, key)


@disk_errors_explained()
def build_engine(*, update_lock: bool = False, strict: bool = False) -> Stamp:
    """Puts engine.wasm and its stamp into the package, compiling only what was never compiled before."""
    lock = read_lock()
    key = build_key(lock)
    found = find_built(key)
    if found is None:
        wasm = compile_wasm(lock)
        versions = {entry["package"]: entry["version"] for entry in (*locked_sources(lock), lock["compiler"])}
        stamp = Stamp(key, hashlib.sha256(wasm).hexdigest(), len(wasm), versions)
    else:
        wasm, stamp = found
    if update_lock:
        write_expected(stamp)
    else:
        check_expected(lock, stamp, strict)
    if found is None:
        write_built(cache_folder() / "engine" / key, FILE, wasm, stamp)
    write_built(OUTPUT, FILE, wasm, stamp)
    put_headers(lock, key)
    return stamp


def cached_headers(lock: dict[str, Any], key: str) -> dict[str, Path]:
    """The headers that go into the package for whoever compiles native extensions: in the sources, and in the cache."""
    folder = cache_folder() / "engine" / key
    return {path: folder / PurePosixPath(path).name for path in lock["build"]["headers"]}


def put_headers(lock: dict[str, Any], key: str) -> None:
    headers = cached_headers(lock, key)
    if not all(path.is_file() for path in headers.values()):
        with work_folder() as folder:
            stage(lock, folder)
            for source, path in headers.items():
                write_if_changed(path, (folder / source).read_bytes())
    for path in headers.values():
        write_if_changed(OUTPUT / path.name, path.read_bytes())


def build_requirements(*, compiles: bool) -> list[str]:
    """What must be installed for the next build: nothing, when it was made before."""
    lock = read_lock()
    key = build_key(lock)
    if compiles and find_built(key) and all(path.is_file() for path in cached_headers(lock, key).values()):
        return []
    requirements = [f"{lock['compiler']['package']}=={lock['compiler']['version']}"] if compiles else []
    registries = {source["registry"] for source in locked_sources(lock) if not find_archive(source)}
    if "npm" in registries and not shutil.which("npm"):
        requirements.append(NPM_REQUIREMENT)
    return [*requirements, "pip"] if "pypi" in registries else requirements


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds src/snapjs/_engine/engine.wasm.")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--update-lock", action="store_true", help="record the new hash in engine/sources.lock")
    mode.add_argument("--check", action="store_true", help="fail unless the hash is the one in engine/sources.lock")
    mode.add_argument("--native", type=Path, metavar="OUT", help="build a native program with sanitizers instead")
    parser.add_argument(
        "--main", type=Path, metavar="FILE", help="with --native: includes unit.c, has main() and the imports"
    )
    arguments = parser.parse_args()
    if (arguments.native is None) != (arguments.main is None):
        parser.error("--native and --main go together")
    try:
        if arguments.native:
            compile_native(read_lock(), arguments.main, arguments.native)
            say(f"{arguments.native} is ready")
        else:
            stamp = build_engine(update_lock=arguments.update_lock, strict=arguments.check)
            say(f"{OUTPUT / FILE} is ready: {stamp.size} bytes, sha256 {stamp.sha256}")
    except BuildError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
