"""Which language a reader gets: as they chose, as they chose before, as their browser asks."""

from __future__ import annotations

from fastapi import Request, Response

from dashboards.language import Tongue

COOKIE = "haccpline-language"
NAMES: tuple[tuple[Tongue, str], ...] = (("zh", "中文"), ("en", "English"))
_A_YEAR = 365 * 24 * 3600


def tongue_of(request: Request) -> Tongue:
    """The language of an answer: `?lang=`, else the cookie, else Accept-Language, else Chinese."""
    for said in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if said == "zh":
            return "zh"
        if said == "en":
            return "en"
    return accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> Tongue:
    """The language of ours that a browser likes best (RFC 9110, 12.5.4)."""
    best: Tongue = "zh"
    weight = 0.0
    for part in header.split(","):
        name, _, rest = part.strip().partition(";")
        tongue: Tongue = "zh" if name.strip().lower().startswith("zh") else "en"
        if tongue == "en" and not name.strip().lower().startswith("en"):
            continue
        try:
            wanted = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if wanted > weight:
            best, weight = tongue, wanted
    return best


def remember(request: Request, response: Response) -> None:
    """Keep what was chosen with `?lang=` for a year."""
    if request.query_params.get("lang") in ("zh", "en"):
        response.set_cookie(
            COOKIE, tongue_of(request), max_age=_A_YEAR, httponly=True, samesite="strict", path="/"
        )
