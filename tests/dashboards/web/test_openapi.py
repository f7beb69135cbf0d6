"""The API says of itself what it is, and whatever it is asked, it answers with no failure."""

from __future__ import annotations

import random

import pytest
from web_plant import CASE, WORD

from dashboards.web.openapi import REFERENCE, SPEC

ODD = ["", "x", "0", "-1", "1e400", "9" * 40, "2026-12-01T00:00:00Z", "1678-01-01T00:00:00Z", "2262-01-01T00:00:00Z",
       "é库", "%00", "a/b/c/d", "'; DROP TABLE record; --", "null", "[]", "../../etc/passwd"]  # fmt: skip


def test_every_operation_has_its_name_and_its_problems(shown):
    """OpenAPI 3.1, named operations, one shape for all that goes wrong, a description for each."""
    spec = shown.get(SPEC).json()
    assert spec["openapi"].startswith("3.1")
    operations = [each for path in spec["paths"].values() for each in path.values()]
    names = [each["operationId"] for each in operations]
    assert len(set(names)) == len(names) > 15
    for each in operations:
        assert each["description"]
        assert each["tags"]
        assert set(each["responses"]["default"]["content"]) == {"application/problem+json"}
        assert "422" not in each["responses"]
    assert all(path.startswith("/api/v1/") for path in spec["paths"])
    assert "HTTPValidationError" not in spec["components"]["schemas"]


def test_the_reference_loads_nothing_from_elsewhere(shown):
    """A plant has no internet; the page has no script and names every operation."""
    page = shown.get(REFERENCE)
    assert page.status_code == 200
    assert "http://" not in page.text.replace("http://127.0.0.1", "")
    assert "https://" not in page.text
    assert "<script" not in page.text
    for path in shown.get(SPEC).json()["paths"]:
        assert path in page.text
    for gone in ("/docs", "/redoc", "/openapi.json"):
        assert shown.get(gone).status_code == 404


def test_no_question_makes_it_fail(web):
    """Every GET with odd values in every place: an answer or a problem, never 500, never a page of a framework."""
    spec, draw = web.get(SPEC).json(), random.Random(7)
    web.sign_in("ann")
    asked = 0
    for path, methods in spec["paths"].items():
        if "get" not in methods:
            continue
        parameters = methods["get"].get("parameters", [])
        for _ in range(12):
            filled, query = path, {}
            for each in parameters:
                value = draw.choice(ODD)
                if each["in"] == "path":
                    filled = filled.replace("{" + each["name"] + "}", value.replace("/", "%2F") or "x")
                elif each["in"] == "query" and draw.random() < 0.7:
                    query[each["name"]] = value
            answer = web.get(filled, params=query)
            asked += 1
            assert answer.status_code < 500 or filled.endswith("/health"), (filled, query, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json", (filled, query)
                assert answer.json()["type"].startswith("/problems/")
    assert asked > 100


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "application/json"), (b"{", "application/json"), (b"[]", "application/json"), (b"\xff", "application/json"),
     (b'{"who": null}', "application/json"), (b"who=ann", "application/x-www-form-urlencoded"), (b"{}", "text/plain"),
     (b"[" * 200_000, "application/json")],
)  # fmt: skip
def test_no_body_makes_it_fail(shown, content, kind):
    """Rubbish is a problem that says where."""
    for path in ("session", f"cases/{CASE}/note", "exports"):
        answer = shown.post(f"/api/v1/{path}", content=content, headers={"content-type": kind})
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"


def test_other_methods(shown):
    """405 with what can be done, as a problem."""
    for method in ("PUT", "PATCH", "DELETE"):
        answer = shown.request(method, "/api/v1/cases")
        assert (answer.status_code, answer.json()["type"]) == (405, "/problems/method-not-allowed")
        assert "GET" in answer.headers["allow"]


def test_a_password_is_not_told_back(shown):
    """Not even in the problem that says what was wrong with the request."""
    answer = shown.post("/api/v1/session", json={"who": ["ann"], "password": WORD})
    assert answer.status_code == 422
    assert WORD not in answer.text
