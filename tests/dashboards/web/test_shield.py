"""What every request passes, and what every answer carries."""

from __future__ import annotations

import secrets

import httpx
import pytest
from web_plant import Client, free_port, serving

from dashboards.web.settings import ServeSettings

SAFE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}


def test_every_answer_carries_the_headers(web):
    """Pages, answers, problems and refusals alike: no script from elsewhere, no frame, nothing kept by caches."""
    answers = [
        web.get("/api/v1/site"),
        web.get("/nowhere", headers={"accept": "text/html"}),
        web.get("/problems/internal"),
        web.get("/api/v1/site", headers={"host": "evil.example"}),
        web.post("/api/v1/session", json={}),
        web.delete("/api/v1/site"),
    ]
    assert [each.status_code for each in answers] == [200, 404, 200, 421, 422, 405]
    for answer in answers:
        assert SAFE.items() <= dict(answer.headers).items()
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self';")
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
        assert "strict-transport-security" not in answer.headers


def test_a_name_that_is_not_ours_is_refused(plant):
    """A page of somebody else whose name is made to point here reads nothing (DNS rebinding)."""
    settings = ServeSettings(
        port=free_port(), hosts=["haccp.plant.example"], public_url="https://Out.Example:8443"
    )
    with serving(plant, settings) as url, httpx.Client(base_url=url) as client:

        def status(host: str) -> int:
            return client.get("/problems/internal", headers={"host": host}).status_code

        assert [status(host) for host in ("evil.example", "localhost.evil.example", "", "[::1", "127.0.0.1.x")] == [
            421, 421, 421, 200, 421,
        ]  # fmt: skip
        ours = ("localhost", "127.0.0.1:1", "[::1]:8600", "HACCP.plant.example", "out.example")
        assert [status(host) for host in ours] == [200] * 5


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
def test_another_sites_page_changes_nothing(web, headers):
    """Neither signs in nor acts, whatever cookies the browser sends along."""
    assert web.sign_in("ann").status_code == 200
    refused = web.act("acknowledge", headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-site")
    answer = web.post("/api/v1/session", json={"who": "ann", "password": "x"}, headers=headers)
    assert answer.status_code == 403


def test_our_own_page_may(web):
    """A browser says so in one of two ways; a program says nothing."""
    assert web.sign_in("ann").status_code == 200
    for headers in ({"origin": str(web.base_url).rstrip("/")}, {"sec-fetch-site": "same-origin"}, {}):
        assert web.act("note", text="seen", headers=headers).status_code == 202


def test_a_large_body_is_refused_before_it_is_read(web):
    """With a length, and without one."""
    said = web.post(
        "/api/v1/session", content=b"{" + b" " * (1 << 20), headers={"content-type": "application/json"}
    )
    assert (said.status_code, said.json()["type"]) == (413, "/problems/too-large")

    def chunks():
        for _ in range(40):
            yield b" " * 65536

    unsaid = web.post("/api/v1/session", content=chunks(), headers={"content-type": "application/json"})
    assert (unsaid.status_code, unsaid.json()["type"]) == (413, "/problems/too-large")


def test_too_many_requests(web):
    """Are told to wait, and for how long; others go on."""
    answers = [web.get("/problems/internal").status_code for _ in range(700)]
    assert set(answers) == {200, 429}
    late = next(
        answer for answer in (web.get("/problems/internal") for _ in range(500)) if answer.status_code == 429
    )
    assert late.headers["content-type"] == "application/problem+json"
    assert int(late.headers["retry-after"]) >= 1
    assert web.sign_in("ann").status_code == 200


def test_a_failure_is_no_traceback(plant, capsys):
    """Not in the answer; and what stands in the log shows where it failed, and no variable's value."""

    secret = secrets.token_hex(8)

    def fail() -> None:
        password = secret
        raise RuntimeError(f"{len(password)} letters")

    def change(app) -> None:
        app.get("/api/v1/fails")(fail)

    with serving(plant, change=change) as url:
        answer = httpx.get(f"{url}/api/v1/fails")
        page = httpx.get(f"{url}/api/v1/fails", headers={"accept": "text/html"})
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert page.status_code == 500
    assert "letters" not in answer.text + page.text
    printed = capsys.readouterr()
    assert "RuntimeError: 16 letters" in printed.out + printed.err
    assert secret not in printed.out + printed.err


def test_without_encryption_every_answer_says_so(plant):
    """On every address of the machine, because somebody said so; cookies are strict all the same."""
    settings = ServeSettings(host="0.0.0.0", port=free_port(), insecure_http=True)
    with serving(plant, settings) as url, Client(base_url=url) as client:
        signed = client.sign_in("ann")
        assert signed.headers["haccpline-warning"] == "served without encryption"
        assert "secure" not in signed.headers["set-cookie"].lower()
        assert client.get("/api/v1/site").json()["warning"]["en"].startswith("This site is served without")
