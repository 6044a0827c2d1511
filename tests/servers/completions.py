"""A server on loopback that speaks OpenAI's chat completions."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server:
    """Answers with what it `says` (text, or JSON of anything else), or with a `status`; keeps what it was sent.

    `raw`: the whole body instead. `drips`: a byte at a time, so many seconds apart. `wait`: until it is set, nothing is answered.
    """

    def __init__(self, says: Any) -> None:
        self.says = says
        self.raw: bytes | None = None
        self.status = 200
        self.drips = 0.0
        self.wait: threading.Event | None = None
        self.got: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                server.keys.append(self.headers["authorization"])
                if server.wait:
                    server.wait.wait(60)
                answer = server.answer()
                self.send_response(server.status)
                self.send_header("content-length", str(len(answer)))
                self.send_header("location", "http://127.0.0.1:9/")
                self.end_headers()
                try:
                    for at in range(len(answer)) if server.drips else [slice(None)]:
                        time.sleep(server.drips)
                        self.wfile.write(answer[at] if isinstance(at, slice) else answer[at : at + 1])
                except OSError:
                    pass  # Nobody listens any more.

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def answer(self) -> bytes:
        if self.raw is not None:
            return self.raw
        text = self.says if isinstance(self.says, str) else json.dumps(self.says)
        usage = {"prompt_tokens": 90, "completion_tokens": 10}
        return json.dumps({"choices": [{"message": {"content": text}}], "usage": usage}).encode()


@contextmanager
def completions(says: Any) -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(says)
    thread = threading.Thread(target=server.http.serve_forever, daemon=True)
    thread.start()
    yield server
    server.http.shutdown()
    thread.join()
    server.http.server_close()
