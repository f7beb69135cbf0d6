"""What the web room refuses, each by the slug of its problem type (see `dashboards.web.problems`)."""

from __future__ import annotations

from readings.errors import HaccplineError


class ServeError(HaccplineError):
    """The site cannot be served as the site file says; the message says what to write."""


class WebRefusal(HaccplineError):  # noqa: N818 - a refusal is an answer, not a fault
    """A request that is not taken.

    Attributes:
        slug: of its problem type.
        headers: of the answer.
    """

    slug = "bad-request"

    def __init__(self, said: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(said)
        self.headers = headers or {}


class SignInNeeded(WebRefusal):
    """Nobody is signed in, and somebody must be."""

    slug = "sign-in-needed"


class NotAllowed(WebRefusal):
    """Who asks is known, and may not do this."""

    slug = "not-allowed"


class CrossSite(WebRefusal):
    """The request does not come from a page of ours: no token, the wrong one, or another origin."""

    slug = "cross-site"


class TooMany(WebRefusal):
    """Too many requests from this address.

    Args:
        wait: seconds until the next one is taken.
    """

    slug = "too-many-requests"

    def __init__(self, wait: float) -> None:
        seconds = max(1, -(-int(wait * 1000) // 1000))
        super().__init__(
            f"too many requests from this address; try again in {seconds} s",
            headers={"Retry-After": str(seconds)},
        )


class TooManyOpen(WebRefusal):
    """No more pages are kept up to date at once."""

    slug = "too-many-open"

    def __init__(self, said: str) -> None:
        super().__init__(said, headers={"Retry-After": "5"})


class NotFound(WebRefusal):
    """There is no such thing."""

    slug = "not-found"


class KeyUsed(WebRefusal):
    """An idempotency key came with another request before."""

    slug = "idempotency-key-used"


class NotRecorded(WebRefusal):
    """The site has no record yet, or it cannot be read now."""

    slug = "not-available"
