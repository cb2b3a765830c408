"""Answers the imports of one VM."""

from __future__ import annotations

from contextvars import ContextVar

from .._guest import abi
from ..errors import BusyError, ModuleNotFound
from ..pending import IMPORT_CALL
from .loaders import Loaded, Loaders, Pending, Request, as_module
from .specifiers import extension, joined, without_query

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .._core.bridge import Bridge
    from ..modules import Module

_OK = abi.Status.OK
_PENDING = abi.Status.PENDING
_REQUIRE = abi.Import.REQUIRE
_RESOLVE = abi.Import.RESOLVE
_OWN_LOADER = (
    "Module {!r} is being loaded, and its loader imports it, itself or through others. "
    "Have the loader do without the VM."
)


_loads_above: ContextVar[tuple[object, ...]] = ContextVar("_loads_above", default=())
"""what calls of asynchronous loaders this code runs in, as in :attr:`Imports._loads`"""


class Imports:
    """Stands between the guest's requests and the loaders.

    :param bridge: of the VM.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._loaders = bridge.options.modules or Loaders(None)
        self._asked: set[tuple[str, str | None]] = set()
        """the names that loaders are being asked for, and the type that the import wants"""
        self._loads: dict[object, tuple[str, str | None]] = {}
        """likewise, of each call of asynchronous loaders"""

    def answer(self, specifier: str, importer: str | None, attributes: Any, mode: int) -> tuple[int, list[Any]]:
        """The status and the message for a request of the guest."""
        request = self._request(specifier, importer, attributes, mode & _REQUIRE != 0)
        asked = request.name, request.attributes.get("type")
        if asked in self._asked:
            raise ModuleNotFound(asked[0], message=_OWN_LOADER.format(asked[0]))
        self._asked.add(asked)
        try:
            found = self._loaders.find(
                request, lambda name: self._is_loaded(name, request), only_name=mode & _RESOLVE != 0
            )
            if isinstance(found, Pending):
                return _PENDING, [found.name]
            return _OK, self._message(found, request.is_require)
        except Exception as error:
            self._tell(error, request)
            raise
        finally:
            self._asked.discard(asked)

    async def answer_later(self, specifier: str, importer: str | None, attributes: Any, name: str) -> list[Any]:
        """The message for a pending import, which waits under this name."""
        request = self._request(specifier, importer, attributes)
        load = object()
        self._loads[load] = name, request.attributes.get("type")
        # Not reset, for this coroutine is a task, whose context ends with it.
        _loads_above.set((*_loads_above.get(), load))
        try:
            return self._message(await self._loaders.find_async(request))
        except Exception as error:
            self._tell(error, request)
            raise
        finally:
            del self._loads[load]

    def check_entry(self, specifier: str) -> None:
        """Refuse an import of what the asynchronous loader above this code is loading: it would wait for itself.

        :raises ModuleNotFound: it is one.
        """
        name = joined(specifier, None)
        if any(self._loads.get(load) == (name, None) for load in _loads_above.get()):
            raise ModuleNotFound(name, message=_OWN_LOADER.format(name))

    def answer_waiting(self) -> None:
        """Answer the pending imports that need no event loop: a snapshot may bring some whose loader needed one."""
        bridge = self._bridge.itself()
        if all(name != IMPORT_CALL for _, name in bridge.pending_calls.names()):
            return
        for call in bridge.pending_calls.all():
            if call.name == IMPORT_CALL and not bridge.host_tasks.is_answering(call.id):
                answer, failed = self._answer_now(*call.args)
                if answer is not None:
                    bridge.pending_calls.answer(call.id, answer, failed)

    def _answer_now(self, specifier: str, importer: str | None, attributes: Any, _name: str) -> tuple[Any, bool]:
        """The message for a pending import, or an exception and True; ``None``: an event loop has to find it."""
        request = self._request(specifier, importer, attributes)
        try:
            # of a realm that is not known here, so what is loaded there is not either
            found = self._loaders.find(request, lambda name: False)
            return (None if isinstance(found, Pending) else self._message(found)), False
        except Exception as error:
            self._tell(error, request)
            return error, True

    def given(self, arguments: tuple[Any, ...], source: object) -> list[Any]:
        """The message for a pending import to which somebody gave a source by hand."""
        _, _, attributes, name = arguments
        return self._message(Loaded(name, as_module(name, source, attributes or {})))

    def _request(self, specifier: str, importer: str | None, attributes: Any, is_require: bool = False) -> Request:
        return Request(specifier, importer, attributes or {}, is_require, lambda: self._bridge.limits.uncharged())

    def _is_loaded(self, name: str, request: Request) -> bool:
        bridge = self._bridge.itself()
        message = bridge.codec.encode_arguments((name, request.attributes or None, request.is_require))
        return bool(bridge.invoke("snap_module_is_loaded", message=message))

    def _message(self, found: Loaded, is_require: bool = False) -> list[Any]:
        """What the guest makes a module of: name, kind, source and URL; of CommonJS, also the names that can be
        imported. Where the guest has the module, there is neither kind nor source."""
        name, module = found.name, found.module
        if "\0" in name:  # where the engine's names end, so that it would be another module
            raise ModuleNotFound(name, message=f"No module has a name with a NUL character: {name!r}.")
        if module is None:
            return [name, None, None, found.url]
        url = module.url if module.url is not None else found.url
        if module.kind == "bytes":
            return [name, module.kind, _bytes(module.source), url]
        source = _text(name, module.source, module.kind)
        if module.kind in ("json", "text"):
            return [name, module.kind, source, url]
        return self._script(name, module, source, url, is_require)

    def _script(self, name: str, module: Module, source: str, url: str | None, is_require: bool) -> list[Any]:
        bridge = self._bridge.itself()
        kind: str = module.kind
        source_map = module.map
        if kind == "ts":
            with bridge.limits.uncharged():
                from ..typescript import transpile  # seldom needed

                made = transpile(source, name)
            source, source_map = made.code, made.map
            kind = "cjs" if extension(without_query(name)) == ".cts" else "js"
        bridge.note_source(source, name, source_map)
        if kind == "js":
            return [name, kind, source, url]
        names = module.exports
        if not names and not is_require:
            with bridge.limits.uncharged():
                from .._tools.cjs_exports import analyse  # seldom needed

                names = analyse(source).names
        importable = dict.fromkeys(("module.exports", *names))
        importable.pop("default", None)
        return [name, kind, source, url, list(importable)]

    def _tell(self, error: Exception, request: Request) -> None:
        """Tell the error which modules led to it."""
        if request.importer is None:
            return
        try:
            chain = self._bridge.itself().ask("snap_module_importers", value=request.importer)
        except BusyError:
            chain = [request.importer]
        importers = tuple(reversed(chain))
        if isinstance(error, ModuleNotFound):
            if not error.importers:
                error._lead(importers)
        else:
            note = f"while loading {request.specifier!r}, imported by {' → '.join(importers)}"
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)


def _text(name: str, source: str | bytes, kind: str) -> str:
    if isinstance(source, str):
        return source.removeprefix("\ufeff") if kind == "json" else source  # a byte order mark is no JSON
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        remedy = "Decode it yourself and give a str."
        raise ValueError(f"the source of module {name!r} is not UTF-8: {error}. {remedy}") from None


def _bytes(source: str | bytes) -> bytes:
    return source.encode() if isinstance(source, str) else source
