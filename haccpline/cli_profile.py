"""Commands about device profiles: which there are, what one says, and the page that lists them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.profiles.library import Library
from gateway.profiles.profile import Profile
from haccpline.device_profiles import own_library, read_profile
from readings.errors import HaccplineError

ProfilesOption = Annotated[
    list[Path] | None,
    typer.Option("--profiles", help="File or folder of profiles of your own; may be given again."),
]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    profile = typer.Typer(
        no_args_is_help=True, help="Device profiles: which registers of a device hold what."
    )
    profile.command("list")(profile_list)
    profile.command("show")(profile_show)
    profile.command("reference")(profile_reference)
    app.add_typer(profile, name="profile")


def library(profiles: list[Path] | None) -> Library:
    """The profiles that there are, with those of one's own.

    Raises:
        HaccplineError: one of them is wrong.
    """
    return own_library(Path(), map(str, profiles or ()))


def found(name: str, profiles: Library) -> Profile:
    """The profile of this name, or in this file.

    Raises:
        HaccplineError: there is none.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return read_profile(path)
    return profiles.named(name)


def profile_list(profiles: ProfilesOption = None) -> None:
    """Name the profiles that there are.

    Example: haccpline profile list
    """
    known = library(profiles)
    for name in known:
        profile = known.named(name)
        typer.echo(
            f"{name:34} {profile.kind:14} {profile.name.en}, {profile.name.zh} ({profile.maker} {profile.model})"
        )


def profile_show(
    name: Annotated[str, typer.Argument(help="Of a profile, or a file with one.", show_default=False)],
    profiles: ProfilesOption = None,
) -> None:
    """Say what a profile says: values, registers, types, sentinels, status, and where that is known from.

    Example: haccpline profile show carel-ir33
    """
    from haccpline.devices_page import described

    for line in described(found(name, library(profiles))):
        typer.echo(line)


def profile_reference(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A page: what stands in it behind the mark is written anew."),
    ] = None,
    profiles: ProfilesOption = None,
) -> None:
    """Write the list of devices as Markdown.

    Example: haccpline profile reference -o docs/devices.md
    """
    from haccpline.devices_page import MARK, reference

    known = library(profiles)
    text = reference(known.named(name) for name in known)
    if output is None:
        typer.echo(text, nl=False)
        return
    before, mark, _ = output.read_text(encoding="utf-8").partition(MARK)
    if not mark:
        raise HaccplineError(
            f"{output}: the line {MARK.strip()!r} is not there; put it where the list is to begin"
        )
    output.write_text(before + text, encoding="utf-8")
