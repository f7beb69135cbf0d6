"""What messages say, in both languages, and how long they get."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notice_plant import PLAN, START, site_settings

import dashboards.notices
from dashboards.notices import health_message
from dashboards.notices import message as messages
from dashboards.notices.agenda import SILENCE, Telling
from dashboards.notices.causes import LATE, Batch, Cause
from dashboards.notices.message import FIELD, TEXT, message, plain, speak
from dashboards.notices.routes import Route
from dashboards.notices.watch import Seen, Silent
from dashboards.views.silent_ends import SilentEnd
from readings.times import MINUTE, NEVER
from rules.notices import Turn
from rules.plan import Plan
from rules.plan_check import load_plan

ROOM = Path(dashboards.notices.__file__).parent
LONG = "超长名称 " * 12


def plan_named(name: str) -> Plan:
    """The plan, everything in it named so."""
    plan = load_plan(PLAN, "plan.yaml").model_copy(deep=True)
    names = {"zh": name, "en": name}
    limit = plan.ccps[0].critical[0].model_copy(update={"name": names})
    ccp = plan.ccps[0].model_copy(update={"name": names, "critical": [limit]})
    rung = plan.notices[3].model_copy(update={"when": name, "propose": name})
    return plan.model_copy(
        update={
            "name": names,
            "site": plan.site.model_copy(update={"name": names}),
            "ccps": [ccp],
            "marked": names,
            "notices": [*plan.notices[:3], rung],
        }
    )


def seen(kind: str = "deviation", **changed) -> Seen:
    said = {
        "id": "e1",
        "told": "e1",
        "line": "cold-3",
        "ccp": "CCP1",
        "limit": "air",
        "unit": "Z1",
        "kind": kind,
        "start": START,
        "end": NEVER,
        "worst": "-10.0" if kind == "deviation" else "",
        "plan": "h",
    }
    return Seen(**said | changed)


def telling(plan: Plan, fact: Seen | Silent, rung: int = 0, **changed) -> Telling:
    kind = fact.kind if isinstance(fact, Seen) else SILENCE
    return Telling(Turn("e1", rung), START, "e1", plan.notices[rung], plan, fact, kind, **changed)


def said(language: str, *tellings: Telling, cause: str = "x", source: str = "", total: int = 0):
    batch = Batch(Cause(cause, source), list(tellings))
    return message(
        batch, Route("keeper", "pager", language), id_="i", public_url="https://haccp.example/", total=total
    )


@pytest.mark.parametrize(
    ("language", "units", "words"),
    [
        ("en", ["3"], "hall unit 3 silent"),
        ("zh", ["3"], "hall 从站 3 无应答"),
        ("en", ["12", "3"], "hall unit 3, 12 silent"),
    ],
)
def test_units_of_a_link_that_do_not_answer_are_named(language, units, words):
    """Of one loss instead of a value, of several as what it is about; long names leave the numbers legible."""
    plan = load_plan(PLAN, "plan.yaml")
    ends = {SilentEnd("hall", "unit", unit): None for unit in units}
    batch = Batch(Cause("units hall 0"), [telling(plan, seen("monitoring_loss"))], ends)
    route = Route("keeper", "pager", language)
    one = message(batch, route, id_="i", public_url=None).fields
    assert one.value == words
    batch.tellings.append(
        Telling(Turn("e2", 0), START, "e2", plan.notices[0], plan, seen("monitoring_loss"), "monitoring_loss")
    )
    many = message(batch, route, id_="i", public_url=None).fields
    assert many.what == words
    batch.ends = {SilentEnd("x" * 40, "unit", str(unit)): None for unit in (247, 3, 11, 12, 13)}
    fields = message(batch, route, id_="i", public_url=None).fields
    assert len(fields.what) <= FIELD
    assert " 3, 11, 12" in fields.what.replace("…", "")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "edge: plant/oven, plant/packe… gone"), ("zh", "edge：plant/oven, plant/packe… 离线")],
)
def test_edge_nodes_and_devices_that_are_gone_are_named(language, words):
    """As health names them, the shortest first, and never longer than a part of a message may be."""
    plan = load_plan(PLAN, "plan.yaml")
    ends = {
        SilentEnd("edge", "device", "plant/packer/cs2"): None,
        SilentEnd("edge", "node", "plant/oven"): None,
    }
    batch = Batch(Cause("behind edge 0"), [telling(plan, seen("monitoring_loss"))], ends)
    value = message(batch, Route("keeper", "pager", language), id_="i", public_url=None).fields.value
    assert value == words
    assert len(value) <= FIELD


def test_where_what_value_against_limit_and_since_when():
    """All of it in one line, in site time, with the link of the case."""
    plan = load_plan(PLAN, "plan.yaml")
    one = telling(plan, seen())
    assert said("en", one).text == (
        "Deviation Air temperature, -10 °C, limit ≤ -15.0 °C. Cold store 3 CCP1 Z1 Frozen storage."
        " Since 12-01 08:00. https://haccp.example/cases/e1"
    )
    assert said("zh", one).text == (
        "偏离 空气温度，-10 °C，限值 ≤ -15.0 °C。3 号冷库 CCP1 Z1 冻藏, 速冻食品厂。自 12-01 08:00 起。"
        " https://haccp.example/cases/e1"
    )
    assert said("zh", one).subject == "偏离 空气温度：3 号冷库 CCP1 Z1 冻藏, 速冻食品厂"


@pytest.mark.parametrize("kind", ["monitoring_loss", "instrument_fault", "something_new"])
def test_every_kind_of_event_can_be_told(kind):
    """Also one that a later release brings."""
    plan = load_plan(PLAN, "plan.yaml")
    for language in ("zh", "en"):
        text = said(language, telling(plan, seen(kind))).text
        assert "CCP1" in text
        assert "{" not in text


def test_a_mark_on_the_plan_stands_in_the_message():
    """Demo times are not taken for an alarm's."""
    assert "(demo times)" in said("en", telling(plan_named("demo times"), seen())).text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", [LONG, "x" * 200])
