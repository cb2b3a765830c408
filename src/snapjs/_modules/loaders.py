"""From an import to a source: the loaders of the ``modules=`` option, asked in order."""

from __future__ import annotations

from contextlib import nullcontext
from functools import cache

from .._checks import is_async
from ..errors import ModuleNotFound
from ..modules import ImportMap, Module
from .specifiers import is_relative, joined, kind_by_name, without_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from typing import Any, Final, Protocol, TypeAlias

    IsLoaded = Callable[[str], bool]
else:
    Protocol = object

ModulesOption: TypeAlias = (
    "Mapping[str, str | bytes | Module] | Callable[..., Any] | Loader | ImportMap | Sequence[Any]"
)

_TYPES: Final = ("json", "text", "bytes")


class Request:
    """An import that the guest asks for.

    :param importer: name of the module that imports; ``None`` for an entry.
    :param attributes: as after ``with``.
    :param is_require: CommonJS asks.
    :param uncharged: makes a context manager for what no time limit is to count.
    """

    __slots__ = ("attributes", "importer", "is_mapped", "is_require", "name", "specifier", "uncharged")

    def __init__(
        self,
        specifier: str,
        importer: str | None,
        attributes: Mapping[str, str],
        is_require: bool = False,
        uncharged: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.specifier: str = specifier
        self.importer: str | None = importer
        self.attributes: Mapping[str, str] = attributes
        self.is_require: bool = is_require
        self.uncharged: Callable[[], AbstractContextManager[None]] = uncharged
        self.name: str = joined(specifier, importer)
        """what mappings and callables look for"""
        self.is_mapped: bool = False
        """whether an import map has given the name, which then is relative to nobody"""

    def mapped(self, name: str) -> Request:
        """What is asked for in its place, as an import map says."""
        request = Request(name, self.importer, self.attributes, self.is_require, self.uncharged)
        request.name, request.is_mapped = name, True
        return request


class Loaded:
    """What a loader found.

    :param name: which the module has from now on.
    :param module: ``None`` where ``is_loaded(name)`` has said that it is not wanted.
    :param url: of the module, where it is not the name.
    """

    __slots__ = ("module", "name", "url")

    def __init__(self, name: str, module: Module | None, url: str | None = None) -> None:
        self.name: str = name
        self.module: Module | None = module
        self.url: str | None = url


class Pending:
    """An asynchronous loader has yet to be asked."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name: str = name


class Loader(Protocol):
    """A loader that knows how names are made. Others are mappings and callables."""

    def load(self, request: Request, is_loaded: IsLoaded, /) -> Loaded | None:
        """The module, or ``None``: none of this loader's.

        :param is_loaded: says of a name whether the guest has that module, so that its source is not wanted.
        :raises ModuleNotFound: it is this loader's, and cannot be had.
        """


def wanted_type(name: str, attributes: Mapping[str, str]) -> Any:
    """The type that an import asks for, if it does.

    :raises TypeError: there is none of this name.
    """
    wanted = attributes.get("type")
    if wanted is not None and wanted not in _TYPES:
        raise TypeError(f"module {name!r} is imported with type {wanted!r}; the types are {', '.join(_TYPES)}")
    return wanted


def as_module(name: str, source: object, attributes: Mapping[str, str]) -> Module:
    """What a mapping or a callable gave, with the kind that it has by the import's attributes or its name.

    :raises TypeError: it is no source, or of another kind than the import wants.
    """
    wanted = wanted_type(name, attributes)
    if not isinstance(source, Module):
        if not isinstance(source, (str, bytes)):
            raise TypeError(
                f"the source of module {name!r} is str, bytes or a snapjs.Module, not {type(source).__name__}"
            )
        source = Module(source, wanted or kind_by_name(without_query(name)) or "js")
    if wanted is not None and source.kind != wanted:
        raise TypeError(f"module {name!r} is imported with type {wanted!r} and is of kind {source.kind!r}")
    return source


class _FromMapping:
    def __init__(self, sources: Mapping[str, str | bytes | Module]) -> None:
        self._sources = sources

    def load(self, request: Request, is_loaded: IsLoaded) -> Loaded | None:
        name = request.name
        source = self._sources.get(name)
        if source is None and "?" in name:
            source = self._sources.get(without_query(name))
        if source is None:
            return None
        url = source.url if isinstance(source, Module) else None
        return Loaded(name, None if is_loaded(name) else as_module(name, source, request.attributes), url)


class _FromCallable:
    def __init__(self, function: Callable[..., Any]) -> None:
        import inspect  # takes 10 ms, which a program without such a loader need not spend

        self._function = function
        self.is_async = is_async(function)
        self._takes_attributes = False
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # of a built-in function
            return
        self._takes_attributes = _accepts(signature, 3)
        if not self._takes_attributes and not _accepts(signature, 2):
            raise TypeError(f"a loader of modules is called with a name and the importer's name, and takes {signature}")

    def _call(self, request: Request) -> Any:
        if self._takes_attributes:
            return self._function(request.name, request.importer, dict(request.attributes))
        return self._function(request.name, request.importer)

    def load(self, request: Request, is_loaded: IsLoaded) -> Loaded | None:
        if is_loaded(request.name):
            return Loaded(request.name, None)
        source = self._call(request)
        if hasattr(source, "__await__"):
            getattr(source, "close", lambda: None)()
            raise TypeError("a loader of modules that returns an awaitable is an async def")
        return self._loaded(request, source)

    async def load_async(self, request: Request) -> Loaded | None:
        return self._loaded(request, await self._call(request))

    def _loaded(self, request: Request, source: object) -> Loaded | None:
        return None if source is None else Loaded(request.name, as_module(request.name, source, request.attributes))


def _accepts(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*range(count))
    except TypeError:
        return False
    return True


def _loader(option: object) -> Any:
    from collections.abc import Mapping

    if isinstance(option, ImportMap):
        return option
    if isinstance(option, Mapping):
        return _FromMapping(option)
    if callable(getattr(option, "load", None)):
        return option
    if callable(option):
        return _FromCallable(option)
    raise TypeError(
        "modules takes a mapping from names to sources, a callable, NodeModules(folder), an ImportMap, or a list of "
        f"these, not {type(option).__name__}"
    )


class Loaders:
    """The loaders of a VM.

    :param option: as the ``modules`` option.
    """

    def __init__(self, option: ModulesOption | None) -> None:
        listed = option if isinstance(option, (list, tuple)) else () if option is None else (option,)
        self._loaders = [_loader(item) for item in listed]

    def find(self, request: Request, is_loaded: IsLoaded, *, only_name: bool = False) -> Loaded | Pending:
        """Ask the loaders; the first that has the module gives it.

        :param only_name: the source is not wanted.
        :raises ModuleNotFound: none has it.
        """
        is_loaded = cache(is_loaded)
        is_unwanted: IsLoaded = (lambda name: True) if only_name else is_loaded
        for loader in self._loaders:
            if isinstance(loader, ImportMap):
                request = _rewritten(loader, request)
                continue
            if not only_name and is_loaded(request.name):
                break
            if getattr(loader, "is_async", False):
                return Loaded(request.name, None) if only_name else Pending(request.name)
            found = loader.load(request, is_unwanted)
            if found is not None:
                return found  # type: ignore[no-any-return]
        # As in Node, which has no need to look for a relative specifier whose name is all that is asked.
        if is_loaded(request.name) or (only_name and not request.is_require and is_relative(request.specifier)):
            return Loaded(request.name, None)
        raise ModuleNotFound(request.name)

    async def find_async(self, request: Request) -> Loaded:
        """As :meth:`find`, waiting for the asynchronous loaders."""
        found: Loaded | None
        for loader in self._loaders:
            if isinstance(loader, ImportMap):
                request = _rewritten(loader, request)
                continue
            if getattr(loader, "is_async", False):
                found = await loader.load_async(request)
            else:
                found = loader.load(request, lambda name: False)
            if found is not None:
                return found
        raise ModuleNotFound(request.name)


def _rewritten(names: ImportMap, request: Request) -> Request:
    name = names.rewrite(request.name, request.importer)
    if name is None:
        raise ModuleNotFound(request.specifier, message=f"The import map says that there is no {request.specifier!r}.")
    return request if name == request.name else request.mapped(name)
