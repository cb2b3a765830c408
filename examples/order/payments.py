"""A payment service of this machine that fails as real ones do: some requests it refuses, and some it does without
saying so."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Payments(HTTPServer):
    """The service, and what it has done."""

    def __init__(self, seed: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.chance = random.Random(seed)
        self.requests = 0
        self.done: dict[str, str] = {}
        """by the key of the request: what is done twice with one key is done once"""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Payments

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests += 1
        luck = self.server.chance.random()
        if luck < 1 / 3:
            self.send_error(503)
        elif body["amount"] > 100_000:
            self.send_error(402)
        else:
            key = self.headers["Idempotency-Key"]
            self.server.done[key] = f"{self.path.strip('/')} {body['amount']}"
            if luck < 2 / 3:
                return  # done, and nobody hears of it
            answer = json.dumps({"id": f"charge-{len(self.server.done)}", "amount": body["amount"]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        pass


@contextmanager
def serve(seed: int) -> Iterator[Payments]:
    """The service, while it is needed.

    :param seed: what its luck follows from.
    """
    with Payments(seed) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
