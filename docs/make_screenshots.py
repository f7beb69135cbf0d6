"""The pictures of README and docs, made by `make screenshots`: a demo of its own, seen by Chromium.

Needs Chromium (Debian: chromium). Writes docs/board.png, docs/case.png and docs/line.png.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
PATIENCE = 120.0
# name, path, width, height, what is told apart by
PICTURES = (
    ("board", "/?lang=en", 1280, 900),
    ("line", "/lines/bottled-water?lang=en", 1280, 1100),
    ("case", "{case}?lang=zh", 390, 844),
)


def main() -> int:
    """Run a demo until a deviation is open, and look."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is not installed (apt-get install chromium)", file=sys.stderr)  # noqa: T201
        return 1
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    demo = subprocess.Popen(  # noqa: S603 - this program itself
        [sys.executable, "-m", "haccpline", "demo", "--no-browser", "--port", str(port)],
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        case = _case(address)
        time.sleep(8)  # the excursion gets something to show
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, path, width, height in PICTURES:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(address + path.format(case=f"/cases/{case}"), wait_until="domcontentloaded")
                page.evaluate("document.fonts.ready")
                page.wait_for_timeout(2500)
                page.screenshot(path=str(HERE / f"{name}.png"))
                print(f"docs/{name}.png")  # noqa: T201
            browser.close()
    finally:
        demo.terminate()
        demo.wait()
    return 0


def _case(address: str) -> Any:
    """The id of the first case that opens while we look."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            cases = httpx.get(f"{address}/api/v1/cases", timeout=5).json()["cases"]
            live = [each for each in cases if not each["returned"] and each["line"] == "bottled-water"]
            if live:
                return live[0]["id"]
        except (httpx.HTTPError, KeyError, ValueError):
            pass
        time.sleep(0.5)
    raise SystemExit("no case has opened")


if __name__ == "__main__":
    sys.exit(main())
