"""The profiles that there are: those that come with the program, and those of the site."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from gateway.errors import SourceError
from gateway.profiles.profile import Profile

FOLDER = Path(__file__).parent


class Library:
    """Profiles by name; one of the site stands before one of the same name that comes with the program."""

    def __init__(self, own: Iterable[Profile] = ()) -> None:
        """With these profiles of the site's own."""
        self._own: Mapping[str, Profile] = {profile.profile: profile for profile in own}

    def __iter__(self) -> Iterator[str]:
        """The names, in order."""
        return iter(sorted({*self._own, *shipped()}))

    def __contains__(self, name: str) -> bool:
        """Whether there is a profile of this name."""
        return name in self._own or name in shipped()

    def named(self, name: str) -> Profile:
        """The profile of this name.

        Raises:
            SourceError: there is none; with the names that are like it.
        """
        if name in self._own:
            return self._own[name]
        if name in shipped():
            return _read(name)
        near = difflib.get_close_matches(name, list(self), 3, 0.4)
        hint = f"did you mean {' or '.join(near)}?" if near else "`haccpline profile list` names them"
        raise SourceError(f"no profile is named {name!r}; {hint}")


@cache
def shipped() -> frozenset[str]:
    """The names of the profiles that come with the program."""
    return frozenset(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def _read(name: str) -> Profile:
    path = FOLDER / f"{name}.yaml"
    try:
        data = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
        profile = Profile.model_validate(data)
    except (YAMLError, ValidationError, OSError) as error:
        raise SourceError(f"{path}: {error}") from error
    if profile.profile != name:
        raise SourceError(f"{path}: the profile in it is named {profile.profile!r}; it bears its file's name")
    return profile
