"""The `notices:` section of a site file, and what of a plan it cannot do."""

from __future__ import annotations

import pytest
from notice_plant import PLAN, site_settings

from dashboards.notices.routes import notice_findings, routes
from dashboards.notices.settings import AppriseChannel, NoticeSettings, SirenChannel, Webhook
from rules.faults import PlanError
from rules.ladder import Notice
from rules.plan_check import load_plan
from rules.strict_model import read_model

WHOLE = """
public_url: https://haccp.plant.example
quiet: 22:00-06:00
channels:
  pager: {webhook: "https://alarms.plant.example/haccp", secret_file: /etc/haccpline/pager.secret}
  wecom: {apprise_file: /etc/haccpline/wecom.url}
  sms: {apprise_env: HACCPLINE_SMS, addressed: true}
  siren: {siren: "tcp://10.0.4.9:502", coil: 3, enabled: true, lasts: 20 s}
people:
  filler operator: {language: zh, by: {wecom: zhang, sms: "+8613800000000"}}
  officer: {language: en}
groups: {team: [filler operator, officer]}
"""


def fault(text: str) -> str:
    with pytest.raises(PlanError) as caught:
        read_model(NoticeSettings, text, "site.yaml")
    return str(caught.value)


def test_each_channel_is_what_its_keys_say():
    """Webhook, apprise and siren are known by their first key."""
    settings, _ = read_model(NoticeSettings, WHOLE, "site.yaml")
    kinds = {name: type(channel) for name, channel in settings.channels.items()}
    assert kinds == {
        "pager": Webhook,
        "wecom": AppriseChannel,
        "sms": AppriseChannel,
        "siren": SirenChannel,
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("https://alarms", "http://alarms", "to another machine only https"),
        ("https://alarms", "https://me:secret@alarms", "no password in an address"),
        ("apprise_env: HACCPLINE_SMS", "apprise_env: A, apprise_file: b", "one of the two"),
        ("apprise_env: HACCPLINE_SMS", "apprise: 'wecombot://key'", "unknown key apprise"),
        ("coil: 3", "coils: 3", "unknown key coils; did you mean coil?"),
        ("coil: 3", "topic: a", "has a coil"),
        ("tcp://10.0.4.9:502", "mqtt://10.0.4.9", "at mqtt:// a topic"),
        ("tcp://10.0.4.9:502", "udp://10.0.4.9", "is no siren"),
        ("lasts: 20 s", "lasts: 10 min", "up to 5 min: it is always released"),
        ("lasts: 20 s", "pulse: 10 s", "shorter than the whole"),
        ("  pager:", "  horn: {siren: 'mqtt://h', topic: t}\n  pager:", "a site has one siren"),
        ("{wecom: zhang", "{wechat: zhang", "there is no channel wechat"),
        ("[filler operator, officer]", "[filler operator, offcer]", "people names nobody called offcer"),
        ("[filler operator, officer]", "[]", "has nobody in it"),
        ("22:00-06:00", "10pm", "is no span of the day"),
        ("language: en", "language: de", "language"),
    ],
)
def test_what_cannot_be_meant_is_refused(old, new, message):
    """In words that say what to write, with the line."""
    assert old in WHOLE
    said = fault(WHOLE.replace(old, new, 1))
    assert message in said
    assert said.startswith("site.yaml:")


def test_a_siren_is_off_until_it_is_enabled():
    """The default switches nothing, and a rung that asks for it says why it was not heard."""
    text = WHOLE.replace(", enabled: true", "")
    settings, _ = read_model(NoticeSettings, text, "site.yaml")
    [route] = routes(Notice(at="0 s", to="filler operator", by=["siren"]), settings)
    assert route.trouble == "siren is not enabled in the site file"


def test_a_rung_goes_to_each_person_by_each_channel_once():
    """Groups stand for people; without `by`, every channel in which they have an address."""
    settings, _ = read_model(NoticeSettings, WHOLE, "site.yaml")
    rung = Notice(at="0 s", to=["team", "filler operator"])
    ways = [(route.person, route.channel, route.address) for route in routes(rung, settings)]
    assert ways == [
        ("filler operator", "wecom", "zhang"),
        ("filler operator", "sms", "+8613800000000"),
        ("officer", "", ""),
    ]
    assert routes(rung, settings)[-1].trouble == "officer has no channel in the site file"


def test_what_a_plan_asks_for_and_the_site_cannot_do_is_found():
    """People, channels and addresses that are missing, each once, for each line."""
    plans = {"cold-3": load_plan(PLAN, "plan.yaml")}
    assert notice_findings(plans, site_settings()) == []
    found = notice_findings(plans, site_settings(people={"manager": {"language": "zh"}}, groups={}))
    assert found == [
        (
            "cold-3",
            "cold-3, notice 1: the site file names nobody called store keeper (notices, people)",
        ),
        ("cold-3", "cold-3, notice 2: the site file names nobody called safety team (notices, people)"),
        (
            "cold-3",
            "cold-3, notice 4: the site file names nobody called person in charge (notices, people)",
        ),
    ]
    addressed = site_settings(channels={"pager": {"apprise_env": "X", "addressed": True}})
    bare = addressed.model_copy(
        update={"people": {**addressed.people, "manager": addressed.people["officer"]}}
    )
    assert notice_findings(plans, bare) == []
    [(_, said)] = notice_findings(plans, None)
    assert said == "cold-3 has notices, and the site file says nothing of whom they reach (notices)"
    assert notice_findings({}, None) == []
