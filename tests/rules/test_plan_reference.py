"""The reference page: made of the code, complete, and its examples are plans."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel

from rules.compile_plan import compile_plan
from rules.docstrings import example_of, told
from rules.kinds import KINDS
from rules.plan_check import load_plan
from rules.plan_reference import examples, reference

PAGE = Path(__file__).parents[2] / "docs" / "plan-reference.md"
TEXT = reference()


def test_the_page_is_that_of_the_code():
    """Stale? `haccpline plan reference -o docs/plan-reference.md`."""
    assert PAGE.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_example_of_a_kind_is_a_plan(kind):
    """Every kind shows how it is written (docstring section `Example:`), and that can be judged by."""
    program = compile_plan(load_plan(examples()[kind], f"{kind}.yaml"))
    assert kind in {limit.kind for limit in program.limits}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_stands_there_with_its_keys_and_method(kind):
    """A section of its own; no key of it is without a meaning."""
    section = TEXT.split(f"### {kind}\n")[1].split("\n## ")[0].split("\n### ")[0]
    assert f"`{KINDS[kind].method}`" in section
    for row in [
        line for line in section.splitlines() if line.startswith("| ") and not line.startswith("| key")
    ]:
        assert row.rstrip(" |").count(" | ") == 3, row


def test_no_key_of_the_language_is_without_a_meaning():
    """Whatever may be written, the page says what it means."""
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line.count(" | ") == 3]
    assert len(rows) > 100
    assert [row for row in rows if row.endswith("|  |")] == []


class Parent(BaseModel):
    """A parent.

    Attributes:
        one, two: of both.
    """

    one: int
    two: int


class Child(Parent):
    """A child: it says more
    on two lines.

    Attributes:
        two: its own,
            on two lines.
        gone: no field.

    Example:
        a: 1
        b:
          - 2
    """

    three: Literal["x"]


def test_a_docstring_is_taken_apart():
    """Text, meanings of fields with those of the parents, and the example; what is no field is left out."""
    text, meanings = told(Child)
    assert text == "A child: it says more\non two lines."
    assert meanings == {"one": "of both.", "two": "its own, on two lines."}
    assert example_of(Child) == "a: 1\nb:\n  - 2"
    assert example_of(Parent) == ""
