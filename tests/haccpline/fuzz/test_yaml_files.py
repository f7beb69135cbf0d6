"""Whatever a plan, a site file or a device profile holds: it is refused in words, or it can be used."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gateway.profiles.library
from haccpline.device_profiles import read_profile
from haccpline.site import load_site
from readings.errors import HaccplineError
from rules.compile_plan import compile_plan
from rules.plan_check import load_plan

ROOT = Path(__file__).parents[3]
PLANS = sorted((ROOT / "examples").glob("*/plan.yaml"))
SITES = sorted((ROOT / "examples").glob("*/site.yaml"))
PROFILES = sorted(gateway.profiles.library.FOLDER.glob("*.yaml"))
WORDS = st.one_of(
    st.text(max_size=8),
    st.text(alphabet='{}[]:,-&*!|>%@`"\'#?\\\n\t 0123456789.e+', max_size=10),
    st.sampled_from(
        ["null", "~", "true", "1e999", "-.inf", ".nan", "0x1F", "2026-12-01", "{}", "[]", "- ", "<<: *a", "!!python/none x",
         "9" * 40, "-15.0 degC", "5 min", "-5 min", "1e9 d", "  ", "unit: ", "&a [*a]"]
    ),
)  # fmt: skip
EDITS = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.sampled_from(["drop", "put", "value", "twice", "indent"]), WORDS),
    min_size=1,
    max_size=3,
)
OURS = settings(
    max_examples=settings.default.max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def edited(text: str, edits: list[tuple[int, str, str]]) -> str:
    """A text with lines dropped, doubled, indented, words put in, values overwritten."""
    lines = text.splitlines()
    for number, how, word in edits:
        at = number % max(len(lines), 1)
        line = lines[at] if lines else ""
        if how == "drop":
            del lines[at : at + 1]
        elif how == "twice":
            lines.insert(at, line)
        elif how == "indent":
            lines[at : at + 1] = [" " * (number % 7) + line.strip()]
        elif how == "value" and ":" in line:
            lines[at] = f"{line.partition(':')[0]}: {word}"
        else:
            place = number % (len(line) + 1)
            lines[at : at + 1] = [line[:place] + word + line[place:]]
    return "\n".join(lines) + "\n"


@OURS
@given(st.sampled_from(PLANS), EDITS)
def test_any_plan(path: Path, edits: list[tuple[int, str, str]]) -> None:
    """A plan that is spoilt is refused, naming its file; one that is taken can be judged by."""
    try:
        plan = load_plan(edited(path.read_text(encoding="utf-8"), edits), "spoilt.yaml")
    except HaccplineError as error:
        said = str(error)
        assert said
        return
    compile_plan(plan)


@OURS
@given(st.sampled_from(SITES), EDITS)
def test_any_site_file(tmp_path: Path, path: Path, edits: list[tuple[int, str, str]]) -> None:
    """Likewise a site file, its plans beside it."""
    for other in path.parent.glob("*.yaml"):
        (tmp_path / other.name).write_text(other.read_text(encoding="utf-8"), encoding="utf-8")
    spoilt = tmp_path / "site.yaml"
    spoilt.write_text(edited(path.read_text(encoding="utf-8"), edits), encoding="utf-8", errors="replace")
    try:
        load_site(spoilt)
    except HaccplineError as error:
        said = str(error)
        assert said


@OURS
@given(st.sampled_from(PROFILES), EDITS)
def test_any_profile(tmp_path: Path, path: Path, edits: list[tuple[int, str, str]]) -> None:
    """Likewise a profile of a device."""
    spoilt = tmp_path / "profile.yaml"
    spoilt.write_text(edited(path.read_text(encoding="utf-8"), edits), encoding="utf-8", errors="replace")
    try:
        read_profile(spoilt)
    except HaccplineError as error:
        said = str(error)
        assert said
