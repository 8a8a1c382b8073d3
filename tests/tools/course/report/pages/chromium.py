"""Chromium, driven with the few gestures that tests and screenshots need."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Quiet, and without the calls that a fresh browser makes to its maker at every start.
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


# WCAG 2.2 AA. The rule on the size of targets is off by default.
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},
    "iframes": False,
}


@dataclass
class Browser:
    """An open browser."""

    driver: Any

    def open(self, page: Path | str, *, width: int = 1200, scheme: str = "light") -> None:
        """Show a file or address in a window of this width, for a reader of this color scheme."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        self.driver.get(page if isinstance(page, str) else page.as_uri())

    def all(self, css: str) -> list[Any]:
        """Elements that are shown."""
        return [e for e in self.driver.find_elements("css selector", css) if e.is_displayed()]

    def one(self, css: str) -> Any:
        """The only element that is shown."""
        (found,) = self.all(css)
        return found

    def run(self, script: str) -> Any:
        """Value of an expression in the page."""
        return self.driver.execute_script(f"return {script}")

    def complaints(self) -> list[str]:
        """What the console says."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def violations(self) -> list[tuple[str, list[str]]]:
        """What axe-core finds wrong with the page: rules, and the elements that break them."""
        from axe_selenium_python import Axe

        axe = Axe(self.driver)
        axe.inject()
        found = axe.run(options=json.dumps(WCAG))
        kinds = ("passes", "violations", "incomplete", "inapplicable")
        tried = {rule["id"] for kind in kinds for rule in found[kind]}
        assert {"color-contrast", "target-size"} <= tried  # an old axe-core lacks the second one
        return [
            (rule["id"], [node["html"][:120] for node in rule["nodes"]])
            for rule in found["violations"]
        ]

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in sent]

    def screenshot(self, area: tuple[int, int, int, int], scale: float = 1) -> bytes:
        """PNG of an area of the page: left, top, width, height, in CSS pixels."""
        clip = dict(zip(("x", "y", "width", "height"), area, strict=True)) | {"scale": scale}
        asked = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", asked)
        return base64.b64decode(answer["data"])


def missing() -> str | None:
    """What has to be installed before Chromium can be opened; None if nothing."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is needed here: pip install selenium"
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        return "Chromium is needed here: apt-get install chromium chromium-driver"
    return None


@contextmanager
def open_chromium(profile: Path) -> Iterator[Browser]:
    """Chromium with an empty profile."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_script_timeout(120)
        yield Browser(driver)
    finally:
        driver.quit()
