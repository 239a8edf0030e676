"""A reviewer at a browser: every page is checked for console errors and for faults that axe calls serious."""

from dataclasses import dataclass, field
from pathlib import Path

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

GRAVE = ("serious", "critical")


@dataclass
class Desk:
    """One person's browser on one server."""

    page: Page
    address: str
    shots: Path
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, browser: Browser, address: str, shots: Path, **given: object) -> "Desk":
        page = browser.new_context(viewport={"width": 1366, "height": 860}, bypass_csp=False, **given).new_page()
        page.set_default_timeout(180_000)
        desk = cls(page=page, address=address, shots=shots)
        page.on(
            "console",
            lambda m: desk.complaints.append(f"{m.type}: {m.text}") if m.type in ("error", "warning") else None,
        )
        page.on("pageerror", lambda error: desk.complaints.append(f"exception: {error}"))
        return desk

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def sign_in(self, name: str, password: str) -> None:
        self.go("/sign-in")
        self.page.wait_for_selector("input:focus")  # the field has the focus, as soon as the browser has time
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(password)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def press(self, *keys: str) -> None:
        """Press keys that stay on the page."""
        for key in keys:
            self.page.keyboard.press(key)

    def press_and_go(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def case(self) -> str:
        return self.page.get_attribute(".case", "data-case") or ""

    def chip(self) -> str:
        return self.page.inner_text(".case-head .link")

    def faults(self, name: str) -> list[str]:
        """Take a screenshot and return what axe finds that is serious."""
        self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
        found = Axe().run(self.page)
        return [
            f"{name}: {one['id']}: {node['html'][:120]}"
            for one in found["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]