def test_messages_stay_short(language, name):
    """Every part fits a variable of an SMS template, the whole fits a few SMS, however long the names are."""
    plan = plan_named(name)
    silent = Silent("e1", "cold-3", "CCP1", "air", "Z1", START, START, "h", ["cold-3/air/Z1.1"])
    facts: list[Seen | Silent] = [seen(), seen("monitoring_loss", end=START + MINUTE), silent]
    all_ = [said(language, telling(plan, fact, rung)) for fact in facts for rung in range(4)]
    all_.append(said(language, *(telling(plan, fact) for fact in facts), source=name, total=4000))
    all_.append(said(language, *(telling(plan, fact) for fact in facts), cause=LATE))
    for each in all_:
        fields = each.fields
        assert max(map(len, (fields.where, fields.what, fields.value, fields.since))) <= FIELD
        assert len(each.text) - len(fields.link) <= TEXT
        assert len(each.subject) <= 2 * FIELD + 2


def test_a_common_message_fits_two_sms():
    """In Chinese an SMS has 70 characters, 67 where they are joined."""
    plan = load_plan(PLAN, "plan.yaml")
    text = said("zh", telling(plan, seen())).text
    assert len(text) - len("https://haccp.example/cases/e1") <= 2 * 67


@given(st.text())
def test_names_bring_no_markup_and_no_lines(name):
    """What a plan or a device calls itself is text: no markup of chats and mails, no breaks, no direction marks."""
    clean = plain(name, 1000)
    assert not set("<>[]`*|\\\n\r\t\x00\u202e\u2028") & set(clean)
    assert len(plain(name)) <= FIELD


def test_names_are_harmless_in_whole_messages():
    """A link or a mention in a name arrives as its characters, broken."""
    plan = plan_named("<b>[x](http://evil)\n@all")
    text = said("en", telling(plan, seen())).text
    assert "<" not in text
    assert "](" not in text
    assert "\n" not in text


def test_the_catalogue_is_complete_and_has_nothing_else():
    """Every text of this package has its Chinese, with the same values in it."""
    used = {text for pair in messages._KINDS.values() for text in pair} | {"{count} events"}
    used |= {*health_message._SAID.values(), *health_message._EFFECTS.values()}
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "say"
                and isinstance(node.args[0], ast.Constant)
            ):
                used.add(str(node.args[0].value))
            if isinstance(node, ast.Dict) and {"acknowledged", "contained"} == {
                getattr(key, "value", None) for key in node.keys
            }:
                used |= {str(value.value) for value in node.values if isinstance(value, ast.Constant)}
    texts = speak("zh").texts
    assert set(texts) == used
    for english, chinese in texts.items():
        assert sorted(english.replace("}", "{").split("{")[1::2]) == sorted(
            chinese.replace("}", "{").split("{")[1::2]
        )


def test_links_lead_to_the_case_the_line_or_the_problem_list():
    """One case: its page; a silence that is none yet: its line; several: the list; no address: none."""
    plan = load_plan(PLAN, "plan.yaml")
    silent = Silent("e1", "cold-3", "CCP1", "air", "Z1", START, START, "h", [])
    quiet = Telling(Turn("e1", 0), START, "", plan.notices[0], plan, silent, SILENCE)
    other = Telling(Turn("e2", 0), START, "e2", plan.notices[0], plan, seen(), "deviation")
    assert said("en", quiet).fields.link == "https://haccp.example/lines/cold-3"
    assert said("en", telling(plan, seen()), other).fields.link == "https://haccp.example/cases"
    assert site_settings().public_url == "https://haccp.example"


def test_a_look_back_names_every_limit_that_is_decided_again():
    """An instrument that failed its calibration is told under its first limit, and the others are named beside it."""
    plan = load_plan(PLAN, "plan.yaml")
    one = telling(plan, seen("instrument_fault", others=["CCP1/near", "OPRP1/room"]))
    assert "Decided again too: CCP1/near, OPRP1/room." in said("en", one).text
    assert "一并重新判定：CCP1/near, OPRP1/room。" in said("zh", one).text
