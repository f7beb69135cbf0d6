"""Signing in and out: what a session is worth, and when it is over."""

from __future__ import annotations

import time

import httpx
from web_plant import CASE, WORD, Client, free_port, serving

from dashboards.web.settings import ServeSettings
from ledger.people import People


def test_signing_in(web):
    """Says who, with which rights; the cookie is for the server alone and for no other site's pages."""
    assert web.get("/api/v1/session").status_code == 401
    signed = web.sign_in("olga")
    assert signed.status_code == 200
    assert signed.json()["rights"] == ["act", "read"]
    cookie = signed.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert web.get("/api/v1/session").json() == signed.json()


def test_a_refusal_does_not_say_why(web):
    """A wrong password and an unknown id are the same answer."""
    wrong, unknown = web.sign_in("ann", "wrong password"), web.sign_in("nobody", WORD)
    assert (wrong.status_code, wrong.json()["type"]) == (401, "/problems/sign-in-refused")
    assert wrong.text == unknown.text
    assert "set-cookie" not in wrong.headers


def test_what_is_no_text_signs_nobody_in(web):
    """Half a character in an id, a password, a role or a step: refused, not a fault."""
    for body in (b'{"who": "\\ud800", "password": "x"}', b'{"who": "ann", "password": "\\ud800 and more"}'):
        answer = web.post("/api/v1/session", content=body, headers={"content-type": "application/json"})
        assert answer.status_code in (401, 422), answer.text
    web.sign_in("olga")
    for body in (
        b'{"entered": {"text": "\\ud800"}}',
        b'{"entered": {"\\ud800": "x"}}',
        b'{"role": "\\ud800", "entered": {"text": "x"}}',
        b'{"who": "\\ud800", "password": "x", "entered": {"text": "x"}}',
    ):
        headers = {"content-type": "application/json"}
        answer = web.post(f"/api/v1/cases/{CASE}/note", content=body, headers=headers)
        assert answer.status_code in (401, 409, 422), (body, answer.text)


def test_lock_out(web):
    """After five wrong passwords not even the right one is taken."""
    for _ in range(5):
        assert web.sign_in("ann", "wrong password").status_code == 401
    assert web.sign_in("ann").status_code == 401
    assert web.sign_in("bob").status_code == 200


def test_many_wrong_passwords_of_one_address(web):
    """Whatever ids are tried, an address is told to wait; who is signed in already goes on."""
    assert web.sign_in("olga").status_code == 200
    tries = [web.post("/api/v1/session", json={"who": f"x{n}", "password": "y"}) for n in range(30)]
    assert {each.status_code for each in tries} == {401, 429}
    assert int(tries[-1].headers["retry-after"]) >= 1
    assert web.act("acknowledge").status_code == 202


def test_right_passwords_cost_nothing(web):
    """A shift of people behind one address signs in."""
    assert {web.sign_in("ann").status_code for _ in range(25)} == {200}


def test_signing_out(web):
    """The cookie is worth nothing any more, also where somebody has a copy."""
    web.sign_in("ann")
    copy = dict(web.cookies)
    assert web.delete("/api/v1/session", headers={"x-csrf-token": "x"}).status_code == 403
    assert web.delete("/api/v1/session").status_code == 204
    assert not web.cookies
    assert httpx.get(f"{web.base_url}/api/v1/session", cookies=copy).status_code == 401


def test_signing_in_again_ends_the_session_before(web):
    """Nobody is left signed in on a phone that changes hands."""
    web.sign_in("ann")
    copy = dict(web.cookies)
    web.sign_in("bob")
    assert httpx.get(f"{web.base_url}/api/v1/session", cookies=copy).status_code == 401


def test_a_restart_signs_nobody_out(plant):
    """Another server process on the same folder knows the session; its token for forms stays good."""
    settings = ServeSettings(port=free_port())
    with serving(plant, settings) as url, Client(base_url=url, timeout=30) as client:
        client.sign_in("ann")
        cookies, token = dict(client.cookies), client.headers["x-csrf-token"]
    with serving(plant, settings) as url, Client(base_url=url, timeout=30, cookies=cookies) as client:
        client.headers["x-csrf-token"] = token
        assert client.act("acknowledge").status_code == 202


def test_a_new_password_and_leaving_end_sessions(plant, web):
    """At once, although another process changed it."""
    web.sign_in("ann")
    other = Client(base_url=web.base_url, timeout=30)
    other.sign_in("bob")
    people = People(plant.site.data / "people.db")
    people.set_password("ann", "another long password")
    people.set_active("bob", False)
    people.close()
    assert web.get("/api/v1/session").status_code == 401
    assert other.get("/api/v1/session").status_code == 401
    other.close()


def test_a_session_ends_by_itself(plant):
    """When it was not used for as long as the site file says."""
    settings = ServeSettings.model_validate({"port": free_port(), "idle": "50 ms", "longest": "1 h"})
    with serving(plant, settings) as url, Client(base_url=url, timeout=30) as client:
        client.sign_in("ann")
        time.sleep(0.1)
        assert client.get("/api/v1/session").status_code == 401


def test_a_token_of_another_session(web):
    """Every session has its own; without the right one nothing is changed."""
    web.sign_in("ann")
    other = Client(base_url=web.base_url, timeout=30)
    other.sign_in("ann")
    for wrong in ({"x-csrf-token": other.headers["x-csrf-token"]}, {"x-csrf-token": ""}):
        refused = web.act("acknowledge", headers=wrong)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/cross-site")
    other.close()
