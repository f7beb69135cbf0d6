"""What is told of a plant, to whom, when, and that no restart forgets or repeats any of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notice_plant import PLAN, START, ZONES, Plant, site_settings

from dashboards.views.silent_ends import SilentEnd
from ledger.open_cases import open_cases
from readings.block import BlockBuilder
from readings.inputs import Series
from readings.times import DAY, HOUR, SECOND


def who(plant: Plant) -> list[tuple[str, int]]:
    """Who was told of which rung, oldest first."""
    return [(each.item.person, each.item.turn.rung) for each in plant.told()]


def test_a_deviation_is_told_at_once_and_the_ladder_climbs(plant):
    """The keeper at once, the officer after a quarter of an hour, the manager after four hours."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    assert who(plant) == [("store keeper", 0)]
    [told] = plant.told()
    assert "偏离 空气温度，-10 °C，限值 ≤ -15.0 °C。" in told.text
    assert "CCP1 Z1 冻藏, 速冻食品厂。自 12-01 08:00 起。" in told.text
    plant.wait(14 * 60)
    assert len(plant.told()) == 1
    plant.wait(2 * 60)
    assert who(plant)[1:] == [("officer", 1)]
    assert "Nobody has acknowledged it. Normal since 08:00; the case stays open." in plant.told()[1].text
    plant.wait(4 * 3600)
    assert who(plant)[2:] == [("manager", 2)]


def test_acknowledged_nobody_else_is_woken_contained_the_decision_is_asked_for(plant):
    """And the message says that the program reports nothing."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.act("acknowledge")
    plant.wait(20 * 60)
    assert who(plant) == [("store keeper", 0)]
    plant.act("contain", lots=["L1"], correction="moved")
    plant.wait(10)
    assert who(plant)[1:] == [("person in charge", 3)]
    text = plant.told()[1].text
    assert "You decide: report to the authority" in text
    assert "The program reports nothing to anybody." in text


def test_what_is_acknowledged_and_not_contained_is_told_again(plant):
    """`again: 30 min`, from the last sign of work on."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.act("acknowledge")
    plant.wait(25 * 60)
    plant.act("note", text="on the way")
    plant.wait(29 * 60)
    assert len(plant.told()) == 1
    plant.wait(2 * 60)
    assert who(plant)[1:] == [("officer", 1)]
    assert "Acknowledged, but still not contained." in plant.told()[1].text


def test_a_silence_is_told_before_it_is_a_case_and_its_case_tells_nobody_twice(plant):
    """At the notice's time (one minute, and the window for others), not again at five minutes."""
    plant.wait(50, zones=ZONES[1:])
    assert plant.told() == []
    plant.wait(30, zones=ZONES[1:])
    [told] = plant.told()
    assert told.item.case == ""
    assert "无可用读数 空气温度，无数据。" in told.text
    plant.wait(6 * 60, zones=ZONES[1:])
    assert len(plant.told()) == 1
    plant.wait(15 * 60, zones=ZONES[1:])
    assert who(plant) == [("store keeper", 0), ("officer", 1)]
    assert plant.told()[1].item.turn.event == told.item.turn.event


def test_a_silence_that_ends_within_the_window_is_not_told(plant):
    """Readings are back: nobody needs to come."""
    plant.wait(65, zones=ZONES[1:])
    plant.wait(60)
    assert plant.told() == []


def test_a_stuck_instrument_is_told_as_that_and_not_as_a_silence_too(tmp_path):
    """One event, one message: its verdict is indeterminate as well, but it is not silent."""
    plant = Plant(tmp_path)
    plant.adopt(PLAN.replace("every: 10 s", "every: 10 s, stuck: {unchanged_for: 40 s}"))
    for number in range(12):
        plant.now += 10 * SECOND
        plant.read(-18.0 - number / 10, ZONES[1:])
        plant.read(-18.0, ZONES[:1])
        plant.look()
    [text] = plant.messages().values()
    assert "仪器故障 空气温度，其读数不可作为依据。" in text


