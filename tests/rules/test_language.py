"""The plan language: strict, and exact about what is wrong where."""

from __future__ import annotations

import hashlib
import json
from typing import get_args

import pytest
from pydantic import BaseModel

from readings.times import MINUTE
from rules.faults import PlanError
from rules.kinds import KINDS
from rules.plan import LANGUAGE, Plan
from rules.plan_check import load_plan
from rules.strict_yaml import read_yaml

FROZEN = "a81bd070e9c30a21279a172270c6d58b475e163cd215fb7cf50e29751ee3aea8"
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


def faults(text: str) -> list[str]:
    with pytest.raises(PlanError) as caught:
        load_plan(text, "plan.yaml")
    return [str(fault) for fault in caught.value.faults]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("resolution: 0.1", "resolutoin: 0.1", "7:44: unknown key resolutoin; did you mean resolution?"),
        ("of: air", "of: ar", "14:13: no sensor named ar; the plan has air, defrost"),
        ("kind: threshold", "kind: treshold", "13:15: no limit kind named treshold; did you mean threshold?"),
        ("-15.0 degC", "-15.0", "15:18: -15.0 has no unit; write it behind the number, such as -15.0 degC"),
        ("-15.0 degC", "-15.0 C", "15:18: no unit named 'C'; did you mean degC?"),
        (
            "-15.0 degC",
            "-15.0 K",
            "15:18: K cannot become degC: a temperature difference is not a temperature",
        ),
        (
            "-15.0 degC",
            "-15.05 degC",
            "15:18: -15.05 degC is finer than the sensor's resolution of 0.1 degC: no reading can tell",
        ),
        (
            "id: S, name: x",
            "id: S, id: T, name: x",
            "3:15: id stands here a second time; the first is on line 3",
        ),
        ("Asia/Shanghai", "Asia/Peking", "no time zone named 'Asia/Peking'"),
        ("plan: cold-1\n", "", "plan is missing"),
        ("75 min", "75", "75 has no unit; write a duration, such as 45 min"),
        ("2 per 24 h", "twice a day", "'twice a day' is not a count in a time; write 2 per 24 h"),
        (
            "air: {zones: {CS1: 1 point}",
            "air: {zones: {CS2: 1 point}",
            "the line has no zone CS2; it has CS1",
        ),
        ("silent_after: 5 min", "silent_after: 30 s", "it would always be silent"),
        (
            "case: {after: 30 min",
            "case: {after: 1 min",
            "the case comes after 1 min, before the verdict (5 min)",
        ),
        ("while: defrost", "while: air", "air is no signal: its unit is degC, not bool"),
        ("at_most: -15.0 degC\n", "at_most: -15.0 degC\n        at_least: -40.0 degC\n", "two make a band"),
        ("2026-12-01T00:00+08:00", "2026-12-01T00:00", "has no offset; write Z or +08:00 behind it"),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_was_meant(old, new, expected):
    """`FILE:LINE:COL: message`; one mistake, one message that helps."""
    [fault] = faults(changed(old, new))
    assert expected in fault
    assert fault.startswith("plan.yaml:")


def test_the_good_plan_is_good():
    """What the other tests break is whole without them."""
    assert load_plan(GOOD, "plan.yaml").line_id == "cold-1"


def test_every_fault_is_named_at_once():
    """An engineer mends a file in one round."""
    text = (
        changed("resolution: 0.1", "resolutoin: 0.1")
        .replace("75 min", "75")
        .replace("degC, for", "degX, for")
    )
    assert len(faults(text)) == 3


@pytest.mark.parametrize(
    ("scalar", "message"),
    [
        ("on", "may be read as true or false"),
        ("No", "may be read as true or false"),
        ("12:30", "base 60"),
        ("010", "octal"),
        ("1e-3", "write it out"),
        (".nan", "not a number"),
        ("-.inf", "not a number"),
        ("0x10", "decimal"),
        ("1_000", "underscore"),
        (".5", "lacks a digit"),
        ("!!python/object:os.system x", "tag"),
    ],
)
def test_what_yaml_reads_in_two_ways_is_refused(scalar, message):
    """The traps of YAML are errors with their line, not surprises."""
    with pytest.raises(PlanError, match=message) as caught:
        read_yaml(f"a: 1\nb: {scalar}\n", "f.yaml")
    assert str(caught.value).startswith("f.yaml:2:")


