"""The reference page of the plan language, made of the code: every model and every limit kind with keys, types, defaults.

A new kind appears on it by itself: its keys from its model, their meanings from its docstring, its example from the
docstring's section `Example:`.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, get_args

from pydantic import BaseModel

from rules.docstrings import example_of, told
from rules.key_types import default_words, type_words
from rules.kinds import KINDS
from rules.limit import Limit
from rules.plan import Plan

_HEAD = """\
# Plan reference

Every key of the plan language, made of the code by `haccpline plan reference`. The guide, with what it all means
together, is [the plan language](plan-language.md). In an editor, `haccpline plan schema` gives the same keys while you
type: see [editors](plan-language.md#editors).

A key without a default is needed where it says so; one whose default is empty is simply not there. *Kept* is what people
read and the program does not act on.

What stands behind a colon:

| type | such as | meaning |
|---|---|---|
| quantity | `-18.0 degC` | a number with its [unit](data-dictionary.md#units), exact |
| duration | `45 min` | a number and `ms`, `s`, `min`, `h` or `d` |
| time | `2026-12-01T00:00:00+08:00` | a time with its offset |
| number | `0.1` | a plain decimal number |
| name | `CS1` | up to 64 letters, digits and - _ . |
| names | `{zh: 冷库, en: Cold store}` | a text, or one in each language |
| length of time | `12 months` | as a calendar counts: `d`, `weeks`, `months`, `y` |

In a limit, a quantity or a duration may also be a reference to a critical factor of the product's
[scheduled process](#scheduledprocess), such as `scheduled_process.temperature_at_least`; and `like: ID` copies another
limit: see [like](plan-language.md#like). `by_product: {ID: {...}}` says what differs between products: see
[by product](plan-language.md#by-product).
"""
_PLAN = """\
plan: example
name: Example
site: {{id: S, name: Site, timezone: Asia/Shanghai}}
effective_from: 2026-12-01T00:00:00+08:00
{rest}sensors:
  watched: {{unit: bool, every: 60 s}}
{sensors}ccps:
  - id: CCP1
    critical:
      - {{id: watched, kind: state_held, of: watched}}
{lists}"""
_PART = re.compile(r"^(\w+):.*$", re.MULTILINE)


def examples() -> dict[str, str]:
    """A whole plan with the example of each limit kind; a kind whose docstring has none is not there."""
    found = {}
    for name, kind in KINDS.items():
        text = example_of(kind.model)
        if text:
            found[name] = _plan_with(text)
    return found


def reference() -> str:
    """The page, as Markdown."""
    parts = [_HEAD]
    for model in _models():
        text, _ = told(model)
        parts.append(f"## {model.__name__}\n\n{text}\n\n{_table(model, _keys(model))}")
        if model is Limit:
            parts += [_kind(name) for name in sorted(KINDS)]
    return "\n".join(parts)


def _models() -> list[type[BaseModel]]:
    """The models of a plan in the order in which they are met; limits of all kinds as what they have in common."""
    found: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Plan]
    while waiting:
        model = waiting.pop(0)
        if model not in found:
            found.append(model)
            waiting += [each for key in model.model_fields for each in _named(model, key)]
    return found


def _named(model: type[BaseModel], key: str) -> Iterator[type[BaseModel]]:
    """The models that a key names; what is written as a single text is none to the one who writes."""
    field = model.model_fields[key]
    if type_words(field.annotation, field.metadata).linked:
        yield from _parts(field.annotation)


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield Limit if issubclass(annotation, Limit) else annotation
        return
    for each in get_args(annotation):
        if type_words(each, ()).linked:
            yield from _parts(each)


def _kind(name: str) -> str:
    kind = KINDS[name]
    meanings = told(kind.model)[1]
    text = inspect.cleandoc(sys.modules[kind.model.__module__].__doc__ or "")
    own = [
        key
        for key in kind.model.model_fields
        if key != "kind" and (key not in Limit.model_fields or meanings.get(key) != told(Limit)[1].get(key))
    ]
    parts = [f"### {name}\n", f"{text}\n", f"Method `{kind.method}`."]
    if own:
        parts.append(f"\n{_table(kind.model, own).rstrip()}")
    parts += [
        f"\n#### {model.__name__}\n\n{told(model)[0]}\n\n{_table(model, _keys(model)).rstrip()}"
        for model in _own_models(kind.model, own)
    ]
    example = example_of(kind.model)
    if example:
        parts.append(f"\n```yaml\n{example}\n```")
    return "\n".join(parts) + "\n"


def _own_models(model: type[BaseModel], keys: list[str]) -> list[type[BaseModel]]:
    known = _models()
    found: list[type[BaseModel]] = []
    for key in keys:
        found += [each for each in _named(model, key) if each not in (*known, *found)]
    return found


def _keys(model: type[BaseModel]) -> list[str]:
    """Its own keys first, then what it has from its parents."""
    return sorted(model.model_fields, key=lambda name: name not in model.__annotations__)


def _table(model: type[BaseModel], keys: list[str]) -> str:
    meanings = told(model)[1]
    rows = ["| key | type | default | meaning |", "|---|---|---|---|"]
    for key in keys:
        field = model.model_fields[key]
        cells = (
            field.alias or key,
            type_words(field.annotation, field.metadata).text,
            default_words(field),
            meanings.get(key, ""),
        )
        rows.append(f"| {' | '.join(each.replace('|', chr(92) + '|') for each in cells)} |")
    return "\n".join(rows) + "\n"


def _plan_with(example: str) -> str:
    """A plan around an example: `sensors` and lists of limits go to their places, all else stands on top."""
    starts = [match.start() for match in _PART.finditer(example)] + [len(example)]
    parts = {}
    for start, end in pairwise(starts):
        text = example[start:end].rstrip() + "\n"
        parts[text.partition(":")[0]] = text
    sensors = parts.pop("sensors", "").partition("\n")[2]
    critical = parts.pop("critical", "").partition("\n")[2]
    lists = textwrap.indent(critical, "    ")
    for rank in ("supporting", "operating", "instruments"):
        lists += textwrap.indent(parts.pop(rank, ""), "    ")
    criteria = parts.pop("criteria", "")
    if criteria:
        lists += "oprps:\n  - id: OPRP1\n" + textwrap.indent(criteria, "    ")
    return _PLAN.format(rest="".join(parts.values()), sensors=sensors, lists=lists)
