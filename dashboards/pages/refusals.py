"""What a person is told when a step is not taken: the rooms' sentences in the reader's language."""

from __future__ import annotations

import re

from dashboards.pages.words import Words
from dashboards.plain_times import in_zone

# As `rules.cases`, `ledger.entering`, `ledger.people` and `dashboards.web` write them; braces stand for what varies.
SENTENCES = (
    "case {case} is {stage}; {action} can be done while it is {stages}",
    "{action} is for {roles}; {who} is {has}",
    "{action} needs {fields}",
    "lot {lot} is not held by case {case}; held are {lots}",
    "{who} has acted on case {case} and cannot verify it: the verifier is not the actor; {more}",
    "{who} acted on case {case} less than {time} ago: the next day is to come",
    "case {case} cannot be ended: no disposition of {lots}",
    "case {case} cannot be closed: the condition has not returned to normal",
    "case {case} cannot be closed: {lots} was there and is not held; contain it as well",
    "{action}: {fields} holds characters that nobody sees, or that turn the text around",
    "there is no open case {case}",
    "{action} is signed: give your password again",
    "not signed in: id or password is wrong, or too many tries were made; {more}",
    "too many requests from this address; try again in {seconds} s",
    "the form's token is missing or of another session; open the page again",
    "none can be made here",
    "{line} has no value {name} that is entered by hand; it has {names}",
    "a value is entered by {roles}; {who} is {has}",
    "{value} is no number; write one such as {example}",
    "{value} is finer than {name} is read off: in steps of {step}",
    "{value} cannot be: {name} lies between {low} and {high}",
    "{time} is still to come",
    "measured {time}, more than {span} ago: that is too late to be entered as a reading; write it into the case",
    "say where {name} was measured: {zones}",
    "the period ends before it begins",
    "{who} is not {role}; their roles are {has}",
    "{action} takes {fields}, not {others}",
    "{who} is signed in, not {other}",
    "{fields}: at most {number} characters",
    "{fields} holds characters that nobody sees, or that turn the text around: type it again",
    "{name} has no zones",
    "no line {line} is recorded, or {series} is not of it",
    "it was entered by another plan than the one in force: enter it again",
    "a calibration is signed, by {roles}",
    "{series} was calibrated at {time}, which is not before this one",
    "the plan of {line} has no sensor {sensor} with a point {point}",
    "the plan of {line} does not have {sensor} calibrated: add it to verification",
    "it was performed at {time}, and it is {now}",
    "a calibration names its reference: the instrument or the method it was held against",
    (
        "{sensor} was left at {left}, beyond {tolerance}: it cannot go back into use so;"
        " adjust it or put another in its place, and say how that was left"
    ),
    "{value} may be {one} or {other}: write the one that is meant",
    "{value} holds commas between thousands: write {number}",
    "{value} is no error of this instrument; write what it shows less the reference, such as {example}",
    "the plan's {check} has no tolerance: nothing says when it passes",
    "the plan's {check}: {more}",
    "no action named {action}; there are {actions}",
    "no action named {action}",
    "no step of production named {name}; there are {names}",
    "the plan of {line} has no calendar: nothing would follow from a signed end of production",
    "{action} must be signed: the password is asked for again",
    "{action} is not signed",
    "{action}: {fields} must be text",
    "{action}: {fields} must be texts in a list",
    "an API key neither acts nor signs: a person does",
    "an API key that hands in readings is bound to a source: have one made with --source",
    "there is no line {line}",
    "there is no case {case}",
    "nobody enters {name} on {line}",
    "no plan has {series} calibrated",
    "the API key {key} is for {scope}: that gives no right to {right}",
    "{who} is {has}: that gives no right to {right}",
    "{who} is {has}: no right to {right}",
    "{who} has no role that reads",
    "sign in first",
    "this idempotency key came with another request before; use a new one",
)


_SEVERAL = re.compile(", | or ")


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(text)))


_PATTERNS = tuple((_pattern(text), text) for text in SENTENCES)


def refusal(said: str, words: Words) -> str:
    """A refusal as its reader understands it, with times of the site's zone; one that is not known stays in English."""
    return in_zone(_refusal(said, words), words.time)


def _refusal(said: str, words: Words) -> str:
    if words.tongue == "en":
        return said
    for pattern, text in _PATTERNS:
        match = pattern.fullmatch(said)
        if match is not None:
            values = {name: _told(name, value, words) for name, value in match.groupdict().items()}
            return words.say(text, **values)
    return said


def _told(name: str, value: str, words: Words) -> str:
    from dashboards.pages.forms import LABELS, SHORT

    if name == "action":
        return words.say(SHORT.get(value, value))
    if name == "fields":
        return "、".join(words.say(LABELS.get(each, each)) for each in value.split(", "))
    if name in ("stage", "stages"):
        return "、".join(words.stage(each) for each in value.split(", "))
    if name in ("roles", "has"):
        return "、".join(words.role(each) for each in _SEVERAL.split(value))
    return value
