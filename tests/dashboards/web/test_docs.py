"""The pages on the API and on security say what is: requests are sent, tables are held against the program."""

from __future__ import annotations

import doctest
import json
import re
from pathlib import Path
from typing import Any

from web_plant import Client

from dashboards.web.exports import KEPT, WAITING
from dashboards.web.problems import PROBLEMS
from dashboards.web.rate import RATES
from dashboards.web.rights import ROLE_RIGHTS, SCOPE_RIGHTS, Right, steps_of
from dashboards.web.settings import ServeSettings
from dashboards.web.shield import MAX_BODY
from rules.strict_model import read_model

DOCS = Path(__file__).parents[3] / "docs"
_REQUEST = re.compile(r"```http\n(\w+) (\S+)\n(.*?)\n?\n(\d{3})\n(.*?)```", re.DOTALL)


def table(page: str, *head: str) -> list[list[str]]:
    """The rows of the one table with this head."""
    (text,) = re.findall(
        re.escape("| " + " | ".join(head) + " |") + r"\n\|[-|]+\|\n((?:\|.*\|\n)+)",
        (DOCS / page).read_text("utf-8"),
    )
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()]


def test_every_request_shown_is_answered_as_shown(web: Client) -> None:
    """One after another, as a reader would send them."""
    shown = _REQUEST.findall((DOCS / "api.md").read_text(encoding="utf-8"))
    assert len(shown) >= 8
    csrf = ""
    for method, path, rest, status, expected in shown:
        lines = rest.splitlines()
        headers = dict(line.split(": ", 1) for line in lines if re.match(r"[\w-]+: ", line))
        body = "\n".join(line for line in lines if line.startswith("{"))
        headers = {name: value.replace("{csrf}", csrf) for name, value in headers.items()}
        if body:
            headers["content-type"] = "application/json"
        answer = web.request(method, path, content=body, headers=headers)
        assert answer.status_code == int(status), (method, path, answer.text)
        told: Any = answer.json()
        csrf = told.get("csrf", csrf) if isinstance(told, dict) else csrf
        said = json.dumps(told, ensure_ascii=False)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        checker = doctest.OutputChecker()
        assert checker.check_output(expected.strip() + "\n", said + "\n", flags), (path, said)


def test_every_operation_stands_in_the_table(web: Client) -> None:
    """And none that there is not."""
    spec = web.get("/api/v1/openapi.json").json()
    known = {(method.upper(), path) for path, each in spec["paths"].items() for method in each}
    assert {(row[0], row[1]) for row in table("api.md", "method", "path", "what")} == known


def test_problem_types() -> None:
    """Each with its status."""
    rows = {row[0]: int(row[1]) for row in table("api.md", "type", "status", "meaning")}
    assert rows == {slug: kind.status for slug, kind in PROBLEMS.items()}


def test_roles_and_scopes() -> None:
    """Rights and steps are those of the one table in the program."""
    rights = list(Right)
    roles = table("security.md", "role", *rights, "steps of a case")
    assert {
        row[0]: {right for right, cell in zip(rights, row[1:-1], strict=True) if cell} for row in roles
    } == ROLE_RIGHTS
    assert {row[0]: [step for step in row[-1].split(", ") if step] for row in roles} == {
        role: steps_of(role) for role in ROLE_RIGHTS
    }
    scopes = table("security.md", "scope", *rights)
    told = {row[0]: {right for right, cell in zip(rights, row[1:], strict=True) if cell} for row in scopes}
    assert told == SCOPE_RIGHTS


def test_rates() -> None:
    """As many at once and a minute as the program takes."""
    rows = table("security.md", "class", "what", "at once", "then")
    assert {row[0]: (int(row[2]), int(row[3].split()[0])) for row in rows} == {
        name: (rate.burst, round(rate.per_second * 60)) for name, rate in RATES.items()
    }


def test_settings() -> None:
    """Every key of the section stands there, and its defaults are the program's."""
    rows = {row[0]: row[1] for row in table("security.md", "key of serve", "meaning")}
    assert set(rows) == set(ServeSettings.model_fields)
    (block,) = re.findall(r"```yml\n(.*?)```", (DOCS / "security.md").read_text("utf-8"), re.DOTALL)
    assert read_model(ServeSettings, block, "security.md")[0].guarded().tls is not None
    settings = ServeSettings()
    assert settings.host in rows["host"]
    assert str(settings.port) in rows["port"]
    assert "1 h" in rows["idle"]
    assert "12 h" in rows["longest"]
    assert (settings.idle, settings.longest) == (3_600_000_000_000, 43_200_000_000_000)


def test_numbers() -> None:
    """Sizes and counts named in the text."""
    security, api = (DOCS / "security.md").read_text("utf-8"), (DOCS / "api.md").read_text("utf-8")
    assert MAX_BODY == 1 << 20
    assert "1 MiB" in security
    assert (WAITING, KEPT) == (4, 8)
    assert "four may wait" in api
    assert "last eight" in api
