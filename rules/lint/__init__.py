"""Rules that doubt a plan, one file each. A file that offers `RULE` is a rule; nothing else needs to know of it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from rules.linting import Rule

RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (import_module(f"rules.lint.{module.name}").RULE for module in iter_modules(__path__))
}
