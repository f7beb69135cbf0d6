"""The dashboard of completeness: what came of what was expected, by the hour, and every gap with what it comes from."""

from __future__ import annotations

from typing import Any

from dashboards.grafana import completeness_queries as queries
from dashboards.grafana.dashboard import choice, dashboard
from dashboards.grafana.influxql import matching, same
from dashboards.grafana.panel import (
    COLOURED,
    Panel,
    Query,
    column,
    stat,
    state_timeline,
    status_history,
    table,
)
from dashboards.grafana.reading_queries import REASONS
from dashboards.grafana.series_columns import series_columns
from dashboards.grafana.shown import Shown, measured, points_of, uid
from dashboards.grafana.verdicts import NO_DATA
from dashboards.views.gap_causes import CAUSES
from rules.plan import Plan

Json = dict[str, Any]

_GREEN, _YELLOW, _RED = "#2f9e44", "#f2b01e", "#d32f2f"
_MOST = 0.9  # of what was expected


def completeness_dashboard(shown: Shown) -> Json:
    """The dashboard of completeness."""
    site = same(site=shown.site)
    where = f"{site} AND {matching('line', '${line:regex}')}"
    return dashboard(
        shown,
        uid=uid("completeness", shown.site),
        title=f"{shown.place} · {shown.say('Completeness')}",
        panels=[*_now(shown, site), _hours(shown, where), _gaps(shown, where), *_counts(shown, where)],
        variables=[choice(shown, "line", shown.say("Line"), [plan.line_id for plan in shown.plans])],
        refresh="5m",
    )


def _now(shown: Shown, site: str) -> list[Panel]:
    numbers = {
        "gaps_open": shown.say("Series that lack readings now"),
        "quarantine_open": shown.say("In quarantine, undecided"),
        "troubles": shown.say("Troubles of recording"),
    }
    steps = [{"value": None, "color": _GREEN}, {"value": 1, "color": _RED}]
    found = [
        stat(
            title,
            [Query(queries.said_now(site, field))],
            width=4,
            height=6,
            colour="value",
            defaults={
                "noValue": shown.say(NO_DATA[0]),
                "unit": "none",
                "thresholds": {"mode": "absolute", "steps": steps},
            },
        ).linked(shown.say("Health page in haccpline"), f"{shown.pages}/health" if shown.pages else "")
        for field, title in numbers.items()
    ]
    answers = {
        "true": {"text": shown.say("answers"), "color": _GREEN, "index": 0},
        "false": {"text": shown.say("does not answer"), "color": _RED, "index": 1},
    }
    found.append(
        state_timeline(
            shown.say("Does each source answer?"),
            [Query(queries.connected(site), "$tag_source")],
            [{"type": "value", "options": answers}],
            width=12,
            height=6,
        )
    )
    return found


def _hours(shown: Shown, where: str) -> Panel:
    """Each series by the hour. What is missing is darker than what is red."""
    series = sum(_expecting(plan) for plan in shown.plans)
    nothing = {"text": shown.say("nothing came"), "color": NO_DATA[1], "index": 0}
    unknown = {"text": shown.say(NO_DATA[0]), "color": NO_DATA[1], "index": 1}
    return status_history(
        shown.say("Usable readings of those expected, by the hour"),
        [Query(queries.share_of_hours(where), "$tag_line $tag_sensor $tag_point")],
        [
            {"type": "value", "options": {"0": nothing}},
            {"type": "special", "options": {"match": "null+nan", "result": unknown}},
        ],
        look=_share_look(),
        width=24,
        height=min(4 + series, 24),
        description=shown.say(
            "An hour is shown when it is over. A sensor whose readings come when they come has no row."
        ),
    )


def _share_look() -> Json:
    """Colours of a share: green where timing alone explains what is missing."""
    steps: list[Json] = [{"value": None, "color": _RED}]
    steps += [{"value": _MOST, "color": _YELLOW}, {"value": queries.COMPLETE, "color": _GREEN}]
    return {"unit": "percentunit", "decimals": 1, "thresholds": {"mode": "absolute", "steps": steps}}


def _expecting(plan: Plan) -> int:
    return sum(
        len(points_of(sensor))
        for sensor in plan.sensors.values()
        if measured(sensor) and isinstance(sensor.every, int)
    )


def _gaps(shown: Shown, where: str) -> Panel:
    words = {reason.text: shown.say(name) for name, reasons in REASONS.items() for reason in reasons} | {
        cause: shown.say(said) for cause, said in CAUSES.items()
    }
    causes = {cause: {"text": text, "index": index} for index, (cause, text) in enumerate(words.items())}
    lasts = {
        "true": {"text": shown.say("lasts"), "color": _RED, "index": 0},
        "false": {"text": shown.say("over"), "color": "transparent", "index": 1},
    }
    return table(
        shown.say("Gaps: from when to when, and what they come from"),
        [Query(queries.gaps(where), table=True)],
        width=24,
        height=12,
        overrides=[
            column("Time", shown.say("Since"), unit="dateTimeAsIso"),
            *series_columns(shown),
            column("cause", shown.say("Cause"), mappings=[{"type": "value", "options": causes}]),
            column("end", shown.say("Until"), unit="dateTimeAsIso"),
            column("seconds", shown.say("Lasted"), unit="s"),
            column("missed", shown.say("Readings missed")),
            column(
                "open",
                shown.say("State"),
                mappings=[{"type": "value", "options": lasts}],
                custom__cellOptions=COLOURED,
            ),
            column("detail", shown.say("In detail")),
        ],
        description=shown.say(
            "A gap goes from the last usable reading before it to the first one behind it."
        ),
    )


def _counts(shown: Shown, where: str) -> list[Panel]:
    columns = [
        *series_columns(shown),
        column("expected", shown.say("Expected")),
        column("good", shown.say("Good")),
        column("uncertain", shown.say("Uncertain")),
        column("bad", shown.say("Bad")),
        column("share", shown.say("Usable"), custom__cellOptions=COLOURED, **_share_look()),
    ]
    return [
        table(
            shown.say("What came in the whole hours of the range"),
            [Query(queries.of_series(where), table=True)],
            width=12,
            height=14,
            overrides=[column("Time", shown.say("Since"), unit="dateTimeAsIso"), *columns],
        ),
        table(
            shown.say("Hours that are not complete"),
            [Query(queries.incomplete_hours(where), table=True)],
            width=12,
            height=14,
            overrides=[column("Time", shown.say("Hour from"), unit="dateTimeAsIso"), *columns],
            description=shown.say("Those with less than 98 % of what was expected."),
        ),
    ]