def test_quoted_text_is_text():
    """In quotes a person says that they mean it."""
    data, _ = read_yaml("a: \"12:30\"\nb: 'on'\nc: 2026-12-01\n", "f.yaml")
    assert data == {"a": "12:30", "b": "on", "c": "2026-12-01"}


@pytest.mark.parametrize(
    "text",
    ["", "a: [1,", "a: 1\n b: 2", "{a: 1", "a: b: c", "\t- x", "? [a]\n: b", "a: *nowhere", "<<: {a: 1}"],
)
def test_what_is_no_yaml_is_an_error_with_a_place(text):
    """Never a traceback."""
    with pytest.raises(PlanError) as caught:
        read_yaml(text, "f.yaml")
    assert str(caught.value).startswith("f.yaml:")


def test_a_comment_may_stand_anywhere():
    """Behind a key whose value follows on the next line, with an empty line behind it: it is a comment, and no more."""
    data, _ = read_yaml("a:  # why\n  b\n\nc: 1\n", "f.yaml")
    assert data == {"a": "b", "c": 1}


def test_a_folded_text_is_what_yaml_says():
    """Lines of a folded text are joined by a space, and by nothing else; a kept one has its line breaks."""
    data, _ = read_yaml("a: >\n  one\n  two\nb: |\n  one\n  two\nc: >-\n  one\n\n  two\n", "f.yaml")
    assert data == {"a": "one two\n", "b": "one\ntwo\n", "c": "one\ntwo"}


def test_anchors_repeat_a_whole_value():
    """`&name` and `*name` are allowed; the copy reads like the original."""
    data, _ = read_yaml("a: &x {k: 1}\nb: *x\n", "f.yaml")
    assert data == {"a": {"k": 1}, "b": {"k": 1}}


def test_a_name_given_twice_is_refused():
    """What `*x` means where `&x` is given twice depends on the place; nobody reads that right."""
    assert read_yaml("a: &x 1\nb: *x\nc: [*x, *x]\n", "f.yaml")[0] == {"a": 1, "b": 1, "c": [1, 1]}
    with pytest.raises(PlanError, match=r"f\.yaml:3:4: the name &x is given a second time"):
        read_yaml("a: &x {k: 1}\nb: *x\nc: &x {k: 2}\nd: *x\n", "f.yaml")


def test_the_hash_is_of_what_the_plan_says_not_of_how_it_is_written():
    """Comments, order and spacing do not matter; a limit does."""
    plan = load_plan(GOOD, "plan.yaml")
    rewritten = "# a comment\n" + GOOD.replace(
        "every: 60 s, silent_after: 5 min", "silent_after: 300 s, every: 1 min"
    )
    assert load_plan(rewritten, "other.yaml").hash == plan.hash
    assert load_plan(changed("-15.0", "-15.1"), "plan.yaml").hash != plan.hash


def test_the_canonical_form_holds_no_floats():
    """Numbers stand as decimal text, so that the same plan has the same bytes everywhere."""
    assert b'"resolution":"0.1"' in load_plan(GOOD, "plan.yaml").canonical()


def test_the_defaults_belong_to_the_language():
    """The hash leaves defaults out: a default that changes, changes what adopted plans mean. Then raise LANGUAGE."""
    seen: dict[str, dict[str, str]] = {}
    waiting: list[type[BaseModel]] = [Plan, *(kind.model for kind in KINDS.values())]
    while waiting:
        model = waiting.pop()
        if model.__name__ in seen:
            continue
        fields = seen[model.__name__] = {}
        for name, field in model.model_fields.items():
            if not field.is_required():
                fields[name] = repr(field.get_default(call_default_factory=True))
            for part in (
                field.annotation,
                *get_args(field.annotation),
                *map(get_args, get_args(field.annotation)),
            ):
                for each in part if isinstance(part, tuple) else (part,):
                    if isinstance(each, type) and issubclass(each, BaseModel):
                        waiting.append(each)
    said = json.dumps({"language": LANGUAGE, "defaults": seen, "patience": 5 * MINUTE}, sort_keys=True)
    assert hashlib.sha256(said.encode()).hexdigest() == FROZEN, said
