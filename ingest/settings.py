"""The sections of site.yaml that this room owns: `journal`, `archive` and `influxdb`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, field_validator, model_validator

from readings.errors import TimeError
from readings.times import parse_duration
from readings.unknown_keys import unknown_keys

_SIZE = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*(kB|MB|GB|TB)\s*")
_SIZE_UNIT = {"kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_LEAST = 10**6  # bytes


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = unknown_keys(data, {field.alias or name for name, field in cls.model_fields.items()})
            if unknown:
                raise ValueError(unknown)
        return data


class ArchiveSettings(_Section):
    """When readings are sealed, and how long the journal keeps blocks that everybody has read.

    Attributes:
        seal_after_rows: seal when so many readings wait; about 200 bytes of memory each while sealing.
        seal_after: seal when one has waited so long.
        keep_journal: keep blocks so long, so that the engine can be rebuilt from an earlier checkpoint.
    """

    seal_after_rows: Annotated[int, Field(ge=1, le=10_000_000)] = 500_000
    seal_after: str = "1 h"
    keep_journal: str = "2 d"

    @field_validator("seal_after", "keep_journal", mode="before")
    @classmethod
    def _a_duration(cls, given: Any) -> str:
        return _duration(given)

    @property
    def seal_after_ns(self) -> int:
        """`seal_after` in ns."""
        return parse_duration(self.seal_after)

    @property
    def keep_journal_ns(self) -> int:
        """`keep_journal` in ns."""
        return parse_duration(self.keep_journal)


class JournalSettings(_Section):
    """How much the journal may hold, and what happens when it does.

    Attributes:
        max_bytes: of blocks.
        max_age: of a block that somebody has not read yet.
        at_bound: `archive`: InfluxDB is then copied to from the archive, so the journal keeps nothing for it. `stop`:
            the journal keeps what InfluxDB lacks, and takes no readings until it is there. Either way nothing is lost
            that was taken, and readings are not taken while the archive or the clerk cannot keep up.
    """

    max_bytes: str = "4 GB"
    max_age: str = "14 d"
    at_bound: Literal["archive", "stop"] = "archive"

    @field_validator("max_age", mode="before")
    @classmethod
    def _a_duration(cls, given: Any) -> str:
        return _duration(given)

    @field_validator("max_bytes", mode="before")
    @classmethod
    def _a_size(cls, given: Any) -> str:
        text = str(given)
        if parse_size(text) < _LEAST:
            raise ValueError(f"{text} is too little for a journal; give it 1 MB at least")
        return text

    @property
    def max_bytes_number(self) -> int:
        """`max_bytes` as a number."""
        return parse_size(self.max_bytes)

    @property
    def max_age_ns(self) -> int:
        """`max_age` in ns."""
        return parse_duration(self.max_age)


class InfluxSettings(_Section):
    """Where the copy goes.

    Attributes:
        url: of the server, such as http://localhost:8086.
        api: `v1` writes to /write, which every InfluxDB from 1.x on takes; `v2` to /api/v2/write.
        database: of v1, and the name by which InfluxQL finds the bucket of v2.
        bucket: of v2; the database's name where it is left out.
        org: of v2.
        token_file: holds the token and nothing else; needed by v2.
        username: of v1, where the server asks for one.
        password_file: holds its password and nothing else.
        gzip: whether lines are compressed on their way: a tenth of the bytes, for a little of the processor.
    """

    url: HttpUrl
    api: Literal["v1", "v2"] = "v1"
    database: Annotated[str, Field(min_length=1)] = "haccpline"
    bucket: str | None = None
    org: str | None = None
    token_file: Path | None = None
    username: str | None = None
    password_file: Path | None = None
    gzip: bool = True

    @field_validator("url", mode="before")
    @classmethod
    def _an_address(cls, given: Any) -> Any:
        if isinstance(given, str) and not given.startswith(("http://", "https://")):
            raise ValueError(f"{given!r} is not an address; write http://HOST:8086, or https://")
        return given

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.api == "v2" and (self.token_file is None or not self.org):
            raise ValueError("api v2 needs org and token_file")
        if self.api == "v1" and (self.bucket or self.org):
            raise ValueError("bucket and org belong to api v2; api v1 has a database")
        if (self.username is None) != (self.password_file is None):
            raise ValueError("username and password_file go together")
        return self

    @property
    def address(self) -> str:
        """The URL without a slash at its end."""
        return str(self.url).rstrip("/")

    def token(self) -> str | None:
        """The token.

        Raises:
            OSError: the file cannot be read.
        """
        return self.token_file.read_text("utf-8").strip() if self.token_file else None

    def login(self) -> tuple[str, str] | None:
        """User and password.

        Raises:
            OSError: the file cannot be read.
        """
        if self.username is None or self.password_file is None:
            return None
        return self.username, self.password_file.read_text("utf-8").strip()


def _duration(given: Any) -> str:
    text = str(given)
    try:
        parse_duration(text)
    except TimeError as error:
        raise ValueError(str(error)) from error
    return text


def parse_size(text: str) -> int:
    """Bytes of a size such as `4 GB`.

    Raises:
        ValueError: no such size.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a size; write a number and one of kB, MB, GB, TB, such as 4 GB")
    return int(float(match[1]) * _SIZE_UNIT[match[2]])