def test_a_stuck_instrument_whose_case_is_over_is_no_silence(tmp_path):
    """Its case is void, its number still does not move: an instrument fault is never told as missing readings."""
    plant = Plant(tmp_path)
    plant.adopt(PLAN.replace("every: 10 s", "every: 10 s, stuck: {unchanged_for: 40 s}"))
    for number in range(40):
        plant.now += 10 * SECOND
        plant.read(-18.0 - number / 10, ZONES[1:])
        plant.read(-18.0, ZONES[:1])
        if number == 11:
            plant.act("acknowledge")
            body = {"reason": "known"}
            plant.sign("void", "bob", **body)
        plant.look()
    assert [each.split("，")[0] for each in plant.messages().values()] == ["仪器故障 空气温度"]


def test_proposals_of_a_line_go_together(plant):
    """Forty cases that are contained when nobody looked: one message asks for the decision, and lists them."""
    plant.read(-10.0)
    for case in open_cases(plant.ledger):
        plant.act_on(case, "contain", lots=["L"], correction="moved")
    plant.look()
    plant.wait(20)
    asked = [each for each in plant.told() if each.item.person == "person in charge"]
    assert len(asked) == 40
    [text] = {each.text for each in asked}
    assert text.startswith("You decide: report to the authority, 40 cases. Cold store 3")
    assert "CCP1 Z1, CCP1 Z10," in text
    assert "The program reports nothing to anybody." in text
    assert len(text.removesuffix(" https://haccp.example/cases")) <= 300


def test_a_dead_line_is_one_message_and_forty_records(plant):
    """Forty sensors fall silent: one message to each person; each case has a notice of its own."""
    plant.wait(80, None)
    assert len(plant.messages()) == 1
    assert "40 项限值无可用读数" in next(iter(plant.messages().values()))
    assert len(plant.told()) == 40
    plant.wait(21 * 60, None)
    assert [each.item.person for each in plant.told()].count("store keeper") == 40
    assert len(plant.messages()) == 2
    assert "40 monitoring losses" in plant.told()[-1].text


def test_a_dead_device_is_named_even_if_its_sensors_fall_silent_one_by_one(plant):
    """What its other sensors miss later is told by the message that names it; the count of its signals stands there."""
    plant.sources = {f"cold-3/air/{zone}.1": SilentEnd("cs1-controller") for zone in ZONES}
    plant.restart()
    plant.health(**{"cs1-controller": False})
    for number in range(0, 40, 4):
        plant.wait(10, zones=ZONES[number:])
    for _ in range(8):
        plant.health(**{"cs1-controller": False})
        plant.wait(100, None)
    told = plant.told()
    assert len({each.item.turn.event for each in told}) == 40
    [text] = plant.messages().values()
    assert "cs1-controller 无应答" in text
    assert "共 40 个信号" in text


def test_dead_units_of_a_link_are_named(plant):
    """A link that answers for others: its dead units, and nobody is kept from hearing of the next one."""
    plant.sources = {
        f"cold-3/air/{zone}.1": SilentEnd("hall", "unit", str(number % 4))
        for number, zone in enumerate(ZONES)
    }
    plant.restart()

    def said(*dead):
        units = [{"unit": each, "connected": each not in dead, "since": None} for each in range(4)]
        plant.say_health([{"name": "hall", "connected": True, "units": units}])

    for _ in range(9):
        said(3)
        plant.wait(10, zones=[zone for number, zone in enumerate(ZONES) if number % 4 != 3])
    [first] = plant.messages().values()
    assert "hall 从站 3 无应答" in first
    assert "10 项限值无可用读数" in first
    for _ in range(50):
        said(1, 3)
        plant.wait(10, zones=ZONES[::2])
    told = [text for text in plant.messages().values() if text != first]
    assert any("hall 从站 1 无应答" in text for text in told)


