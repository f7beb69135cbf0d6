"""The page of edge cases names tests that there are."""

from __future__ import annotations

import ast
import re

import docs_pages as pages

ROWS = pages.table("edge-cases.md", "case", "what happens", "the rule", "tests")
NOT_SAID = {29}  # not in the language


def _tests(path: str) -> set[str]:
    tree = ast.parse((pages.ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}


def test_every_case_stands_there_once() -> None:
    """1 to 32, in order, each with its rule."""
    assert [int(row["case"]) for row in ROWS] == list(range(1, 33))
    assert all(row["the rule"] for row in ROWS)


def test_every_test_named_there_exists() -> None:
    """By its file and its name."""
    named = [each for row in ROWS for each in row["tests"].split("; ") if each]
    assert len(named) > 60
    assert [each for each in named if each.partition("::")[2] not in _tests(each.partition("::")[0])] == []


def test_every_case_has_a_test_with_its_number() -> None:
    """So that it is found by its name."""
    numbered = {
        int(row["case"])
        for row in ROWS
        if re.search(rf"::test_edge_(case_)?{row['case']}_", row["tests"]) is not None
    }
    assert {int(row["case"]) for row in ROWS} - numbered == NOT_SAID
