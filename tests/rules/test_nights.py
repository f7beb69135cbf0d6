"""Nights: a plant that switches everything off opens no case, and a dishonest night is raised."""

from __future__ import annotations

import pytest

from readings.block import Block
from readings.inputs import Act, State
from readings.times import ALWAYS, DAY, HOUR, MINUTE, NEVER, SECOND, parse_time
from rules.decisions import Decisions
from rules.engine import begin, step
from rules.faults import PlanError
from rules.memory import EngineState, keep_again

START = 1_700_000_000 * SECOND
MIDNIGHT = parse_time("2023-11-20T00:00:00+08:00")  # a Monday
EVERY = 60 * SECOND
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

FILLER = """
line:
  state: {from: filler, codes: {0: stopped, 1: running, 2: cip}}
  judged_when: running
  settle: 10 min
  while_settling: divert
  lot: {from: lot}
  produced: {from: bottles}
  calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}
sensors:
  filler: {unit: code, every: 60 s, silent_after: 3 min}
  bottles: {unit: count, every: 60 s, silent_after: 3 min}
  o3: {unit: mg/L, resolution: 0.01, every: 60 s, silent_after: 3 min}
  flow: {unit: m3/h, resolution: 0.1, every: 60 s, silent_after: 3 min}
  lot: {unit: text, every: on change}
ccps:
  - id: C
    critical:
      - {id: o3, kind: threshold, of: o3, at_least: 0.20 mg/L}
      - {id: flow, kind: band, of: flow, at_least: 1.0 m3/h, at_most: 9.0 m3/h, for_more_than: 2 min}
"""
NO_CALENDAR = FILLER.replace('  calendar: {production: ["Mon-Sat 07:00-19:00"], ends: signed}\n', "")
STOPPED = FILLER.replace("ends: signed", "ends: stopped")


def at(day: float, clock: str) -> int:
    hour, minute = clock.split(":")
    return MIDNIGHT + int(day * DAY) + int(hour) * HOUR + int(minute) * MINUTE


class Plant:
    """A filler that runs by day. Everything is off from 19:05 to 06:40 of each day; on Sunday all day."""

    def __init__(self, bench):
        self.bench = bench
        self.program = bench.program
        self.rows: list[tuple[int, str, float]] = []
        self.acts: list[Act] = []
        self.texts: list[State] = []
        self.bottles = 48_000
        self.now = at(0, "06:40")

    def until(self, end: int, state: int, *, moves: int = 0, silent: tuple[str, ...] = ()) -> Plant:
        while self.now < end:
            self.bottles += moves
            said = {"o3": 0.35, "flow": 5.0, "bottles": float(self.bottles), "filler": float(state)}
            places = {name: number for number, name in enumerate(said)}
            for name, value in said.items():
                if name not in silent:
                    self.rows.append((self.now + places[name] * SECOND, name, value))
            self.now += EVERY
        return self

    def day(self, day: int, *, on: str = "06:40", off: str = "19:05") -> Plant:
        self.now = at(day, on)
        self.texts.append(State(self.now, "L", "lot", f"LOT{day}"))
        self.until(at(day, "07:10"), 0).until(at(day, "18:50"), 1, moves=20)
        return self.until(at(day, off), 0)

    def sign(self, time: int, what: str = "ended") -> Plant:
        self.acts.append(Act(time, f"production.{what}", "L", "lin", {"name": "Lin Na"}))
        return self

    def blocks(self, every: int) -> list[tuple[Block, int]]:
        """(inputs, until) so often, as a gateway that goes on would give them: ticks come also when nothing is heard."""
        rows = sorted(self.rows)
        found: list[tuple[Block, int]] = []
        last = max(rows[-1][0], *(act.time for act in self.acts), 0)
        since, row = ALWAYS, 0
        for time in [*range(rows[0][0], last, every), last]:
            mine = []
            while row < len(rows) and rows[row][0] <= time:
                mine.append(rows[row])
                row += 1
            block = self.bench.block([(name, (when - START) / SECOND, value) for when, name, value in mine])
            acts = tuple(act for act in self.acts if since < act.time <= time)
            texts = tuple(text for text in self.texts if since < text.time <= time)
            found.append((Block(**_columns(block), acts=acts, states=texts), time))
            since = time
        return found

    def live(self, *, every: int = 20 * MINUTE, restart: bool = False) -> Story:
        """Block by block, as it happens."""
        story, state, journal = Story(self.program), begin(self.program), []
        for position, (block, until) in enumerate(self.blocks(every)):
            journal.append(block)
            state, changes = step(self.program, state, block, until, position=position)
            story.take(changes)
            if restart and position % 11 == 5:
                oldest = state.oldest_kept
                state = EngineState.decode(state.encode())
                for again in range(oldest, position + 1) if oldest is not None else ():
                    keep_again(self.program, state, journal[again], again)
        story.finish(state)
        return story

    def replay(self) -> Story:
        """All at once, as a file is read."""
        story, state = Story(self.program), begin(self.program, complete=True)
        rows = [(name, (when - START) / SECOND, value) for when, name, value in sorted(self.rows)]
        whole = Block(**_columns(self.bench.block(rows)), acts=tuple(self.acts), states=tuple(self.texts))
        state, changes = step(self.program, state, whole, self.blocks(DAY)[-1][1])
        story.take(changes)
        story.finish(state)
        return story


