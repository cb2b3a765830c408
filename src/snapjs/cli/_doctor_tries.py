"""What ``snapjs doctor`` tries with each extra. What is imported here must be there without any."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

from ..fetch import Fetch
from ..pool import Pool
from ..snapshot import Snapshot
from ..vm import VM

_SECONDS: Final = 10.0
_LOOKS: Final = 0.02
"""seconds between two looks of a server whether it is to end"""
_ENCRYPT: Final = """
    const key = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["encrypt"])
    const algorithm = { name: "AES-GCM", iv: new Uint8Array(12) }
    const bytes = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode("snapjs"))
    Array.from(new Uint8Array(bytes, 0, 4), byte => byte.toString(16).padStart(2, "0")).join("")
"""
_WORKFLOW: Final = "import { double } from 'app:steps'; export default double"
_EXTENSION: Final = """
#include "snapjs.h"

SNAPJS_EXPORT int snapjs_init_answer(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx);
    int status = JS_SetPropertyStr(ctx, global, "answer", JS_NewInt32(ctx, 42));

    JS_FreeValue(ctx, global);
    return status < 0 ? -1 : 0;
}
"""


def subtle() -> object:
    """The first bytes of a text that JavaScript has encrypted."""
    return _awaited(_ENCRYPT)


def encrypted() -> object:
    """What a program says that was encrypted, and restored from that."""
    key = secrets.token_bytes(32)
    with VM() as vm:
        vm.eval("globalThis.answer = 42")
        data = vm.snapshot().to_bytes(key=key)
    with VM.restore(Snapshot.from_bytes(data, key=key)) as vm:
        return vm.eval("answer")


def fetched() -> object:
    """What JavaScript has fetched from a server on this machine."""
    with HTTPServer(("127.0.0.1", 0), _Answering) as server:
        thread = threading.Thread(target=server.serve_forever, args=(_LOOKS,))
        thread.start()
        place = f"http://127.0.0.1:{server.server_port}/"
        try:
            return _awaited(f"await (await fetch({place!r})).text()", Fetch([f"{place}*"], private=True))
        finally:
            server.shutdown()
            thread.join()


class _Answering(BaseHTTPRequestHandler):
    timeout = _SECONDS

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *arguments: object) -> None:
        pass


def _awaited(code: str, policy: Fetch | None = None) -> object:
    with VM(timeout=_SECONDS, web=True if policy is None else {"fetch": policy}) as vm:
        return asyncio.run(vm.eval_async(code))


def workflow() -> object:
    """What a workflow has returned that was run to its end, in a file that was made for it."""
    from ..workflows import App

    with tempfile.TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        app = App(f"sqlite:///{Path(folder) / 'runs.db'}")
        app.step(lambda number: 2 * number, name="double")
        run = app.start(_WORKFLOW, 21)
        worker = app.worker()
        while worker.work():
            pass
        worker.close()
        return run.result(timeout=0)


def observed() -> object:
    """The result of a call of a pool that has told OpenTelemetry of it."""
    import opentelemetry.metrics
    import opentelemetry.trace  # noqa: F401 (a pool does without where they cannot be imported)

    with Pool("export const double = number => 2 * number", workers=1) as pool:
        [result] = pool.map("double", [21])
        return result if pool._telemetry is not None else None


def typed() -> object:
    """What is shown of an expression that is typed at a terminal of this process."""
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    from ._repl_console import Console
    from ._repl_session import Session
    from ._repl_source import Reader
    from ._repl_terminal import Conversation
    from ._snapshots import ReadingOptions

    shown: list[str] = []
    reading = ReadingOptions(base=None, engines=None, key_file=None, key=None)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("6 * 7\r")
        with Session(Path(), memory_limit=None, timeout=_SECONDS, recovers=False) as session, Reader() as reader:
            console = Console(session, reader, lambda text, _: shown.append(text), typescript=False, reading=reading)
            console.enter(asyncio.run(Conversation(console, InMemoryHistory()).ask()))
    return "".join(shown)


def compiled() -> object:
    """What an extension has made that was compiled just now."""
    from .._native.build import build_extension

    with tempfile.TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        sources = Path(folder, "answer")
        sources.mkdir()
        (sources / "answer.c").write_text(_EXTENSION, encoding="utf-8")
        extension = build_extension(sources, "answer", sources.with_suffix(".wasm")).extension
        with VM(extensions=[extension]) as vm:
            return vm.eval("answer")
