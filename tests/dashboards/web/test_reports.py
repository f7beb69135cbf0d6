"""Papers over the API: who may have them, and that they are what the reports give."""

from __future__ import annotations

import json

import jsonschema


def test_a_report_needs_the_right_to_export(web):
    """Without a person it is 401; an operator is refused; qa gets PDF and JSON, which fits its schema."""
    case = web.get("/api/v1/cases", params={"state": "all"}).json()["cases"][0]["id"]
    path = f"/api/v1/cases/{case}/report"
    assert web.get(path).status_code == 401
    web.sign_in("olga")
    assert web.get(path).status_code == 403
    web.sign_in("reg")
    pdf = web.get(path, params={"lang": "en"})
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert pdf.content.startswith(b"%PDF-")
    said = web.get(path, params={"format": "json"}).json()
    jsonschema.validate(said, web.get("/api/v1/schemas/deviation-report").json())
    assert case in json.dumps(said)
    assert web.get("/api/v1/cases/none/report").status_code == 404


def test_the_daily_record_of_a_line(web):
    """A day that is over, as PDF and JSON; a line or a day that is not there is told."""
    web.sign_in("reg")
    said = web.get("/api/v1/lines/cold-3/days/2026-12-01", params={"format": "json"})
    assert said.status_code == 200, said.text
    jsonschema.validate(said.json(), web.get("/api/v1/schemas/daily-record").json())
    assert web.get("/api/v1/lines/cold-3/days/2026-12-01").content.startswith(b"%PDF-")
    assert web.get("/api/v1/lines/none/days/2026-12-01").status_code == 404
    assert web.get("/api/v1/lines/cold-3/days/2031-01-01").status_code in (404, 409, 422)
    assert web.get("/api/v1/lines/cold-3/days/yesterday").status_code == 422