def _columns(block: Block) -> dict:
    names = ("series", "which", "time", "value", "raw", "quality", "reason", "received", "seq")
    return {name: getattr(block, name) for name in names}


class Story(Decisions):
    """Decisions, and everything that was ever opened."""

    def __init__(self, program):
        super().__init__(program)
        self.opened: list[tuple[str, str]] = []
        self.told: list[str] = []

    def take(self, changes):
        for change in changes:
            self.opened += [
                (change.limit.limit, str(each.event.kind)) for each in change.events if each.what == "opened"
            ]
            self.told += [each.what for each in change.starts]
        super().take(changes)

    def spans(self, limit: str = "o3") -> list[tuple[str, str, str]]:
        """(verdict, from, reason), the times by day of the week and clock."""
        return [
            (line["verdict"], _clock(parse_time(line["from"])), line["reason"])
            for line in self.lines()
            if line["limit"] == limit
        ]

    def held(self) -> list[tuple[str, str, str, str]]:
        """(limit, kind, from, to) of the events in force."""
        return sorted(
            (limit.limit, str(event.kind), _clock(event.start), _clock(event.end))
            for limit, event in self.raised()
        )


def _clock(time: int) -> str:
    if time == NEVER:
        return ""
    day, rest = divmod(time - MIDNIGHT, DAY)
    return f"{DAYS[day % 7]} {rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}"


@pytest.fixture(scope="module")
def filler(make_bench):
    """Makes a plant by a plan."""

    def make(text: str = FILLER) -> Plant:
        return Plant(make_bench(text))

    return make


def same(plant: Plant) -> Story:
    """What is decided live; the same in replay."""
    story, replayed = plant.live(), plant.replay()
    assert list(replayed.lines()) == list(story.lines())
    assert replayed.held() == story.held()
    assert replayed.starts() == story.starts()
    return story


# -- the honest week ------------------------------------------------------------------------------------------------


def test_a_week_with_nights_opens_no_case_at_all(filler):
    """Signed at 19:02, off at 19:05, on at 06:40, off on Sunday: nothing is opened, not even to be withdrawn later."""
    plant = filler()
    for day in (0, 1, 2, 3, 4, 5, 7):
        plant.day(day).sign(at(day, "19:02"))
    story = same(plant)
    again = plant.live(every=7 * MINUTE, restart=True)
    assert (list(again.lines()), again.opened) == (list(story.lines()), [])
    assert story.opened == []
    nights = [span for span in story.spans() if span[2].startswith("no production")]
    assert [span[:2] for span in nights][:2] == [("suspended", "Mon 19:07"), ("suspended", "Tue 19:07")]
    assert nights[5][2] == "no production: end signed by Lin Na at 2023-11-25T19:02:00+08:00"
    assert not [span for span in story.spans() if span[0] == "indeterminate"]


def test_every_morning_has_a_start_with_its_product_and_no_other(filler):
    """What is made while the line settles is told, from 07:10 to 07:20."""
    plant = filler()
    for day in (0, 1, 2):
        plant.day(day).sign(at(day, "19:02"))
    story = same(plant)
    assert [(_clock(start.start), _clock(start.end)) for start in story.starts()] == [
        ("Mon 07:10", "Mon 07:20"),
        ("Tue 07:10", "Tue 07:20"),
        ("Wed 07:10", "Wed 07:20"),
    ]
    assert story.told == ["begun", "ended"] * 3
    assert plant.program.plan.line.while_settling == "divert"