def test_a_node_that_is_gone_is_named_for_what_its_devices_fed(plant):
    """Each zone comes from a device of its own behind one edge node; the node dies: it is named, and not its devices."""
    plant.sources = {
        f"cold-3/air/{zone}.1": SilentEnd("edge", "device", f"plant/packer/d{number}")
        for number, zone in enumerate(ZONES)
    }
    plant.restart()
    node = {"node": "plant/packer", "read": True, "connected": False, "since": None}
    for _ in range(9):
        plant.say_health([{"name": "edge", "connected": True, "nodes": [node]}])
        plant.wait(10, None)
    [text] = plant.messages().values()
    assert "edge：plant/packer 离线" in text
    assert "40 项限值无可用读数" in text


def test_another_loss_on_the_line_is_told_but_not_every_few_seconds(plant):
    """Zones that fall silent one after the other without a device to blame: at most a message in five minutes."""
    for number in range(0, 40, 2):
        plant.wait(20, zones=ZONES[number:])
    plant.wait(7 * 60, None)
    first = [each for each in plant.told() if each.item.turn.rung == 0]
    assert len({each.item.turn.event for each in first}) == 40
    assert len({each.message for each in first}) <= 4


def test_deviations_of_a_point_at_one_time_go_together(plant):
    """All zones warm: one message says how many."""
    plant.read(-10.0)
    plant.look()
    assert len(plant.messages()) == 1
    assert "40 项偏离" in plant.told()[0].text


def test_deviations_of_different_times_are_told_on_their_own(plant):
    """One event, one message: they are not kept back for others."""
    for zone in ("Z1", "Z2", "Z3"):
        plant.read(-10.0, [zone])
        plant.wait(60)
    assert len(plant.messages()) == 3


def test_what_was_over_long_ago_wakes_nobody(tmp_path):
    """A log that is uploaded late: one summary for each person who is to know, marked; no siren; quiet hours are kept."""
    plan = PLAN.replace("every: 10 s", "every: 10 s, backfill_up_to: 1 d").replace(
        "by: [pager]}", "by: [pager, horn]}", 1
    )
    horn = {"siren": "tcp://127.0.0.1:9", "coil": 3, "enabled": True}
    pager = {"webhook": "http://127.0.0.1:9/"}
    plant = Plant(
        tmp_path,
        site_settings(channels={"pager": pager, "horn": horn}, quiet="08:00-09:00"),
        now=START - HOUR,
    )
    plant.adopt(plan)
    plant.wait(3600, -18.0, zones=ZONES[20:])
    upload = BlockBuilder()
    for zone in ZONES[:5]:
        for number in range(300):
            when = plant.now - (300 - number) * 10 * SECOND
            value = -10.0 if 30 <= number < 60 else -18.0
            upload.reading(Series("cold-3", "air", f"{zone}.1"), time=when, value=value, received=plant.now)
    plant.take(upload.build(plant.now))
    plant.wait(300, -18.0, zones=[*ZONES[:5], *ZONES[20:]])
    late = [each for each in plant.told() if each.item.late]
    assert late == []
    plant.wait(3600, -18.0)
    late = [each for each in plant.told() if each.item.late]
    assert {each.item.channel for each in late} == {"pager"}
    keeper = {each.message: each.text for each in late if each.item.person == "store keeper"}
    [text] = [text for text in keeper.values() if "5 项偏离" in text]
    assert "补传数据，5 项偏离，均已结束。" in text


def test_nobody_of_that_name_is_said_and_recorded(tmp_path):
    """What the site file does not know is a notice that failed, not one that never was."""
    plant = Plant(tmp_path, site_settings(people={"officer": {"language": "en"}}))
    plant.adopt()
    plant.wait(20)
    plant.read(-10.0, ["Z1"])
    plant.look()
    [told] = plant.told()
    assert (told.state, told.attempts) == ("failed", 0)
    assert told.detail == "the site file names nobody called store keeper (notices, people)"
    assert plant.planner is not None
    assert plant.planner.untold == 1


