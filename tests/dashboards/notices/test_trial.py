"""Test messages: they reach whom an alarm would reach, and are no alarm."""

from __future__ import annotations

import pytest
import servers
from horn_box import horn_box
from notice_plant import PEOPLE, PLAN, START, say, site_settings

from dashboards.notices.errors import NoticeError
from dashboards.notices.outbox import Outbox
from dashboards.notices.trial import Tried, try_alarm, try_channel
from rules.plan_check import load_plan


@pytest.fixture
def mark(tmp_path):
    made = Outbox(tmp_path)
    yield made
    made.close()


@pytest.fixture
def plan():
    return load_plan(PLAN.replace("by: [pager]}", "by: [pager, horn, sms]}", 1), "plan.yaml")


def horn(port: int) -> dict[str, object]:
    return {"siren": f"tcp://127.0.0.1:{port}", "coil": 3, "enabled": True, "lasts": "50 ms"}


async def test_a_channel_is_tried_with_everybody_whom_it_reaches(receiver, plan, mark):
    """Each in their language, marked as a test."""
    tried = await try_channel(site_settings(receiver.url), "pager", plan=plan, mark=mark, now=START)
    assert [each.person for each in tried] == list(PEOPLE)
    assert {each.trouble for each in tried} == {""}
    texts = {said["person"]: (said["kind"], said["text"]) for said in receiver.bodies()}
    assert texts["store keeper"] == (
        "test",
        "测试，并非报警。速冻食品厂 3 号冷库。自 12-01 08:00 起。 无需处理。 https://haccp.example",
    )
    assert texts["officer"][1].startswith("TEST, no alarm. Frozen foods Cold store 3. Since 12-01 08:00.")


async def test_one_person_and_what_went_wrong(receiver, plan, mark):
    """The words of the channel come back."""
    receiver.answer = lambda request: say(request, 500, "no paper")
    settings = site_settings(receiver.url)
    [tried] = await try_channel(settings, "pager", plan=plan, mark=mark, now=START, person="officer")
    assert (tried.person, tried.channel) == ("officer", "pager")
    assert tried.trouble.endswith("answers 500 no paper")


@pytest.mark.parametrize(
    ("channel", "person", "message"),
    [
        ("sms", None, "no channel sms; there are pager"),
        ("pager", "nobody", "nobody called nobody; there are store keeper"),
        ("horn", None, "horn is not enabled"),
    ],
)
async def test_what_cannot_be_tried_is_said(plan, mark, channel, person, message):
    """Before anything is sent."""
    pager = {"webhook": "http://127.0.0.1:9/"}
    more = {"horn": {"siren": "tcp://127.0.0.1:9", "coil": 1}} if channel == "horn" else {}
    settings = site_settings(channels={"pager": pager, **more})
    with pytest.raises(NoticeError, match=message):
        await try_channel(settings, channel, plan=plan, mark=mark, now=START, person=person)


async def test_the_alarm_of_a_line_is_tried_as_a_whole(receiver, plan, mark):
    """Everybody of the first rung by every channel, the siren too; what the site does not know is in the list."""
    async with horn_box(servers.free_port()) as box:
        settings = site_settings(channels={"pager": {"webhook": receiver.url}, "horn": horn(box.port)})
        tried = await try_alarm(settings, plan, mark=mark, now=START)
        assert box.written() == [True, False]
    assert tried == [
        Tried("store keeper", "pager", ""),
        Tried("store keeper", "horn", ""),
        Tried("store keeper", "sms", "the site file has no channel sms"),
    ]
    assert len(receiver.got) == 1
    assert not mark.sounding()
