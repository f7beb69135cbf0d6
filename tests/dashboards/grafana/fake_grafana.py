"""A FAKE Grafana: the few paths of its API that a push uses, in memory. No live Grafana could be had for the tests.

It answers as grafana-client 5.1.4 and Grafana's documentation of the API say, and adds fields of its own as Grafana does.
What a real Grafana thinks of a dashboard it does not know.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

TOKEN = "glsa_fake"


class FakeGrafana:
    """Its address, what it holds, and what it was asked.

    Attributes:
        url: of it.
        held: documents by path.
        asked: method and path of each request.
        refuses: a path that answers 412 with Grafana's words.
    """

    def __init__(self) -> None:
        self.held: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.refuses = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("GET")

            def do_POST(self) -> None:
                self._answer("POST")

            def do_PUT(self) -> None:
                self._answer("PUT")

            def _answer(self, method: str) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                status, content = outer.answer(
                    method, unquote(self.path), body, self.headers.get("Authorization", "")
                )
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, body: Any, authorization: str) -> tuple[int, Any]:
        """Status and body of the answer to a request."""
        self.asked.append((method, path))
        if authorization != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        if path == "/api/frontend/settings":
            return 200, {"buildInfo": {"version": "12.4.0-fake"}}
        if self.refuses and path.startswith(self.refuses):
            return 412, {"message": "Cannot save provisioned dashboard"}
        if method == "GET":
            return (200, self.held[path]) if path in self.held else (404, {"message": "not found"})
        stored, content = self._stored(path, body)
        self.held[stored] = content
        return 200, {"uid": stored.rpartition("/")[2]}

    def _stored(self, path: str, body: Any) -> tuple[str, Any]:
        """Under which path it can be had again, and as what."""
        if path == "/api/dashboards/db":
            dashboard = body["dashboard"] | {"id": 7, "version": 3}
            return f"/api/dashboards/uid/{dashboard['uid']}", {
                "dashboard": dashboard,
                "meta": {"folderUid": body["folderUid"]},
            }
        if path == "/api/folders":
            return f"/api/folders/{body['uid']}", body | {"id": 5}
        if path.startswith("/api/datasources"):
            plain = {key: value for key, value in body.items() if key != "secureJsonData"}
            return f"/api/datasources/uid/{body['uid']}", plain | {"id": 2, "readOnly": False}
        rules = [rule | {"id": number, "provenance": "api"} for number, rule in enumerate(body["rules"])]
        return path, body | {"rules": rules}
