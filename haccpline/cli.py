"""The command line: what there is, and how it speaks."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from haccpline import (
    cli_calibration,
    cli_demo,
    cli_enter,
    cli_grafana,
    cli_import,
    cli_mqtt,
    cli_notices,
    cli_people,
    cli_plan,
    cli_probe,
    cli_production,
    cli_profile,
    cli_quarantine,
    cli_record,
    cli_report,
    cli_site,
)
from readings.errors import HaccplineError

app = typer.Typer(
    name="haccpline",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches a food plant's critical control points, honestly. It is no safety interlock.",
    epilog="Begin with: haccpline demo",
)
cli_demo.add_to(app)
cli_plan.add_to(app)
cli_site.add_to(app)
cli_record.add_to(app)
cli_quarantine.add_to(app)
cli_import.add_to(app)
cli_people.add_to(app)
cli_production.add_to(app)
cli_profile.add_to(app)
cli_probe.add_to(app)
cli_mqtt.add_to(app)
cli_enter.add_to(app)
cli_calibration.add_to(app)
cli_notices.add_to(app)
cli_report.add_to(app)
cli_grafana.add_to(app)


def version(asked: bool) -> None:
    """Print the version and stop."""
    if asked:
        from importlib.metadata import version as installed

        typer.echo(f"haccpline {installed('haccpline')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every command."""


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what a person can mend into a message and exit code 1; a reader that went away is no fault."""
    try:
        yield
    except HaccplineError as error:
        sys.stdout.flush()
        typer.echo(str(error), err=True)
        raise SystemExit(1) from error
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(0) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        typer.echo(f"{where}{error.strerror or error}", err=True)
        raise SystemExit(1) from error
    except sqlite3.Error as error:
        typer.echo(f"a database cannot be used: {error}", err=True)
        raise SystemExit(1) from error
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def main() -> None:
    """Run the command line."""
    with speaking():
        app()
