"""The room's sections of site.yaml: strict, with words that say what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from ingest.settings import ArchiveSettings, InfluxSettings, JournalSettings
from readings.times import HOUR, MINUTE


def test_durations_are_text() -> None:
    """`90 min` and its kind; anything else is refused with an example."""
    settings = ArchiveSettings(seal_after="90 min", keep_journal="2 h")
    assert (settings.seal_after_ns, settings.keep_journal_ns) == (90 * MINUTE, 2 * HOUR)
    with pytest.raises(ValidationError, match="not a duration"):
        ArchiveSettings(seal_after="soon")
    with pytest.raises(ValidationError):
        ArchiveSettings(seal_afer="1 h")


def test_what_is_no_text_is_told_by_what_it_should_be() -> None:
    """A number without its unit is not to be quoted: it wants the unit. A server without http:// wants that."""
    with pytest.raises(ValidationError, match="'5' is not a duration; write a number and one of"):
        ArchiveSettings.model_validate({"seal_after": 5})
    with pytest.raises(ValidationError, match="'14' is not a duration"):
        JournalSettings.model_validate({"max_age": 14})
    with pytest.raises(ValidationError, match="'4000000000' is not a size; write a number and one of kB, MB"):
        JournalSettings.model_validate({"max_bytes": 4_000_000_000})
    with pytest.raises(ValidationError, match="is not an address; write http://HOST:8086"):
        InfluxSettings.model_validate({"url": "127.0.0.1:8086"})


def test_v1(tmp_path: Path) -> None:
    """A server without login, and one with; the password comes from a file, never from the site's file."""
    assert InfluxSettings(url="http://localhost:8086").login() is None
    (tmp_path / "password").write_text("secret\n")
    settings = InfluxSettings(url="http://h:1/", username="u", password_file=tmp_path / "password")
    assert settings.login() == ("u", "secret")
    assert settings.address == "http://h:1"
    with pytest.raises(ValidationError, match="go together"):
        InfluxSettings(url="http://h", username="u")
    with pytest.raises(ValidationError, match="belong to api v2"):
        InfluxSettings(url="http://h", bucket="b")


def test_v2(tmp_path: Path) -> None:
    """The newer API needs an organisation and a token."""
    (tmp_path / "token").write_text("t0ken\n")
    settings = InfluxSettings(url="http://h", api="v2", org="o", token_file=tmp_path / "token")
    assert settings.token() == "t0ken"
    with pytest.raises(ValidationError, match="needs org and token_file"):
        InfluxSettings(url="http://h", api="v2")