def test_without_a_calendar_the_counter_takes_the_loss_of_the_night_back(filler):
    """The evening opens a loss, for nothing shows that nothing is made; in the morning the counter does."""
    story = same(filler(NO_CALENDAR).day(0).day(1))
    assert story.opened == [("o3", "monitoring_loss"), ("flow", "monitoring_loss")]
    assert ("suspended", "Mon 19:07", "nothing was made: bottles stood at 62000") in story.spans()
    assert story.held() == []


def test_a_line_that_stopped_before_its_silence_rests_outside_its_hours(filler):
    """`ends: stopped`: its own last word, and the counter in the morning."""
    story = same(filler(STOPPED).day(0).day(1))
    assert ("suspended", "Mon 19:07", "no production: stopped at 2023-11-20T19:04:03+08:00") in story.spans()
    assert story.opened == []


def test_a_counter_that_speaks_all_night_shows_at_once_that_nothing_is_made(filler):
    """On a supply of its own it speaks when all else is off: no loss is opened in the evening."""
    plant = filler(NO_CALENDAR).day(0)
    plant.until(at(1, "06:40"), 0, silent=("o3", "flow", "filler"))
    plant.day(1)
    story = same(plant)
    assert [event for event in story.opened if event[0] == "o3"] == []
    assert ("suspended", "Mon 19:07", "nothing was made: bottles stood at 62000") in story.spans()


# -- dishonest nights -----------------------------------------------------------------------------------------------


def lost(story: Story) -> list[tuple[str, str, str, str]]:
    return [event for event in story.held() if event[:2] == ("o3", "monitoring_loss")]


def test_a_night_that_nobody_signed_is_raised(filler):
    """The calendar alone mutes nothing: somebody may work at night."""
    plant = filler(FILLER.replace("  produced: {from: bottles}\n", "")).day(0).day(1).sign(at(1, "19:02"))
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Mon 19:07", "Tue 06:40")]


def test_a_night_in_which_the_counter_moved_is_raised_signed_or_not(filler):
    """3 bottles more in the morning than in the evening: what was suspended is decided again."""
    plant = filler().day(0).sign(at(0, "19:02"))
    plant.bottles += 3
    plant.day(1).sign(at(1, "19:02"))
    story = same(plant)
    assert lost(story) == [("o3", "monitoring_loss", "Mon 19:07", "Tue 06:40")]
    assert not [span for span in story.spans() if span[2].startswith("no production")]


def test_a_counter_that_was_set_back_excuses_nothing(filler):
    """What it would have shown is not known."""
    plant = filler().day(0).sign(at(0, "19:02"))
    plant.bottles = 0
    assert lost(same(plant.day(1).sign(at(1, "19:02")))) == [
        ("o3", "monitoring_loss", "Mon 19:07", "Tue 06:40")
    ]


def test_a_line_that_said_that_it_ran_behind_the_signature_is_raised(filler):
    """Signed at 18:40 and run until all was switched off at 19:05."""
    plant = filler(FILLER.replace("  produced: {from: bottles}\n", ""))
    plant.now = at(0, "07:10")
    plant.until(at(0, "19:05"), 1, moves=20).sign(at(0, "18:40")).day(1).sign(at(1, "19:02"))
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Mon 19:04", "Tue 06:40")]


def test_sensors_that_are_dead_while_the_line_runs_are_raised(filler):
    """A running line is judged at any hour, whoever signed; until all is off, and the counter stands till morning."""
    plant = filler().day(0).sign(at(0, "19:02"))
    plant.until(at(0, "23:00"), 1, moves=20, silent=("o3",)).day(1).sign(at(1, "19:02"))
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Mon 19:15", "Mon 23:02")]


def test_production_hours_begin_whatever_was_signed(filler):
    """Off until 08:30 on a working day: from 07:00 on nothing is excused, but by the counter."""
    plant = filler(FILLER.replace("  produced: {from: bottles}\n", "")).day(0).sign(at(0, "19:02"))
    plant.now = at(1, "08:30")
    plant.until(at(1, "19:05"), 0).sign(at(1, "19:02"))
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Tue 07:00", "Tue 08:30")]
    counted = filler().day(0).sign(at(0, "19:02"))
    counted.now = at(1, "08:30")
    assert lost(same(counted.until(at(1, "19:05"), 0).sign(at(1, "19:02")))) == []


def test_whoever_says_that_production_begins_ends_the_night(filler):
    """From then on a silent line is raised."""
    plant = filler(FILLER.replace("  produced: {from: bottles}\n", "")).day(0).sign(at(0, "19:02"))
    plant.sign(at(0, "22:00"), "begun").day(1).sign(at(1, "19:02"))
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Mon 22:00", "Tue 06:40")]


