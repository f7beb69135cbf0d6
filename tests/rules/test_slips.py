"""What an engineer gets wrong in a plan, and what is said of it: line, column, what stands there, what to write."""

from __future__ import annotations

import pytest

from rules.faults import PlanError
from rules.plan_check import load_plan
from rules.strict_yaml import read_yaml

GOOD = """\
plan: cold-1
name: {zh: 冷库, en: Cold store}
site: {id: S, name: x, timezone: Asia/Shanghai}
effective_from: 2026-12-01T00:00+08:00
line: {unit: zone, zones: [CS1]}
sensors:
  air: {zones: {CS1: 1 point}, unit: degC, resolution: 0.1, every: 60 s, silent_after: 5 min}
  defrost: {zones: [CS1], unit: bool, every: 60 s}
ccps:
  - id: CCP1
    critical:
      - id: air
        kind: threshold
        of: air
        at_most: -15.0 degC
        except: [{while: defrost, at_most: 6.0 degC, for_at_most: 75 min, at_most_times: 2 per 24 h}]
    silence: {verdict: {after: 5 min}, case: {after: 30 min, as: monitoring_loss}}
"""

SLIPS = [
    ("plan: cold-1", "plan： cold-1", ["1:5: the full-width ： is no : in YAML; type : and a space"]),
    (
        "at_most: 6.0 degC",
        "at_most: 6,0 degC",
        ["16:46: a comma cuts a number in two; write the point: 6.0 degC"],
    ),
    ("at_most: -15.0 degC", "max: -15.0 degC", ["15:9: unknown key max; did you mean at_most?"]),
    ("at_most: -15.0 degC", "min: -15.0 degC", ["15:9: unknown key min; did you mean at_least?"]),
    (
        "at_most: -15.0 degC",
        "at_most: -15.0 degC\n        for: 10 s",
        ["16:9: unknown key for; did you mean for_more_than?"],
    ),
    (
        "silent_after: 5 min}",
        "silent_after: 5 min, range: -60-10}",
        ["7:102: range must be a list; write [-60, 10]"],
    ),
    (
        "silent_after: 5 min}",
        "silent_after: 5 min, slew_at_most: 1.0 K}",
        [
            (
                "7:109: K cannot become K/s: K measures temperature difference, K/s measures temperature difference per"
                " time; write how much air changes in a time, such as 0.5 K/min"
            )
        ],
    ),
    (
        "kind: threshold\n        of: air\n        at_most: -15.0 degC\n",
        "kind: degree_minutes\n        of: air\n        above: 1 degC\n        window: 1 d\n        at_most: 9 degC.min\n",
        ["17:18: no unit named 'degC.min'; did you mean K.min?"],
    ),
    (
        "kind: threshold\n        of: air\n        at_most: -15.0 degC\n",
        "kind: lethality\n        of: air\n        reference: 60 degC\n        z: 10 K\n        at_least: 6.0\n",
        ["17:19: 6.0 has no unit; write it behind the number, such as 6.0 min"],
    ),
    ("plan: cold-1", "plan:cold-1", ["1:1: no space behind the colon; write plan: cold-1"]),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: {zh: 冷库, en: Store, three doors, x}",
        [
            "2:27: three doors has no value; if a comma cut it off, quote the whole text; else write three: doors",
            "2:40: x has no value; if a comma cut it off, quote the whole text",
        ],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: {zh： 冷库, en: Cold store}",
        ["2:10: the full-width ： is no : in YAML; type : and a space"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: {zh: 冷库， en: Cold store}",
        ["2:14: the full-width ， is no , in YAML; type , and a space"],
    ),
    (
        "zones: [CS1]}\nsensors",
        "zones: 【CS1】}\nsensors",
        ["5:27: the full-width 【 is no [ in YAML; type ["],
    ),
    (
        "zones: [CS1]}\nsensors",
        "zones: ［CS1］}\nsensors",
        ["5:27: the full-width ［ is no [ in YAML; type ["],
    ),
    (
        "zones: [CS1]}\nsensors",
        "zones: [CS1，CS2]}\nsensors",
        ["5:31: the full-width ， is no , in YAML; type , and a space"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most： -15.0 degC\n",
        ["15:16: the full-width ： is no : in YAML; type : and a space"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most:-15.0 degC\n",
        ["15:9: no space behind the colon; write at_most: -15.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most -15.0 degC\n",
        ["15:9: no colon behind at_most; write at_most: -15.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "\tat_most: -15.0 degC\n",
        ["15:1: a tab stands here; YAML is indented with spaces"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "       at_most: -15.0 degC\n",
        [
            "15:8: this begins in column 8, what it belongs to (line 12) in column 7: write them one below the other"
        ],
    ),
    (
        "        at_most: -15.0 degC\n",
        "         at_most: -15.0 degC\n",
        ["15:10: indented deeper than the line above, which has its value already"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at-most: -15.0 degC\n",
        ["15:9: unknown key at-most; did you mean at_most?"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        max: -15.0 degC\n",
        ["15:9: unknown key max; did you mean at_most?"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        At_most: -15.0 degC\n",
        ["15:9: unknown key At_most; did you mean at_most?"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: \n",
        ["15:9: at_most has no value; write one, or leave the key out"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: [-15.0 degC]\n",
        ["15:18: write a number and its unit, such as -18.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: {value: -15.0, unit: degC}\n",
        ["15:18: write a number and its unit, such as -18.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: -15,0 degC\n",
        ["15:18: '-15,0 degC' has a comma in its number; write the point, 1.5, and no thousands separators"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: −15.0 degC\n",
        ["15:18: '−15.0 degC' begins with a dash that is no minus sign; type - such as -18.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: - 15.0 degC\n",
        [
            "15:18: a dash and a space begin an entry of a list; a negative number has no space behind the minus: -15.0"
        ],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: <= -15.0 degC\n",
        [
            "15:18: '<= -15.0 degC' has a comparison in it; the key says it, the value is a number and its unit"
        ],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: -15.0 degC  to -18 degC\n",
        ["15:18: '-15.0 degC  to -18 degC' holds two numbers; a quantity is one: write two keys"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: true\n",
        ["15:18: write a number and its unit, such as -18.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "        at_most: degC\n",
        ["15:18: 'degC' is not a quantity; write a number and its unit, such as -18.0 degC"],
    ),
    (
        "        at_most: -15.0 degC\n",
        "",
        ["12:9: a threshold has one bound: at_most, at_least, below or above; two make a band"],
    ),
    ("        kind: threshold\n", "", ["12:9: a limit has a kind, such as kind: threshold"]),
    ("        of: air\n", "", ["12:9: of is missing"]),
    ("        of: air\n", "        of: [air]\n", ["14:13: of must be text"]),
    ("        of: air\n", "        of: Air\n", ["14:13: no sensor named Air; the plan has air, defrost"]),
    (
        "      - id: air\n",
        "        id: air\n",
        ["11:5: critical must be a list: begin each entry with a dash and a space"],
    ),
    ("      - id: air\n", "      - air:\n", ["12:9: air has no value; write one, or leave the key out"]),
    (
        "    critical:\n",
        "    critical: air\n",
        ["12:7: indented deeper than the line above, which has its value already"],
    ),
    ("    critical:\n", "    limits:\n", ["11:5: unknown key limits; did you mean critical?"]),
    ("ccps:\n", "ccp:\n", ["9:1: unknown key ccp; did you mean ccps?"]),
    ("sensors:\n", "sensor:\n", ["6:1: unknown key sensor; did you mean sensors?"]),
    ("  - id: CCP1\n", "  CCP1:\n", ["9:1: ccps must be a list: begin each entry with a dash and a space"]),
    (
        "  - id: CCP1\n",
        "  - id: CCP 1\n",
        [
            "10:9: 'CCP 1' cannot be a name here: up to 64 letters, digits and - _ . without spaces or slashes; write CCP-1"
        ],
    ),
    ("every: 60 s, silent", "every: 60, silent", ["7:68: 60 has no unit; write a duration, such as 45 min"]),
    ("every: 60 s, silent", "every: 1 minute, silent", ["7:68: '1 minute' is not a duration; write 1 min"]),
    (
        "every: 60 s, silent",
        "every: 0 s, silent",
        ["7:68: a reading cannot come every 0 s; write 60 s, or on change"],
    ),
    (
        "every: 60 s, silent",
        "every: -1 s, silent",
        ["7:68: '-1 s' is not a duration; it is less than nothing"],
    ),
    (
        "every: 60 s, silent",
        "every: minutely, silent",
        ["7:68: 'minutely' is not a duration; write a number and one of ms, s, min, h, d, such as 45 min"],
    ),
    ("silent_after: 5 min", "silent_after: 5 m", ["7:88: '5 m' is not a duration; write 5 min"]),
    ("silent_after: 5 min", "silent_after: 5 Min", ["7:88: '5 Min' is not a duration; write 5 min"]),
    (
        "silent_after: 5 min",
        "silent_after: 00:05",
        ['7:88: 00:05 may be read as a number in base 60; quote it: "00:05"'],
    ),
    (
        "resolution: 0.1",
        "resolution: 0,1",
        ["7:58: a comma cuts a number in two; write the point, such as 0.1"],
    ),
    (
        "resolution: 0.1",
        "resolution: 0.1 degC",
        ["7:56: '0.1 degC' is not a number; write 0.1 alone: it is in the sensor's unit, and not quoted"],
    ),
    ("resolution: 0.1", "resolution: 0", ["7:56: a resolution is greater than 0"]),
    (
        "resolution: 0.1",
        "resolution: '0.1'",
        ["7:56: '0.1' is not a number; write 0.1 alone: it is in the sensor's unit, and not quoted"],
    ),
    ("1 point}", "1 sensor}", ["7:22: '1 sensor' is not a count from 1 to 10000; write 2 points"]),
    ("1 point}", "one}", ["7:22: 'one' is not a count from 1 to 10000; write 2 points"]),
    ("1 point}", "0 points}", ["7:22: '0 points' is not a count from 1 to 10000; write 2 points"]),
    ("unit: degC", "unit: Celsius", ["7:38: no unit named 'Celsius'; did you mean degC?"]),
    (
        "unit: degC",
        "unit: 摄氏",
        [
            "7:38: no unit named '摄氏'; there are degC, K, mg/L, kPa, m3/h, percent, bool, code, and others in the docs"
        ],
    ),
    ("unit: degC", "unit: [degC]", ["7:38: write the name of a unit, such as degC"]),
    (
        "Asia/Shanghai",
        "Beijing",
        ["3:34: no time zone named 'Beijing'; write an IANA name, such as Asia/Shanghai"],
    ),
    (
        "Asia/Shanghai",
        "+08:00",
        ["3:34: no time zone named '+08:00'; write an IANA name, such as Asia/Shanghai"],
    ),
    (
        "2026-12-01T00:00+08:00",
        "2026-13-01T00:00+08:00",
        ["4:17: '2026-13-01T00:00+08:00' is not a time: month must be in 1..12"],
    ),
    (
        "2026-12-01T00:00+08:00",
        "01.12.2026",
        ["4:17: '01.12.2026' is not a time; write 2026-12-01T00:00:00+08:00"],
    ),
    (
        "2026-12-01T00:00+08:00",
        "2026/12/01 00:00",
        ["4:17: '2026/12/01 00:00' is not a time; write 2026-12-01T00:00:00+08:00"],
    ),
    (
        "2026-12-01T00:00+08:00",
        "tomorrow",
        ["4:17: 'tomorrow' is not a time; write 2026-12-01T00:00:00+08:00"],
    ),
    ("unit: zone, zones", "unit: Zone, zones", ["5:14: unit is 'line' or 'zone', not Zone"]),
    ("unit: zone, zones: [CS1]", "unit: zone, zones: CS1", ["5:27: zones must be a list; write [CS1]"]),
    ("while: defrost", "while_: defrost", ["16:19: unknown key while_; did you mean while?"]),
    ("except: [{while", "except_: [{while", ["16:9: unknown key except_; did you mean except?"]),
    ("except: [{while", "except: {while", ["16:100: this ] closes nothing"]),
    ("at_most: 6.0 degC, ", "", ["16:18: an exception is bounded: write at_most or at_least"]),
    ("for_at_most: 75 min, ", "", ["16:18: for_at_most is missing"]),
    (
        "at_most_times: 2 per 24 h",
        "at_most_times: 2",
        ["16:90: 2 is not a count in a time; write 2 per 24 h"],
    ),
    (
        "at_most_times: 2 per 24 h",
        "at_most_times: 2/24 h",
        ["16:90: '2/24 h' is not a count in a time; write 2 per 24 h"],
    ),
    ("as: monitoring_loss", "as: deviation", ["17:66: as is 'monitoring_loss', not deviation"]),
    (
        "silence: {verdict: {after: 5 min}",
        "silence: {verdict: 5 min",
        ["17:24: verdict must hold keys and values, such as {after: ...}"],
    ),
    (
        "silence: {verdict: {after: 5 min}",
        "silence: {verdict: {after 5 min}",
        ["17:25: no colon behind after; write after: 5 min"],
    ),
    (
        "id: S, name: x",
        "id: S name: x",
        ["3:18: a comma is missing before this, or the { of line 3, column 7 is not closed"],
    ),
    ("id: S, name: x", "id: S,, name: x", ["3:14: a comma too many"]),
    (
        "id: S, name: x, timezone: Asia/Shanghai}",
        "id: S, name: x, timezone: Asia/Shanghai",
        ["4:15: a comma is missing before this, or the { of line 3, column 7 is not closed"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: {cn: 冷库, en: Cold store}",
        ["2:7: write a name, or one in each language: {zh: ..., en: ...}"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: Cold store: 1",
        ["2:17: a text with a colon and a space in it stands in quotes"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: 'Cold store",
        ["2:7: the quote that begins here is not closed"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: ",
        ["2:1: name has no value; write one, or leave the key out"],
    ),
    ("name: {zh: 冷库, en: Cold store}", "name: 3", ['2:7: 3 is a number; if it is the name, quote it: "3"']),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: @cold",
        ['2:7: a text that begins with @ stands in quotes: "@..."'],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: *cold",
        ["2:7: *cold repeats what stands at &cold, which is nowhere above; quote it if it is text"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: #3 cold",
        ["2:1: name has no value; write one, or leave the key out"],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: %cold",
        ['2:7: a text that begins with % stands in quotes: "%..."'],
    ),
    (
        "name: {zh: 冷库, en: Cold store}",
        "name: `cold`",
        ['2:7: a text that begins with ` stands in quotes: "`..."'],
    ),
    ("plan: cold-1\n", "plan: cold-1\n---\n", ["2:1: --- begins a second document; one file holds one"]),
    ("plan: cold-1\n", "plan: 1\n", ['1:7: 1 is a number; if it is the name, quote it: "1"']),
    (
        "plan: cold-1\n",
        "plan: cold 1\n",
        [
            "1:7: 'cold 1' cannot be a name here: up to 64 letters, digits and - _ . without spaces or slashes; write cold-1"
        ],
    ),
    (
        "plan: cold-1\n",
        "plan: [cold]\n",
        ["1:7: ['cold'] cannot be a name here: up to 64 letters, digits and - _ . without spaces or slashes"],
    ),
    (
        "plan: cold-1\n",
        "- plan: cold-1\n",
        ["2:1: a list (-) began on line 1; this line is a key: indent it, or leave the - out"],
    ),
    (
        "every: 60 s, silent",
        "every: 1 h 30 min, silent",
        ["7:68: '1 h 30 min' is not a duration; it is made of several; write one, such as 90 min"],
    ),
    ("every: 60 s, silent", "every: 5 分, silent", ["7:68: '5 分' is not a duration; write 5 min"]),
    (
        "at_most: 6.0 degC, ",
        "at_most: 6.0 kPa, ",
        ["16:44: kPa cannot become degC: kPa measures gauge pressure, degC measures temperature"],
    ),
    (
        "  defrost: {zones: [CS1], unit: bool, every: 60 s}\n",
        "  defrost: {zones: [CS1], unit: bool, every: 60 s}\n  air: {unit: degC, every: 60 s}\n",
        ["9:3: air stands here a second time; the first is on line 7"],
    ),
    (
        "at_most_times: 2 per 24 h",
        "at_most_times: 2 per day",
        ["16:90: 'day' is not a duration; write a number and one of ms, s, min, h, d, such as 45 min"],
    ),
    (
        "resolution: 0.1, ",
        "resolution: 0.1, evry: 60 s, silent: 5 min, ",
        [
            "7:61: unknown key evry; did you mean every?",
            "7:73: unknown key silent; did you mean silent_after?",
        ],
    ),
    (
        "zones: {CS1: 1 point}, unit",
        "zones: {CS1: 1 point}, points: , unit",
        ["7:32: points has no value; write one, or leave the key out"],
    ),
    ("id: S, name: x", "id: S, name: [x, ]", ["3:21: write a name, or {zh: ..., en: ...}"]),
    (
        "        of: air\n",
        "        of: air\n        for_more_than: 10 min (defrost)\n",
        [
            "15:24: '10 min (defrost)' is not a duration; write a number and one of ms, s, min, h, d, such as 45 min"
        ],
    ),
    (
        "        of: air\n",
        "        of: air\n        confirm: two readings\n",
        ["15:18: 'two readings' is not a count from 1 to 10000; write 2 readings"],
    ),
    (
        "        of: air\n",
        "        of: air\n        confirm: 2.5\n",
        ["15:18: 2.5 is not a count from 1 to 10000; write 2 readings"],
    ),
    (
        "        of: air\n",
        "        of: air\n        combine: mean\n",
        ["15:18: 'mean' does not say how points make one verdict; write worst, any, or 5 of 6"],
    ),
    (
        "        of: air\n",
        "        of: air\n        compare: exact\n",
        ["15:18: compare is 'full' or 'rounded', not exact"],
    ),
    (
        "        of: air\n",
        "        of: air\n        clears: -15.5 degC\n",
        ["15:17: clears must hold keys and values, such as {at_most: ...}"],
    ),
    (
        "        of: air\n",
        "        of: air\n        basis: {GB 31605, GB 31646}\n",
        [
            "15:17: GB 31605 has no value; a list stands in square brackets",
            "15:27: GB 31646 has no value; if a comma cut it off, quote the whole text",
        ],
    ),
    ("        of: air\n", "        of: air\n        basis: [GB 31605]\n", ["15:16: basis must be text"]),
    (
        "      - id: air\n",
        "      - id: on\n",
        ['12:13: on may be read as true or false; write true, false, or "on" if you mean the word'],
    ),
    (
        "      - id: air\n",
        "      - id: 1e-3\n",
        [
            "12:13: 1e-3 is read as a number by some programs and as text by others; write it out, such as 0.001"
        ],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), SLIPS, ids=[new.strip()[:40] for _, new, _ in SLIPS])
def test_a_slip_is_told_where_it_is_and_as_what_it_is(old, new, expected):
    """The good plan with one slip: these faults and no other, at these places."""
    assert old in GOOD
    with pytest.raises(PlanError) as refused:
        load_plan(GOOD.replace(old, new, 1), "p")
    assert [str(fault).removeprefix("p:") for fault in refused.value.faults] == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("every: 60 s, silent", "every: 60s, silent"),
        ("every: 60 s, silent", "every: 1 分钟, silent"),
        ("at_most: -15.0 degC", "at_most: -15.0 ℃"),
        ("plan: cold-1", "\ufeffplan: cold-1"),
        ("name: {zh: 冷库, en: Cold store}", "name: {zh: 冷库（一号），门侧, en: Cold store}"),
        ("name: {zh: 冷库, en: Cold store}", 'name: "冷库：一号"'),
    ],
)
def test_what_is_right_in_another_form_is_right(old, new):
    """Full-width signs in texts, other spellings, a byte order mark: nothing is said."""
    assert old in GOOD
    load_plan(GOOD.replace(old, new, 1), "p")


def test_quotes_say_that_text_is_meant():
    """A quoted key or entry with a full-width sign in it is a text of the writer's."""
    assert read_yaml('a: ["x，y"]\n"b：": 1\n', "p")[0] == {"a": ["x，y"], "b：": 1}


def test_no_name_of_the_code_stands_in_a_message():
    """Keys are told as they are written: `except`, never `except_`."""
    for _, _, expected in SLIPS:
        for said in expected:
            assert "_:" not in said
            assert "function" not in said
            assert "Input should" not in said
            assert not any(name in said for name in ("except_,", "while_,", "from_", "for_,", "as_,"))
