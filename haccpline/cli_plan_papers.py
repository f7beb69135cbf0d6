"""Commands about plans as people and editors read them: the language's schema and reference page."""

from __future__ import annotations

import json

import typer


def schema() -> None:
    """Print the JSON Schema of the plan language: editors complete keys with it, and underline slips.

    Example: haccpline plan schema > plan.schema.json
    """
    from rules.plan_schema import plan_schema

    typer.echo(json.dumps(plan_schema(), indent=1, ensure_ascii=False))


def reference() -> None:
    """Print the reference of the plan language as Markdown: every key, its type, its default, its meaning.

    Example: haccpline plan reference > docs/plan-reference.md
    """
    from rules.plan_reference import reference

    typer.echo(reference(), nl=False)