def test_what_the_site_file_did_not_know_is_told_when_it_has_been_mended(tmp_path):
    """The case is open and nobody has acknowledged it: after the restart the keeper hears of it, once."""
    plant = Plant(tmp_path, site_settings(people={"officer": {"language": "en"}}))
    plant.adopt()
    plant.wait(20)
    plant.read(-10.0, ["Z1"])
    plant.wait(60)
    plant.settings = site_settings()
    plant.restart(clean=True)
    plant.look()
    plant.wait(60)
    failed, told = plant.told()
    assert (told.item.person, told.item.channel, told.state) == ("store keeper", "pager", "waiting")
    assert "此前未能通知到您。" in told.text
    assert failed.item.turn.again == 0 != told.item.turn.again


def test_what_was_acknowledged_meanwhile_need_not_be_told_again(tmp_path):
    """Somebody works on it: a mended site file wakes nobody."""
    plant = Plant(tmp_path, site_settings(people={"officer": {"language": "en"}}))
    plant.adopt()
    plant.wait(20)
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.act("acknowledge")
    plant.settings = site_settings()
    plant.restart()
    plant.wait(60)
    assert [each.state for each in plant.told()] == ["failed"]


def test_what_reached_nobody_is_one_message_when_the_channel_is_back(plant):
    """A channel that was away for hours: one message to each person lists everything that lasts, tried until it arrives."""
    for zone in ZONES[:6]:
        plant.read(-10.0, [zone])
        plant.wait(20 * 60)
        for each in plant.told():
            if each.state == "waiting" and not each.item.turn.again:
                plant.outbox.failed(each.message, "no answer", plant.now)
    plant.wait(60)
    waiting = [each for each in plant.told() if each.state == "waiting"]
    keeper = {each.message: each for each in waiting if each.item.person == "store keeper"}
    [message] = keeper.values()
    assert "6 项偏离" in message.text
    assert "CCP1 Z1, CCP1 Z2, CCP1 Z3, CCP1 Z4, CCP1 Z5, CCP1 Z6." in message.text
    assert len({each.message for each in waiting}) == len({each.item.person for each in waiting})
    assert plant.planner.untold == 6
    plant.outbox.sending(message.message)
    plant.outbox.delivered(message.message, plant.now)
    plant.wait(3600)
    assert plant.planner.untold == 0
    assert {
        each.message
        for each in plant.told()
        if each.item.person == "store keeper" and each.state == "waiting"
    } == set()


def test_a_decision_that_nobody_was_asked_for_is_asked_again(plant):
    """The case is contained, so it is acknowledged; the proposal reached nobody, and is not forgotten."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.act("contain", lots=["L1"], correction="moved")
    plant.wait(10)
    [asked] = [each for each in plant.told() if each.item.turn.rung == 3]
    plant.outbox.failed(asked.message, "no answer", plant.now)
    plant.look()
    again = [each for each in plant.told() if each.item.turn.rung == 3 and each.state == "waiting"]
    assert [each.text.split(",")[0] for each in again] == ["You decide: report to the authority"]
    assert "You could not be told before." in again[0].text


def test_who_has_heard_by_another_channel_is_not_told_again(tmp_path):
    """One of two channels is away: the person knows, and a siren need not sound for what somebody knows."""
    pager = {"webhook": "http://127.0.0.1:9/"}
    horn = {"siren": "tcp://127.0.0.1:9", "coil": 3, "enabled": True}
    plant = Plant(tmp_path, site_settings(channels={"pager": pager, "fax": pager, "horn": horn}))
    plant.adopt(PLAN.replace("by: [pager]}", "by: [pager, fax, horn]}", 1))
    plant.wait(20)
    plant.read(-10.0, ["Z1"])
    plant.look()
    for each in plant.told():
        plant.outbox.sending(each.message)
        if each.item.channel == "fax":
            plant.outbox.delivered(each.message, plant.now)
        else:
            plant.outbox.failed(each.message, "no answer", plant.now)
    plant.wait(600)
    assert sorted((each.item.channel, each.state) for each in plant.told()) == [
        ("fax", "delivered"),
        ("horn", "failed"),
        ("pager", "failed"),
    ]
    assert plant.planner is not None
    assert plant.planner.untold == 0


def test_a_message_that_waits_is_given_up_when_its_case_is_over(plant):
    """Its channel was away; nobody needs to hear of it any more."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.wait(60)
    plant.act("contain", lots=["none"], correction="door shut")
    plant.act("correct", cause="a", control="b", recurrence="c", product="d")
    plant.sign("close", "bob", verification="seen")
    plant.look()
    states = {each.item.person: (each.state, each.detail) for each in plant.told()}
    assert states["store keeper"] == ("failed", "the case was over before it could be delivered")