def test_a_counter_that_speaks_too_late_shows_nothing(filler):
    """It may speak as late as late readings may: what was said at 06:40 of the night is not changed an hour later."""
    plant = filler(NO_CALENDAR).day(0)
    plant.now = at(1, "06:40")
    plant.until(at(1, "08:00"), 0, silent=("bottles",)).until(at(1, "09:00"), 0)
    assert lost(same(plant)) == [("o3", "monitoring_loss", "Mon 19:07", "Tue 06:40")]


# -- contradictions -------------------------------------------------------------------------------------------------


def test_a_state_that_mutes_while_product_flows_is_a_fault_and_limits_are_judged(filler):
    """`cip` for an hour, while bottles come off the line, and the ozone is gone."""
    plant = filler().day(0, off="18:55")
    plant.until(at(0, "20:00"), 2, moves=20)
    plant.rows = [
        (time, name, 0.0 if name == "o3" and time > at(0, "18:56") else value)
        for time, name, value in plant.rows
    ]
    plant.until(at(0, "20:30"), 0)
    story = same(plant)
    faults = [event for event in story.held() if event[1] == "instrument_fault"]
    assert faults == [("state", "instrument_fault", "Mon 18:55", "Mon 20:00")]
    deviations = [event for event in story.held() if event[:2] == ("o3", "deviation")]
    assert deviations == [("o3", "deviation", "Mon 18:58", "Mon 20:00")]


def test_bottles_that_run_out_behind_a_stop_contradict_nothing(filler):
    """The counter goes on for two minutes after the line was stopped."""
    plant = filler().day(0, off="18:50")
    plant.until(at(0, "18:52"), 0, moves=5).until(at(0, "19:05"), 0).sign(at(0, "19:02"))
    assert [event for event in same(plant).held() if event[1] == "instrument_fault"] == []


def test_a_stopped_line_whose_counter_moved_across_its_silence_is_contradicted(filler):
    """The state said `stopped` all night, the counter was off, and counted."""
    plant = filler().day(0)
    plant.until(at(1, "06:40"), 0, silent=("bottles",))
    plant.bottles += 400
    story = same(plant.until(at(1, "06:50"), 0))
    assert story.held() == [("state", "instrument_fault", "Mon 19:04", "")]


# -- what is not suspended ------------------------------------------------------------------------------------------


def test_a_limit_that_holds_while_nothing_is_made_is_judged_through_the_night(filler):
    """`during: [running, stopped]`: that nothing is made is no reason to suspend it."""
    text = FILLER.replace("at_least: 0.20 mg/L}", "at_least: 0.20 mg/L, during: [running, stopped]}")
    story = same(filler(text).day(0).sign(at(0, "19:02")).day(1).sign(at(1, "19:02")))
    assert lost(story)[0] == ("o3", "monitoring_loss", "Mon 19:04", "Tue 06:40")
    assert [event for event in story.held() if event[0] == "flow"] == []


def test_a_line_without_a_state_rests_by_signature(filler):
    """A small plant has no controller that could say what the line is doing."""
    lines = [
        line for line in FILLER.splitlines() if not line.strip().startswith(("state:", "judged_", "settle:"))
    ]
    plant = filler("\n".join(lines))
    for day in (0, 1):
        plant.day(day).sign(at(day, "19:02"))
    plant.rows = [row for row in plant.rows if row[1] != "filler"]
    assert same(plant).opened == []


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("{from: bottles}", "{from: bottle}", "no sensor named bottle"),
        ("{from: bottles}", "{from: lot}", "lot counts nothing: its unit is text"),
        (
            "bottles: {unit: count,",
            "bottles: {unit: count, points: 2,",
            "one counter counts for the whole line",
        ),
        (
            "{unit: count, every: 60 s, silent_after: 3 min}",
            "{unit: count, every: on change}",
            "speaks on change alone",
        ),
        ("{from: bottles}", "{from: bottles, contradicted_after: 90 s}", "90 s is too short"),
        ("  produced: {from: bottles}\n", "", "name a counter"),
        ("Mon-Sat", "Mo-Sa", "Mo is no day"),
        ("ends: stopped", "ends: stopped, closed: [2023-13-01]", "is not a day"),
    ],
)
def test_what_does_not_fit_is_refused(make_bench, old, new, why):
    """Before it is adopted, with its place."""
    assert old in STOPPED
    with pytest.raises(PlanError, match=why):
        make_bench(STOPPED.replace(old, new))
