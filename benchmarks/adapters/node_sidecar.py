"""A server in Node beside the Python program, which is asked over HTTP."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchmarks.adapter import Adapter, Bridge

_SERVER = Path(__file__).parents[1] / "node" / "sidecar.mjs"


class NodeSidecar(Adapter):
    groups = ("bridge",)

    def versions(self) -> dict[str, str]:
        done = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True)
        return {"node": done.stdout.strip().removeprefix("v")}

    def bridge(self, bundle: str, workers: int) -> Bridge:
        return _Sidecar(f"{bundle}.cjs.js")


class _Sidecar(Bridge):
    """One process, whatever the number of workers: JavaScript takes a small part of a request's time."""

    def __init__(self, file: str) -> None:
        self._connections: list[HTTPConnection] = []
        self._process = subprocess.Popen(
            ["node", str(_SERVER), file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def caller(self) -> Callable[..., Any]:
        connection = HTTPConnection("127.0.0.1", self._port)
        self._connections.append(connection)

        def call(name: str, *arguments: Any) -> Any:
            body = json.dumps({"name": name, "arguments": arguments})
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            return json.loads(connection.getresponse().read())

        return call

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._process.communicate()


ADAPTER = NodeSidecar
