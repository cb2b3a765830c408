"""What ``doctor`` tries of what needs packages that are an extra."""

from __future__ import annotations

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from ..fetch import Fetch
from ..vm import VM

_SECONDS: Final = 10.0
_ENCRYPT: Final = """
    const key = await crypto.subtle.importKey("raw", new Uint8Array(16), "AES-GCM", false, ["encrypt"])
    const algorithm = { name: "AES-GCM", iv: new Uint8Array(12) }
    const bytes = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode("snapjs"))
    Array.from(new Uint8Array(bytes, 0, 4), byte => byte.toString(16).padStart(2, "0")).join("")
"""
_WORKFLOW: Final = "import { double } from 'app:steps'; export default double"


def encrypted() -> object:
    """The first bytes of a text that JavaScript has encrypted."""
    return _awaited(_ENCRYPT)


def fetched() -> object:
    """What JavaScript has fetched from a server on this machine."""
    with HTTPServer(("127.0.0.1", 0), _Answering) as server:
        server.timeout = _SECONDS
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        place = f"http://127.0.0.1:{server.server_port}/"
        try:
            return _awaited(f"await (await fetch({place!r})).text()", Fetch([f"{place}*"], private=True))
        finally:
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


def ran() -> object:
    """What a workflow has returned that was run to its end, in a file that was made for it."""
    from ..workflows import App

    with TemporaryDirectory(prefix="snapjs-", ignore_cleanup_errors=True) as folder:
        app = App(f"sqlite:///{Path(folder) / 'runs.db'}")
        app.step(lambda number: 2 * number, name="double")
        run = app.start(_WORKFLOW, 21)
        worker = app.worker()
        while worker.work():
            pass
        worker.close()
        return run.result(timeout=0)
