"""A plan file that is edited while the record runs is noticed, and changes nothing by itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from haccpline.plan_files import PlanFiles
from haccpline.site import Site, read_plan
from readings.times import SECOND


@pytest.fixture
def path(tmp_path, example_plan) -> Path:
    """A plan file."""
    path = tmp_path / "plan.yaml"
    path.write_text(example_plan, encoding="utf-8")
    return path


@pytest.fixture
def files(path) -> PlanFiles:
    """The plan files of a site that has just this one."""
    plan, text = read_plan(path)
    return PlanFiles(Site(path.parent / "site.yaml", None, {plan.line_id: (plan, text, path)}))


def edit(path: Path, text: str) -> None:
    """Write a file, some seconds later than it was written before."""
    later = path.stat().st_mtime_ns + 5 * SECOND
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(later, later))


def test_a_changed_plan_is_told_until_it_says_the_same_again(path, files, example_plan):
    """Another limit is another version, not adopted; a comment is none; the old text back, there is nothing to tell."""
    assert files.trouble is None
    edit(path, example_plan.replace("-15.0 degC", "-14.0 degC"))
    assert "was changed: it says version" in files.trouble
    edit(path, example_plan + "# read by nobody\n")
    assert files.trouble is None


def test_a_plan_that_cannot_be_read_is_told(path, files, example_plan):
    """Half written, or gone: what is wrong is said, and that the adopted plan goes on."""
    edit(path, example_plan.replace("ccps:", "ccpps:"))
    assert "cannot be used; the plan that was adopted goes on" in files.trouble
    path.unlink()
    assert "No such file" in files.trouble
