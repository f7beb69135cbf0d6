"""What the health page says."""

from __future__ import annotations

from typing import Any

from dashboards.pages.words import Words
from dashboards.views.doubt_words import doubt_words
from dashboards.views.health import Finding
from dashboards.views.snapshot import Snapshot
from dashboards.views.trouble_kinds import TROUBLES
from readings.times import SECOND, parse_time

FINDINGS = {
    "never": "The record process has never spoken: nothing is watched.",
    "unreadable": "What the record process wrote of itself cannot be read.",
    "silent": "The record process has been silent for {time}: nothing is watched.",
    "clock": "The machine's clock was set back: it is {time} behind what was recorded, and time stands still until then.",
    "no journal": "There is no journal: nothing is recorded.",
    "no reading": "The sources have not given a reading yet, and time is what readings say.",
    "disk": "The disk is full: nothing can be recorded until there is room.",
    "stuck": "Nothing has been recorded for {time}: nothing is watched.",
    "unheard": "Nothing has been judged for {time}: the clerk does not keep up.",
    "books": "The books do not balance; readings unaccounted for: {n}.",
    "said": "The record process says:",
    "clerk": "The clerk is {n} blocks behind: verdicts come late.",
    "source": "{about} is not connected.",
    "source since": "{about} is not connected since {since}.",
    "quarantine": "In quarantine, waiting for a decision: {n}.",
    "copy": "The copy of {about} to InfluxDB waits or was refused in parts; points refused: {n}.",
}
BOOKS = {
    "acquired": "acquired",
    "stored": "stored",
    "duplicate": "duplicates",
    "quarantined": "quarantined",
    "waiting": "waiting to be sealed",
}


def finding_text(finding: Finding, words: Words) -> str:
    """Something that is not well, in words."""
    if finding.code == "said" and finding.about in TROUBLES:
        return words.say("{what}:", what=words.say(TROUBLES[finding.about]))
    known = f"{finding.code} since"
    return words.say(
        FINDINGS[known if finding.since is not None and known in FINDINGS else finding.code],
        time=words.duration(finding.number * SECOND),
        n=finding.number,
        about=finding.about,
        since=words.time(finding.since) if finding.since is not None else "",
    )


def doubt_text(finding: Finding, words: Words) -> str:
    """What is doubted, in the reader's language; empty where nothing is, or it is of a kind that is not known."""
    said = doubt_words(finding.doubt, words.tongue) if finding.doubt is not None else ""
    return f"{finding.source}{'：' if words.tongue == 'zh' else ': '}{said}" if said else ""


def health_values(words: Words, snap: Snapshot) -> dict[str, Any]:
    """What the health templates use."""
    said = snap.health.said
    return {
        "finding_text": lambda finding: finding_text(finding, words),
        "doubt_text": lambda finding: doubt_text(finding, words),
        "books": [(name, words.say(text)) for name, text in BOOKS.items()],
        "started": parse_time(said["started"]) if said else 0,
    }
