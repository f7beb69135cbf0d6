"""Cases over the API: their history, their steps, their signatures."""

from __future__ import annotations

from web_plant import CASE, WORD

from dashboards.web.shapes_cases import CaseHistory, Cases, ProblemList
from readings.times import parse_time

ANSWERS = {"cause": "door", "control": "cold again", "recurrence": "alarm", "product": "none"}


def test_open_cases(web):
    """Those that are not over; every time is RFC 3339."""
    found = Cases.model_validate(web.get("/api/v1/cases").json())
    case = next(each for each in found.cases if each.id == CASE)
    assert (case.stage, case.returned, case.kinds) == ("open", True, ["deviation"])
    assert (case.opened, case.events[0].worst) == ("2026-12-01T03:24:00Z", -4.4)
    assert parse_time(case.known) > parse_time(case.opened)
    assert found.next is None
    assert web.get("/api/v1/cases", params={"line": "other"}).json()["cases"] == []
    last = found.cases[-1].opened_seq
    assert web.get("/api/v1/cases", params={"after": last}).json()["cases"] == []


def test_a_case_to_its_end(web, plant):
    """Acknowledged, contained, corrected by one; the same one cannot close it; another signs, and it is over."""
    assert web.sign_in("ann").status_code == 200
    for action, texts, stage in (
        ("acknowledge", {}, "acknowledged"),
        ("contain", {"lots": ["L1"], "correction": "moved"}, "contained"),
        ("correct", ANSWERS, "corrected"),
    ):
        assert web.act(action, **texts).status_code == 202
        plant.hear()
        shown = web.get(f"/api/v1/cases/{CASE}").json()
        assert shown["stage"] == stage
    disposed = web.act("dispose", lot="L1", disposition="release", evaluation="cold", password=WORD)
    assert disposed.status_code == 202
    plant.hear()
    refused = web.act("close", verification="read", password=WORD)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/cannot-be-done-now")
    assert "verifier is not the actor" in refused.json()["detail"]
    web.sign_in("bob")
    assert web.act("close", verification="read", password=WORD).status_code == 202
    plant.hear()
    assert CASE not in [each["id"] for each in web.get("/api/v1/cases").json()["cases"]]
    (over,) = web.get("/api/v1/cases", params={"state": "over"}).json()["cases"]
    assert (over["stage"], over["lots"]) == ("closed", {"L1": "release"})
    history = CaseHistory.model_validate(web.get(f"/api/v1/cases/{CASE}").json())
    assert [act.action for act in history.acts] == ["acknowledge", "contain", "correct", "dispose", "close"]
    assert history.acts[-1].body["signature"]["who"] == "bob"
    assert history.steps == []
    assert web.get(f"/api/v1/records/{history.records[-1]}").json()["kind"] == "case.closed"
    assert web.act("note", text="late").status_code == 409


def test_a_signature_asks_for_the_password_again(web, plant):
    """A live session is not enough, a wrong password is none, and no other person's is taken."""
    web.sign_in("ann")
    missing = web.act("void", reason="a trial")
    assert (missing.status_code, missing.json()["type"]) == (409, "/problems/cannot-be-done-now")
    assert "password again" in missing.json()["detail"]
    assert web.act("void", reason="a trial", password="wrong password").status_code == 401
    assert plant.entered() == []
    assert web.act("void", reason="a trial", password=WORD).status_code == 202
    (act,) = plant.entered()
    assert act.body["signature"]["who"] == "ann"


def test_without_a_session_a_password_says_who(web, plant):
    """As programs that people use may do it; wrong ones are refused, and a claimed role must be theirs."""
    assert web.act("acknowledge").status_code == 401
    assert web.act("acknowledge", who="olga", password="wrong password").status_code == 401
    assert web.act("acknowledge", who="olga", password=WORD, role="qa").status_code == 409
    assert web.act("acknowledge", who="olga", password=WORD).status_code == 202
    (act,) = plant.entered()
    assert (act.who, act.body["role"]) == ("olga", "operator")


def test_what_is_not_taken(web):
    """Unknown cases, steps, texts and shapes: each its own problem."""
    web.sign_in("ann")
    token = {"x-csrf-token": web.headers["x-csrf-token"]}

    def asked(path: str, **body) -> tuple[int, str]:
        answer = web.post(f"/api/v1/cases/{path}", json=body, headers=token)
        return answer.status_code, answer.json()["type"].rpartition("/")[2]

    assert asked("nope/acknowledge") == (404, "not-found")
    assert asked(f"{CASE}/burn") == (422, "invalid-request")
    assert asked(f"{CASE}/note", entered={"text": "x", "signature": "forged"}) == (409, "cannot-be-done-now")
    assert asked(f"{CASE}/note", entered={}) == (409, "cannot-be-done-now")
    assert asked(f"{CASE}/note", entered={"text": 5}) == (422, "invalid-request")
    assert asked(f"{CASE}/note", entered={"text": "x" * 20_000}) == (409, "cannot-be-done-now")
    assert asked(f"{CASE}/close", entered={"verification": "x"}, password=WORD) == (409, "cannot-be-done-now")
    assert web.get("/api/v1/cases/nope").status_code == 404


def test_sent_again_it_is_done_once(web, plant):
    """The same key and words: the same answer, also in another server's life; other words: refused."""
    web.sign_in("ann")
    key = {"idempotency-key": "4711"}
    first = web.act("note", text="seen", headers=key)
    again = web.act("note", text="seen", headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = web.act("note", text="other", headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-key-used")
    assert len(plant.entered()) == 1
    assert web.act("note", text="seen").json()["act"] != first.json()["act"]
    web.sign_in("bob")
    assert web.act("note", text="other", headers=key).status_code == 202


def test_a_signed_step_sent_again_asks_for_the_password_again(web, plant):
    """Although it is not done again."""
    web.sign_in("ann")
    key = {"idempotency-key": "k"}
    assert web.act("void", reason="a trial", password=WORD, headers=key).status_code == 202
    assert web.act("void", reason="a trial", password="wrong password", headers=key).status_code == 401
    assert web.act("void", reason="a trial", password=WORD, headers=key).status_code == 202
    assert len(plant.entered()) == 1


def test_the_problem_list(web):
    """What comes next, by whom, until when."""
    rows = ProblemList.model_validate(web.get("/api/v1/problems").json()).problems
    row = next(each for each in rows if each.case == CASE)
    assert row.next == "acknowledge"
    assert "operator" in row.roles
    assert row.steps
