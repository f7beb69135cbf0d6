"""The API's description (OpenAPI 3.1) and a page of it for people, made here: nothing is loaded from elsewhere."""

from __future__ import annotations

import json
from html import escape
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute

from dashboards.pages.render import asset
from dashboards.web.problems import MEDIA_TYPE

PREFIX = "/api/v1"
SPEC = f"{PREFIX}/openapi.json"
REFERENCE = "/api/docs"
TAGS = {
    "site": "The site, its lines, its health.",
    "decisions": "What was decided.",
    "cases": "Cases, and what people do about them.",
    "calibrations": "What instruments were found to be off by.",
    "lines": "What people say of a line.",
    "by hand": "What people measure and enter.",
    "readings": "What was measured.",
    "ingest": "What programs hand in.",
    "completeness": "What was expected, and what came of it.",
    "evidence": "Where evidence lies that others keep.",
    "record": "The ledger itself.",
    "exports": "Packages that can be proven.",
    "reports": "Papers made of the record.",
    "session": "Signing in and out.",
}
_ABOUT = (
    "Reading is open or needs a session or an API key, as the site file says. Acting needs a person: a session with its"
    " token in X-CSRF-Token, or who and password in the request; a signed step asks for the password always, and no API"
    " key acts or signs. Times are RFC 3339 in UTC. Errors are problems as RFC 9457 has them. Lists are paged: send"
    " `next` as `after`. Answers with an ETag can be asked for with If-None-Match."
)


def described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description of what stands below /api/v1."""
    found = get_openapi(
        title="haccpline",
        version=version("haccpline"),
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    found["paths"] = {path: each for path, each in found["paths"].items() if path.startswith(PREFIX)}
    found["components"].setdefault("securitySchemes", {}).update(
        {
            "session": {"type": "apiKey", "in": "cookie", "name": app.state.cookie},
            "key": {"type": "http", "scheme": "bearer", "description": "An API key, hccp_…"},
        }
    )
    for path in found["paths"].values():
        for method, operation in path.items():
            operation["responses"]["default"] = _problem()
            people = method != "get" and "exports" not in operation["tags"]
            operation["security"] = (
                [{"key": []}]
                if "ingest" in operation["tags"]
                else [{"session": []}, *([] if people else [{"key": []}]), {}]
            )
    return found


def operation_id(route: APIRoute) -> str:
    """The name of what a route does: that of its function."""
    return route.name


def add_reference(app: FastAPI) -> None:
    """Serve the description and its page."""

    @app.get(SPEC, include_in_schema=False)
    def openapi() -> JSONResponse:
        return JSONResponse(app.openapi(), headers={"Cache-Control": "public, max-age=300"})

    @app.get(REFERENCE, include_in_schema=False)
    def reference(_request: Request) -> HTMLResponse:
        return HTMLResponse(page_of(app.openapi()))


def page_of(spec: dict[str, Any]) -> str:
    """A page that lists every operation with its parameters and shapes."""
    parts = [f"<h1>{escape(spec['info']['title'])} API {escape(spec['info']['version'])}</h1>"]
    parts.append(f'<p>{escape(spec["info"]["description"])}</p><p><a href="{SPEC}">OpenAPI 3.1</a></p>')
    for tag in spec["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>")
        for path, methods in spec["paths"].items():
            parts += [
                _operation(method, path, each)
                for method, each in methods.items()
                if tag["name"] in each["tags"]
            ]
    parts.append("<h2>Shapes</h2>")
    for name, schema in sorted(spec["components"]["schemas"].items()):
        parts.append(f'<h3 id="{escape(name)}">{escape(name)}</h3>{_pre(schema)}')
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>haccpline API</title>'
        f'<link rel="stylesheet" href="{asset("site.css")}"></head>'
        f"<body><main>{''.join(parts)}</main></body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{each['in']}</td>"
        f"<td>{'must' if each.get('required') else 'may'}</td><td>{escape(each.get('description', ''))}</td></tr>"
        for each in operation.get("parameters", ())
    )
    table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    shapes = [("takes", body)] if body else []
    for status, answer in operation["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        if schema:
            shapes.append((f"answers {status}", schema))
    told = "".join(f"<p>{escape(what)}: {_shape(schema)}</p>" for what, schema in shapes)
    return (
        f'<section id="{escape(operation["operationId"])}"><h3><code>{method.upper()} {escape(path)}</code></h3>'
        f"<p>{escape(operation.get('description', ''))}</p>{table}{told}</section>"
    )


def _shape(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    return f'<a href="#{escape(name)}">{escape(name)}</a>' if name else _pre(schema)


def _pre(schema: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(schema, indent=1, ensure_ascii=False))}</pre>"


def _problem() -> dict[str, Any]:
    return {
        "description": "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
