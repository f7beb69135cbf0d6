"""What every page does with what a person sent: who sent it, why it was refused, whether it stands in the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from starlette.datastructures import FormData

from dashboards.pages.refusals import refusal
from dashboards.pages.words import Words
from dashboards.web.entering import Sender
from dashboards.web.problems import PROBLEMS, slug_of
from ledger.errors import SignInRefused
from readings.errors import HaccplineError

PATIENCE = 3.0  # seconds that a person waits for what they entered to be in the record
_LONGEST = 64  # characters of a key


@dataclass(frozen=True, slots=True)
class Told:
    """What stands above a page that something was sent from.

    Attributes:
        text: empty for nothing.
        kind: good, warn or bad.
        done: names the form whose draft is not needed any more; empty for none.
    """

    text: str = ""
    kind: str = ""
    done: str = ""


NOTHING = Told()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not taken: in the reader's words, and the status of the answer."""

    text: str
    status: int


def new_key() -> str:
    """Names a filling-in of a form, so that a button hit twice, or a form sent again, enters once."""
    return uuid4().hex


def sender_of(form: FormData) -> Sender:
    """Who sent a form: whoever is signed in, with its token and its key."""
    return Sender(
        password=str(form.get("password", "")),
        csrf=str(form.get("csrf", "")),
        once=str(form.get("once", ""))[:_LONGEST] or None,
    )


def refused(error: HaccplineError, words: Words) -> Refused:
    """What is told of a refusal."""
    text = refusal(str(error), words)
    if isinstance(error, SignInRefused):
        text = words.say("The password is wrong, or too many tries were made. Nothing was entered.")
    return Refused(text, PROBLEMS[slug_of(error)].status)


def wait_for_record(there: Callable[[], bool]) -> None:
    """Until what was entered stands in the ledger, or patience ends."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and not there():
        time.sleep(0.1)


def told_of(there: bool, words: Words, done: str = "", what: str = "") -> Told:
    """Whether it stands in the record by now.

    Args:
        there: whether it does.
        words: of the reader.
        done: names the form.
        what: was entered; empty where that needs no word.
    """
    if not there:
        later = words.say(
            "Entered. The record process has not taken it yet; it will stand below when it has."
        )
        return Told(words.say("{what}: {said}", what=what, said=later) if what else later, "warn", done)
    if what:
        return Told(words.say("{what}: it stands in the record.", what=what), "good", done)
    return Told(words.say("It stands in the record."), "good", done)
