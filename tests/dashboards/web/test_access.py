"""Who may read, act, sign and export: persons by their roles, keys by their scope, nobody where reading is closed."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from web_plant import CASE, PEOPLE, WORD, Client, free_port, serving

from dashboards.web.app import make_app
from dashboards.web.rights import ROLE_RIGHTS, Right
from dashboards.web.settings import ServeSettings

FILLED = {
    "line": "cold-3",
    "day": "2026-12-01",
    "report": "daily-record",
    "case": CASE,
    "action": "acknowledge",
    "seq": "1",
    "export": "x",
    "name": "indigo",
    "step": "end",
}
QUERY = {"series": "cold-3/air/CS1.1", "from": "2026-12-01T00:00:00Z", "to": "2026-12-01T01:00:00Z"}


def operations(client: httpx.Client) -> list[tuple[str, str]]:
    """Method and path of everything that the API can."""
    spec = client.get("/api/v1/openapi.json").json()
    return [
        (method.upper(), path.format(**FILLED)) for path, each in spec["paths"].items() for method in each
    ]


READ = (
    "site",
    "lines",
    "verdicts",
    "records",
    "records/1",
    "checkpoint",
    "cases",
    f"cases/{CASE}",
    "problems",
)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_nobody_reads_where_reading_is_closed(closed):
    """Everything asks for a sign-in; health says well or not, and no more."""
    for method, path in operations(closed):
        if method == "GET" and not path.endswith("health"):
            refused = closed.get(path, params=QUERY)
            assert (refused.status_code, refused.json()["type"]) == (401, "/problems/sign-in-needed"), path
            assert refused.headers["www-authenticate"] == "Bearer"
    assert set(closed.get("/api/v1/health").json()) <= {
        "type",
        "title",
        "status",
        "detail",
        "well",
        "age_seconds",
    }


PUBLIC = {"/static/{name}", "/font/noto-sans-sc.ttf", "/sign-in"}


def page_routes(routes) -> Iterator[tuple[str, str]]:
    """Method and path of every page."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from page_routes(inner.routes)
        elif getattr(getattr(route, "endpoint", None), "__module__", "").startswith("dashboards.pages"):
            yield from ((method, route.path) for method in route.methods)


def test_no_page_is_open_where_reading_is_closed(plant):
    """Whatever page is added later: without a sign-in it leads to the sign-in, or refuses; and nothing is entered."""
    settings = ServeSettings(port=free_port(), reading="signed in")
    found = list(page_routes(make_app(plant.view, settings).routes))
    assert len(found) > 10
    with serving(plant, settings) as url, httpx.Client(base_url=url, timeout=30) as client:
        for method, path in found:
            if path in PUBLIC:
                continue
            filled = path.format(**FILLED)
            body = {"csrf": "", "entered": "x", "text": "x"} if method == "POST" else None
            answer = client.request(
                method, filled, headers={"accept": "text/html"}, data=body, params={"screen": "board"}
            )
            assert answer.status_code in (303, 401, 403), (method, path, answer.status_code)
            if method == "GET":
                assert answer.headers["location"].startswith("/sign-in?next="), path
    assert plant.entered() == []


def test_a_reading_key_reads(closed, plant):
    """All that can be read, and packages; its token is not known to be anything else."""
    token = plant.key("read")
    for path in (*READ, "readings", "buckets", "exports"):
        assert closed.get(f"/api/v1/{path}", params=QUERY, headers=bearer(token)).status_code == 200, path
    assert closed.get("/api/v1/session", headers=bearer(token)).status_code == 401
    for wrong in (token[:-1], token[5:], "x"):
        refused = closed.get("/api/v1/cases", headers=bearer(wrong))
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/sign-in-refused")


def test_an_ingest_key_reads_nothing(closed, plant):
    """What it hands in is not what it may see."""
    token = plant.key("ingest")
    for path in (*READ, "readings", "buckets", "exports"):
        refused = closed.get(f"/api/v1/{path}", params=QUERY, headers=bearer(token))
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed"), path


@pytest.mark.parametrize("scope", ["read", "ingest"])
def test_no_key_acts_or_signs(web, plant, scope):
    """Not even with a person's password beside it, nor with their session: a key is a program's."""
    web.sign_in("ann")
    headers = bearer(plant.key(scope)) | {"x-csrf-token": web.headers["x-csrf-token"]}
    changing = [(method, path) for method, path in operations(web) if method != "GET"]
    assert len(changing) == 8
    value = {"who": "olga", "password": WORD, "value": "0.35"}
    refused = web.post("/api/v1/lines/cold-3/by-hand/indigo", json=value, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    for action in ("acknowledge", "contain", "correct", "dispose", "note", "close", "void"):
        for who in ({}, {"who": "ann", "password": WORD}):
            body = who | {"entered": {"text": "x"}}
            refused = web.post(f"/api/v1/cases/{CASE}/{action}", json=body, headers=headers)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-allowed")
    assert (
        web.post("/api/v1/session", json={"who": "ann", "password": WORD}, headers=headers).status_code == 403
    )
    assert plant.entered() == []


def test_a_revoked_key_opens_nothing(closed, plant):
    """At once."""
    from ledger.api_keys import ApiKeys

    token = plant.key("read")
    assert closed.get("/api/v1/site", headers=bearer(token)).status_code == 200
    keys = ApiKeys(plant.site.data / "people.db")
    keys.withdraw(token.split("_")[1])
    keys.close()
    assert closed.get("/api/v1/site", headers=bearer(token)).status_code == 401


@pytest.mark.parametrize("who", PEOPLE)
def test_roles(closed, plant, who):
    """What each role may do is what the one table says."""
    (role,) = PEOPLE[who][1]
    rights = ROLE_RIGHTS[role]
    assert closed.sign_in(who).json()["rights"] == sorted(rights)
    assert closed.get("/api/v1/cases").status_code == 200
    assert closed.act("note", text="seen").status_code == (202 if Right.ACT in rights else 403)
    voided = closed.act("void", reason="a trial", password=WORD)
    assert voided.status_code == (202 if Right.SIGN in rights else 403)
    exported = closed.post("/api/v1/exports", json={})
    assert exported.status_code == (202 if Right.EXPORT in rights else 403)
    assert closed.get("/api/v1/exports").status_code == (200 if Right.EXPORT in rights else 403)


def test_nobody_exports_unknown(web):
    """Also where reading is open: a package leaves the house."""
    assert web.get("/api/v1/cases").status_code == 200
    assert web.get("/api/v1/exports").status_code == 401
    assert web.post("/api/v1/exports", json={}).status_code == 401


def test_a_role_taken_away_counts_at_once(web, plant):
    """A session has the roles that its person has now."""
    from ledger.credentials import Credentials

    web.sign_in("ann")
    store = Credentials(plant.site.data / "people.db")
    with store.writing() as writing:
        writing.execute("UPDATE person SET roles = 'auditor' WHERE id = 'ann'")
    store.close()
    assert web.act("note", text="x").status_code == 403


def test_two_clients_are_two(web):
    """A session is its cookie's, not its address's."""
    web.sign_in("ann")
    with Client(base_url=web.base_url) as other:
        assert other.get("/api/v1/session").status_code == 401
