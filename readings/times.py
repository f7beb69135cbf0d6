"""Time: UTC, in nanoseconds since 1970, as an integer; durations likewise.

Wall time appears at the edges alone: read here, written here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt

from readings.errors import TimeError
from readings.spellings import spelt

NS = 1
US = 1_000
MS = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = np.iinfo(np.int64).max  # later than any time
ALWAYS = np.iinfo(np.int64).min  # earlier than any time
NEVER_SET = 946_684_800 * SECOND  # 2000-01-01: a device's clock that shows less was never set
AHEAD = 5 * MINUTE  # farther ahead of our clock than this, a device's time is not believed

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s*([Zz]|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_DURATION = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([^\W\d]+)\s*")
_DURATION_UNIT = {
    "ns": NS,
    "us": US,
    "ms": MS,
    "s": SECOND,
    "min": MINUTE,
    "h": HOUR,
    "d": DAY,
}
_DURATION_MEANT = {
    "m": "min",
    "minute": "min",
    "min": "min",
    "分": "min",
    "sec": "s",
    "second": "s",
    "hour": "h",
    "hr": "h",
    "时": "h",
    "day": "d",
    "日": "d",
}
_SEVERAL = re.compile(r"\d+\s*[a-zA-Z]+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


_DATE = len("2026-12-01T00:00:00")


T = TypeVar("T", int, npt.NDArray[np.int64])


def arrival(received: T) -> T:
    """The time of a reading that brought none: when it came, to the microsecond, and never a whole millisecond.

    So it is told from a time that a device gave, in milliseconds as a rule, wherever that one was here at once.

    Args:
        received: ns UTC.
    """
    time = received - received % US
    return time + US * (time % MS == 0)  # type: ignore[no-any-return]


def zone(name: str) -> tzinfo:
    """The time zone of an IANA name such as `Asia/Shanghai`.

    Raises:
        TimeError: no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise TimeError(f"no time zone named {name!r}; write an IANA name, such as Asia/Shanghai") from error


def parse_time(text: str, local: tzinfo | None = None) -> int:
    """Nanoseconds of an RFC 3339 time, or of a local one when `local` is given.

    A local time that a change of clocks makes ambiguous or impossible is refused.

    Raises:
        TimeError: the text is no time, has no offset and no `local` was given, or could mean two times.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise TimeError(f"{text!r} is not a time; write 2026-12-01T00:00:00+08:00")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0))  # noqa: DTZ001 - the offset follows
    except ValueError as error:
        raise TimeError(f"{text!r} is not a time: {error}") from error
    if offset is not None:
        try:
            moment = moment.replace(tzinfo=UTC) - _offset(offset)
        except OverflowError as error:
            raise TimeError(f"{text!r} is out of reach; times go from the year 1678 to 2261") from error
    elif local is not None:
        moment = _from_local(moment, local, text)
    else:
        raise TimeError(f"{text!r} has no offset; write Z or +08:00 behind it")
    found = int((moment - _EPOCH) // timedelta(seconds=1)) * SECOND + int((fraction or "0").ljust(9, "0"))
    if not ALWAYS < found < NEVER:
        raise TimeError(f"{text!r} is out of reach; times go from the year 1678 to 2261")
    return found


def _offset(text: str) -> timedelta:
    if text in "Zz":
        return timedelta()
    sign, hours, minutes = -1 if text[0] == "-" else 1, int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise TimeError(f"{text} is no offset of any place; they go to 14:00")
    return sign * timedelta(hours=hours, minutes=minutes)


def _from_local(moment: datetime, local: tzinfo, text: str) -> datetime:
    first = moment.replace(tzinfo=local, fold=0)
    second = moment.replace(tzinfo=local, fold=1)
    if first.utcoffset() != second.utcoffset():
        raise TimeError(f"{text!r} falls into a change of clocks in {local}; write it with its offset")
    return first.astimezone(UTC)


def format_time(ns: int) -> str:
    """RFC 3339 in UTC, with as many decimals (0, 3, 6 or 9) as the time needs."""
    seconds, rest = divmod(int(ns), SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    if rest:
        digits = f"{rest:09d}"
        while digits.endswith("000"):
            digits = digits[:-3]
        text += "." + digits
    return text + "Z"


def format_times(ns: npt.NDArray[np.int64]) -> list[str]:
    """RFC 3339 in UTC with nine decimals each, the fixed form of canonical rows."""
    seconds, rest = np.divmod(ns, SECOND)
    whole, which = np.unique(seconds, return_inverse=True)
    dates = np.datetime_as_string(whole.view("datetime64[s]")).astype(f"S{_DATE}").view(np.uint8)
    letters = np.empty((len(ns), _DATE + 11), np.uint8)
    letters[:, :_DATE] = dates.reshape(-1, _DATE)[which]
    letters[:, _DATE], letters[:, -1] = ord("."), ord("Z")
    digits = rest.astype(np.uint32)
    for place in range(_DATE + 9, _DATE, -1):
        digits, last = np.divmod(digits, np.uint32(10))
        letters[:, place] = last + ord("0")
    text, width = letters.tobytes().decode("ascii"), letters.shape[1]
    return [text[at : at + width] for at in range(0, len(text), width)]


def parse_duration(text: str) -> int:
    """Nanoseconds of a duration such as `5 s`, `45 min`, `24 h`, `7 d`.

    Raises:
        TimeError: no such duration; months and years are refused, for they have no fixed length.
    """
    match = _DURATION.fullmatch(text)
    name = spelt(match[2]) if match is not None else ""
    if match is None or name not in _DURATION_UNIT:
        raise TimeError(f"{text!r} is not a duration; {_duration_meant(text, match)}")
    whole, _, part = match[1].partition(".")
    unit = _DURATION_UNIT[name]
    nanoseconds, rest = divmod(int(whole + part) * unit, int(10 ** len(part)))
    if rest:
        raise TimeError(f"{text!r} is finer than a nanosecond")
    return nanoseconds


def _duration_meant(text: str, match: re.Match[str] | None) -> str:
    """What to write instead of what is nearly a duration."""
    meant = _DURATION_MEANT.get(match[2].lower().removesuffix("s")) if match is not None else None
    if match is not None and meant:
        return f"write {match[1]} {meant}"
    if text.strip()[:1] == "-":
        return "it is less than nothing"
    if len(_SEVERAL.findall(text)) > 1:
        return "it is made of several; write one, such as 90 min"
    return "write a number and one of ms, s, min, h, d, such as 45 min"


def format_duration(ns: int) -> str:
    """The shortest exact way to write a duration: `90 s`, `45 min`, `2 h`."""
    for name in ("d", "h", "min", "s", "ms", "us", "ns"):
        if ns % _DURATION_UNIT[name] == 0 and ns:
            return f"{ns // _DURATION_UNIT[name]} {name}"
    return "0 s"
