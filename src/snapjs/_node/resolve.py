"""From a specifier to a file: ESM_RESOLVE and ``require.resolve`` of Node's documentation, and what bundlers add.

Bundlers add the fields ``module`` and ``browser`` of packages without ``exports``, and TypeScript's files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import TypeAlias

from .._modules.specifiers import TYPESCRIPT, is_relative
from . import exports
from .builtins import NAMES
from .failure import Failure
from .folder import Folder
from .package import Package, Packages
from .paths import decoded, join, parent, parents, within

_EXTENSIONS = (".js", ".json", ".node", *TYPESCRIPT)
_TYPESCRIPT_EXTENSIONS = (".ts", ".tsx", ".js", ".json")
# What TypeScript writes in an import is the name of the file that it would have made.
_SOURCES = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",)}

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")


@dataclass(frozen=True, slots=True)
class File:
    """A file by its path without links, and the query of the URL that named it."""

    path: str
    query: str = ""


@dataclass(frozen=True, slots=True)
class Builtin:
    """A module of Node itself, by its name without ``node:``."""

    name: str


@dataclass(frozen=True, slots=True)
class Empty:
    """A module that ``browser`` maps to false."""


Resolution: TypeAlias = File | Builtin | Empty


class Resolver:
    """The resolution in one folder.

    :param conditions: the user's; those that Node always has are added.
    """

    def __init__(self, folder: Folder, conditions: Set[str]) -> None:
        self.folder = folder
        self.packages = Packages(folder)
        common = frozenset(conditions) - {"import", "require"} | {"default"}
        self.conditions = {False: common | {"import"}, True: common | {"require"}}

    def resolve(self, specifier: str, importer: str | None, *, is_require: bool = False) -> Resolution | None:
        """What a specifier means in a file.

        :param importer: the file's path; the empty path for a file that is not in this folder; ``None`` for an entry.
        :returns: ``None`` where there is no such package, or where the specifier is no business of files.
        :raises Failure: it is one, and leads nowhere.
        """
        search = _Search(self, importer or "", is_require)
        return search.entry(specifier) if importer is None else search.find(specifier)

    def is_module_entry(self, package: Package, path: str) -> bool:
        """Say whether a file is what the field ``module`` names, which is an ES module whatever ``type`` says."""
        if package.module is None or package.exports is not None:
            return False
        named = _Search(self, "", False).entry_file(package.folder, package.module)
        return named is not None and self.folder.real(named) == path


class _Search:
    """The resolution of one specifier."""

    def __init__(self, resolver: Resolver, importer: str, is_require: bool) -> None:
        self._folder = resolver.folder
        self._packages = resolver.packages
        self._conditions = resolver.conditions[is_require]
        self._importer = importer
        self._base = parent(importer)
        self._is_require = is_require
        self._scope = self._packages.around(importer or "package.json")
        self._tried: list[str] = []
        self._is_replaced = False
        """what a package has named in place of something is not replaced again"""

    # ---- specifiers

    def entry(self, specifier: str) -> Resolution | None:
        path, query = self._split(specifier.removeprefix("file://"))
        try:
            path = join("", decoded(path))
        except Failure:
            return None
        is_path = specifier.startswith((".", "/", "file:"))
        if found := self._as_typescript_import(path) if is_path else self._as_file(path, ()):
            return self._file(found, query)
        return None if is_path else self.find(specifier)

    def find(self, specifier: str) -> Resolution | None:
        if is_relative(specifier):
            return self._url(self._base, specifier) if self._importer else None
        if specifier.startswith("/") or (specifier.startswith("file:") and not self._is_require):
            return self._url("", self._without_scheme(specifier)) if self._importer else None
        if self._scope and (replaced := self._replaced(self._scope, specifier)):
            return replaced
        return self._named(specifier, self._base)

    def _named(self, specifier: str, base: str) -> Resolution | None:
        """What a specifier that is no path means in a folder."""
        if specifier.startswith("#"):
            return self._import(specifier) if self._importer else None
        if specifier.startswith("node:"):
            return Builtin(specifier[5:])
        if specifier in NAMES:
            # Node has none but its own; here a package can stand in for one that is not there.
            return Builtin(specifier) if NAMES[specifier] else self._bare(specifier, base) or Builtin(specifier)
        return None if _SCHEME.match(specifier) else self._bare(specifier, base)

    def _import(self, specifier: str) -> Resolution | None:
        if self._scope is None:
            raise Failure(f"{specifier!r} is imported where there is no package.json", 'Give it one, with "imports".')
        target = exports.imported(self._scope, specifier, self._conditions)
        if target.startswith("./"):
            return self._target(self._scope, target)
        found = None if target.startswith("#") else self._named(target, self._scope.folder)
        if found is None:
            raise Failure(
                f'{target!r}, which "imports" of {self._scope.file} names, is not installed', "Install that package."
            )
        return found

    def _without_scheme(self, specifier: str) -> str:
        if not specifier.startswith("file:"):
            return specifier
        authority, slash, path = specifier[5:].removeprefix("//").partition("/")
        if authority not in ("", "localhost"):
            raise Failure(f"{specifier!r} leads to another machine", "Import it by a relative path.")
        return slash + path

    def _split(self, specifier: str) -> tuple[str, str]:
        """A URL's path, and its query with its fragment. What is required is no URL."""
        if self._is_require:
            return specifier, ""
        path = re.split("[?#]", specifier, maxsplit=1)[0]
        return path, specifier[len(path) :]

    # ---- files

    def _url(self, base: str, specifier: str) -> Resolution:
        path, query = self._split(specifier)
        named = join(base, path if self._is_require else decoded(path))
        is_folder = path.endswith(("/", "/.", "/..")) or path in (".", "..")
        found = None if is_folder and not self._is_lenient else self._loose(named, is_folder=is_folder)
        if found is None:
            raise self._missing(named, specifier)
        return self._file(found, query)

    @property
    def _is_lenient(self) -> bool:
        """Whether a path may lack its extension.

        As bundlers have it: in all but files of which it is plain that they are modules for Node.
        """
        if self._is_require or self._importer.endswith(TYPESCRIPT):
            return True
        return self._importer.endswith(".js") and (self._scope is None or self._scope.type != "module")

    def _loose(self, path: str, *, is_folder: bool = False) -> str | None:
        """A file as a path names it in this importer: with all that may be left out there."""
        if self._importer.endswith(TYPESCRIPT) and not self._is_require:
            return self._as_typescript_import(path)
        if not self._is_lenient:
            return self._as_file(path, ()) or self._as_source(path)
        found = None if is_folder else self._as_file(path, _EXTENSIONS)
        return found or self._as_source(path) or self._as_folder(path)

    def _as_typescript_import(self, path: str) -> str | None:
        found = self._as_file(path, _TYPESCRIPT_EXTENSIONS) or self._as_source(path)
        return found or self._as_folder(path, _TYPESCRIPT_EXTENSIONS)

    def _as_file(self, path: str, extensions: tuple[str, ...]) -> str | None:
        for extension in ("", *extensions):
            if self._is_file(path + extension):
                return path + extension
        return None

    def _as_source(self, path: str) -> str | None:
        for extension, sources in _SOURCES.items():
            if path.endswith(extension):
                for source in sources:
                    if self._is_file(path.removesuffix(extension) + source):
                        return path.removesuffix(extension) + source
        return None

    def _as_folder(self, path: str, extensions: tuple[str, ...] = _EXTENSIONS) -> str | None:
        if not self._folder.is_folder(path):
            return None
        package = self._packages.at(path)
        found = self._main(package) if package else None
        return found or self._as_index(path, extensions)

    def _as_index(self, path: str, extensions: tuple[str, ...] = _EXTENSIONS) -> str | None:
        return next((found for each in extensions if self._is_file(found := within(path, f"index{each}"))), None)

    def _is_file(self, path: str) -> bool:
        if not path:
            return False
        if path not in self._tried:
            self._tried.append(path)
        return self._folder.is_file(path)

    def _file(self, path: str, query: str = "") -> Resolution:
        """What stands for a file that was found: itself, or what its package maps it to."""
        real = self._folder.real(path)
        package = self._packages.around(real)
        if package is not None and not self._is_replaced and (mapped := self._mapped(package, real)):
            return mapped
        return File(real, query)

    def _missing(self, path: str, specifier: str) -> Failure:
        if self._folder.leads_outside(path):
            return _outside(path)
        tried = f"Tried {', '.join(self._tried)}." if self._tried else "Check the path."
        found = self._as_file(path, _EXTENSIONS) or self._as_folder(path)
        if self._folder.is_folder(path):
            cause = f"{path or '.'} is a folder, which an import cannot name"
        else:
            cause = f"There is no file {path}"
        if found:
            missing = found[len(path) :] if path else f"/{found}"
            return Failure(cause, f"Did you mean {specifier.rstrip('/') + missing!r}?")
        return Failure(cause, tried)

    # ---- packages

    def _bare(self, specifier: str, base: str) -> Resolution | None:
        name, subpath = _package_name(specifier)
        scope = self._packages.around(within(base, "package.json"))
        if scope and scope.exports is not None and scope.name == name:
            return self._target(scope, exports.exported(scope, subpath, self._conditions))
        failure: Failure | None = None
        for folder in self._node_modules(base):
            path = within(folder, name)
            try:
                if found := self._in_package(path, subpath, specifier):
                    return found
            except _NoFile as error:
                # What is required may be in a node_modules folder further up; what is imported may not.
                failure = failure or error
                if not self._is_require:
                    raise
        if failure:
            raise failure
        return None

    def _node_modules(self, base: str) -> Iterator[str]:
        for folder in parents(within(base, "package.json")):
            if folder.rpartition("/")[2] != "node_modules":
                yield within(folder, "node_modules")

    def _in_package(self, path: str, subpath: str, specifier: str) -> Resolution | None:
        """What a subpath means in a package; ``None`` where there is no such package."""
        if not self._folder.is_folder(path):
            if self._folder.leads_outside(path):
                raise _outside(path)
            is_file = self._is_require and not subpath.endswith("/")
            found = self._as_file(join(path, subpath), _EXTENSIONS) if is_file else None
            return self._file(found) if found else None
        package = self._packages.at(path)
        if package is not None and package.exports is not None:
            return self._target(package, exports.exported(package, subpath, self._conditions))
        if subpath == ".":
            found = (self._main(package) if package else None) or self._as_index(path)
            named = path
        else:
            named = join(path, subpath if self._is_require else decoded(subpath))
            found = self._loose(named, is_folder=subpath.endswith("/"))
        if found:
            return self._file(found)
        failure = self._missing(named, specifier)
        raise _NoFile(failure.cause, failure.remedy)

    def _target(self, package: Package, target: str) -> Resolution:
        """The file that ``exports`` or ``imports`` names: exactly that one."""
        path = join(package.folder, decoded(target[2:]))
        if not self._is_file(path):
            if self._folder.leads_outside(path):
                raise _outside(path)
            raise Failure(f"There is no file {path}, which {package.file} names", "Install or build that package anew.")
        return self._file(path)

    def _main(self, package: Package) -> str | None:
        """The entry of a package without ``exports``."""
        entries = [package.main]
        if not self._is_require:
            entries.insert(0, package.module)
        if "browser" in self._conditions and isinstance(package.browser, str):
            entries.insert(0, package.browser)
        for entry in entries:
            if entry is not None and (found := self.entry_file(package.folder, entry)):
                return found
        return None

    def entry_file(self, folder: str, entry: str) -> str | None:
        """The file that a field of a package names as its entry."""
        path = join(folder, entry)
        return self._as_file(path, _EXTENSIONS) or self._as_source(path) or self._as_index(path)

    # ---- the field "browser"

    def _replaced(self, package: Package, specifier: str) -> Resolution | None:
        """What a package puts in the place of another package or of a module of Node."""
        if "browser" not in self._conditions:
            return None
        names = package.browser_map()
        key = specifier if specifier in names else specifier.removeprefix("node:")
        return self._replacement(package, names[key]) if key in names else None

    def _mapped(self, package: Package, path: str) -> Resolution | None:
        """What a package puts in the place of one of its files."""
        if "browser" not in self._conditions or not package.browser_map():
            return None
        inside = path[len(package.folder) + 1 :] if package.folder else path
        stem = inside.rpartition(".")[0]
        wanted = {inside, stem, stem.removesuffix("/index")}
        for key, value in package.browser_map().items():
            if key.removeprefix("./") in wanted:
                return self._replacement(package, value)
        return None

    def _replacement(self, package: Package, value: object) -> Resolution | None:
        self._is_replaced = True
        if value is False:
            return Empty()
        if not isinstance(value, str):
            return None
        path = join(package.folder, value)
        if found := self._as_file(path, _EXTENSIONS) or self._as_index(path):
            return File(self._folder.real(found))
        if value.startswith("."):
            raise Failure(f'There is no file {path}, which "browser" of {package.file} names', "Install it anew.")
        return self._named(value, package.folder)


class _NoFile(Failure):
    """The package is there, the file is not."""


def _outside(path: str) -> Failure:
    return Failure(f"{path} is a link that leads outside the folder", "Give NodeModules the folder that holds both.")


def _package_name(specifier: str) -> tuple[str, str]:
    """A bare specifier as the package's name and the subpath, which is ``.`` or begins with ``./``."""
    parts = specifier.split("/")
    count = 2 if specifier.startswith("@") else 1
    name = "/".join(parts[:count])
    is_complete = len(parts) >= count and not {"", ".", ".."}.intersection(parts[:count])
    if not is_complete or name.startswith(".") or any(each in name for each in "\\%\0"):
        raise Failure(f"{specifier!r} is no name of a package", "Begin paths with './'.")
    return name, "/".join([".", *parts[count:]])
