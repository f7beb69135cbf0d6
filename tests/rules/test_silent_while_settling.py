"""A state that falls silent while the line settles: nobody knows the cycle that then begins."""

from __future__ import annotations

import pytest

PLAN = """
line: {state: {from: mode, codes: {"0": idle, "1": hold}}, judged_when: hold, settle: 90 s}
sensors:
  mode: {unit: code, every: 10 s, silent_after: 40 s}
  core: {unit: degC, resolution: 0.1, every: 10 s, silent_after: 40 s}
ccps:
  - id: C
    critical: [{id: a, kind: dwell, of: core, at_least: 72.0 degC, for: 60 s}]
"""


@pytest.fixture(scope="module")
def spans(make_bench):
    """Verdicts in a vessel of 80 degC whose state says so (seconds, code)."""
    plant = make_bench(PLAN)

    def judged(modes, *, until):
        rows = [("core/1", at, 80.0) for at in range(0, until + 1, 10)]
        return plant.spans([*rows, *(("mode", at, mode) for at, mode in modes)], until=until)

    return judged


def mode(code, *times):
    return [(at, float(code)) for at in range(*times, 10)]


def test_what_settles_while_nobody_hears_the_state_is_no_hold(spans):
    """Told to hold at 100 s and last at 120, idle at 400: settled at 190 s, it may have been idle for long."""
    said = spans([*mode(0, 0, 100), *mode(1, 100, 130), *mode(0, 400, 500)], until=490)
    assert [span[:2] for span in said] == [
        ("suspended", 0),
        ("starting", 100),
        ("indeterminate", 190),
        ("suspended", 400),
    ]


def test_a_state_that_comes_back_in_time_hides_nothing(spans):
    """Silent from 160 s, heard again at 180: settled at 190 s, held for 60 s at 250."""
    said = spans([*mode(0, 0, 100), *mode(1, 100, 130), *mode(1, 180, 400)], until=390)
    assert said[2:] == [("ok", 190, None, 250)]


def test_a_state_that_is_silent_again_before_it_has_settled_parts_cycles(spans):
    """Heard from 400 to 420 s alone: what was held for 60 s is over at 460, and the hold from 600 s begins anew."""
    modes = [*mode(0, 0, 100), *mode(1, 100, 310), *mode(1, 400, 430), *mode(1, 600, 800), *mode(0, 800, 900)]
    said = spans(modes, until=890)
    assert [(verdict, start) for verdict, start, *_ in said if verdict != "indeterminate"] == [
        ("suspended", 0),
        ("starting", 100),
        ("ok", 190),
        ("ok", 400),
        ("ok", 600),
        ("suspended", 800),
    ]
    assert [(start, decided) for verdict, start, _, decided in said if verdict == "ok"] == [
        (190, 250),
        (400, pytest.approx(460)),
        (600, 660),
    ]
    assert ("indeterminate", 340) in [span[:2] for span in said]
    assert ("indeterminate", 460) in [span[:2] for span in said]