def test_an_older_ladder_goes_on_for_its_cases(plant):
    """A case climbs the ladder of the plan that judged it, also when another plan has taken over."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    later = PLAN.replace("2026-11-01T00:00+08:00", "2026-12-01T08:05+08:00").replace(
        "after: 15 min", "after: 1 h"
    )
    plant.adopt(later)
    plant.wait(16 * 60)
    assert ("officer", 1) in who(plant)


EVENTS = st.lists(
    st.sampled_from(["warm Z1", "warm Z2", "silent Z3", "silent Z4", "acknowledge", "contain", "nothing"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVENTS, st.data())
def test_restarts_change_nothing(tmp_path_factory, events, data):
    """Restarted anywhere, cleanly or killed, the same notices go out at the same times, each once."""
    found = []
    for restarting in (False, True):
        plant = Plant(tmp_path_factory.mktemp("plant"))
        plant.adopt()
        plant.wait(20)
        silent: set[str] = set()
        for event in events:
            what, _, zone = event.partition(" ")
            if what == "warm":
                plant.read(-10.0, [zone])
            elif what == "silent":
                silent.add(zone)
            elif what != "nothing" and open_cases(plant.ledger):
                plant.act(what, **({"lots": ["L1"], "correction": "x"} if what == "contain" else {}))
            if restarting and data.draw(st.booleans()):
                plant.restart(clean=data.draw(st.booleans()))
            plant.wait(150, zones=[zone for zone in ZONES[:6] if zone not in silent])
        plant.wait(20 * 60, zones=[zone for zone in ZONES[:6] if zone not in silent])
        found.append([(each.item, each.made, each.message) for each in plant.told()])
    assert found[0] == found[1]


def test_the_ledger_alone_is_enough(plant):
    """With notices.db lost, what the ledger says was sent is not sent again."""
    from dashboards.notices.notifier import act_of
    from dashboards.notices.outbox import Outbox
    from readings.block import Block

    plant.read(-10.0, ["Z1"])
    plant.look()
    [told] = plant.told()
    plant.outbox.sending(told.message)
    plant.outbox.delivered(told.message, plant.now)
    plant.take(Block(acts=tuple(map(act_of, plant.outbox.unrecorded())), tick=plant.now))
    plant.outbox.close()
    for path in plant.folder.glob("notices.db*"):
        path.unlink()
    plant.outbox = Outbox(plant.folder)
    plant.restart()
    plant.wait(16 * 60)
    assert who(plant) == [("officer", 1)]


@pytest.mark.parametrize("back", [1 * HOUR, 3 * DAY])
def test_a_clock_that_is_set_back_holds_nothing_up(plant, back):
    """The windows count from messages that are past; one from the future does not keep others waiting."""
    plant.read(-10.0, ["Z1"])
    plant.look()
    plant.read(-10.0, ["Z2"])
    plant.planner.look(plant.now + 20 * SECOND - back)
    assert len(plant.messages()) == 1
    plant.planner.look(plant.now + 20 * SECOND)
    assert len(plant.messages()) == 2
