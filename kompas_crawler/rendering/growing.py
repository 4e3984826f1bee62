"""What is done to a page in the browser before it is read: it settles, or its stream is made to grow to its end.

Patience is not measured by the clock alone: while the page waits for an answer, the lane may hold its request back, and
on a busy machine the browser may take long to act on a scroll or an answer. So frames that it has drawn are waited for.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from kompas_crawler.rendering.gate import Gate
from kompas_crawler.site.layouts import BODIES

if TYPE_CHECKING:
    from playwright.async_api import Page

MOST_ROUNDS: Final = 200
"""A stream is made to grow so often at most."""

STALE_ROUNDS: Final = 3
"""So many rounds in a row without anything new are the end of a stream."""

BREATH_MS: Final = 150
"""Time for scripts to act on an answer, and to ask for the next thing."""

BODY_MS: Final = 3_000
"""So long a page without any text is watched for a script that puts it in later."""

_HAS_BODY: Final = """selector => [...document.querySelectorAll(selector)].some(box => box.innerText.trim())"""

_COUNT: Final = """() => new Set([...document.querySelectorAll('a[href*="/read/"]')].map(link => link.href)).size"""

# The button by its name or by its words. A link that leads to another page is none.
_PRESS: Final = r"""() => {
    const named = ['load-more', 'loadmore', 'load_more'].flatMap(name => [`[id*="${name}" i]`, `[class*="${name}" i]`])
    const words = [
        /^(load|show|view) more\b/i, /^(muat|lihat|tampilkan|baca) (lebih|lainnya|lagi|selengkapnya)\b/i,
        /^(berita |artikel )?(lainnya|selengkapnya|selanjutnya)$/i,
    ]
    const idle = ['button', '[role=button]', 'a:not([href])', 'a[href^="#"]', 'a[href^="javascript:"]']
    const staysHere = one => one.matches(idle.join()) || !one.closest('a[href]')
    const isUsable = one => one.offsetParent !== null && !one.disabled && staysHere(one)
    const says = one => words.some(pattern => pattern.test(one.textContent.trim().replace(/\s+/g, ' ')))
    const button = [...document.querySelectorAll(named.join())].find(isUsable)
        || [...document.querySelectorAll(idle.join())].find(one => isUsable(one) && says(one))
    if (button) button.click()
    return Boolean(button)
}"""

# Scroll events and observers are told between two frames.
_FRAMES: Final = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))"""

# Up a little first: who stands at the end already would not scroll at all.
_SCROLL: Final = f"""async () => {{
    const frames = {_FRAMES}
    const end = () => document.documentElement.scrollHeight
    window.scrollTo(0, Math.max(0, end() - 2 * window.innerHeight))
    await frames()
    window.scrollTo(0, end())
    await frames()
}}"""


async def settle(page: Page, gate: Gate) -> None:
    """Wait until the page has its text and asks for nothing more; one that gets no text is not waited for long."""
    from playwright.async_api import TimeoutError as PlaywrightTimeout

    await _calm(page, gate)
    with suppress(PlaywrightTimeout):
        await page.wait_for_function(_HAS_BODY, arg=", ".join(BODIES), timeout=BODY_MS)
    await _calm(page, gate)


async def grow(page: Page, gate: Gate) -> None:
    """Press the page's "more" button, or scroll to its end where it has none, until nothing new comes."""
    await _calm(page, gate)
    shown, stale = await page.evaluate(_COUNT), 0
    for _ in range(MOST_ROUNDS):
        if stale >= STALE_ROUNDS:
            return
        if not await page.evaluate(_PRESS):
            await page.evaluate(_SCROLL)
        await _calm(page, gate)
        before, shown = shown, await page.evaluate(_COUNT)
        stale = 0 if shown > before else stale + 1


async def _calm(page: Page, gate: Gate) -> None:
    """Wait until the page asked for nothing during two breaths."""
    breaths = 0
    while breaths < 2:
        await gate.wait_idle()
        await page.wait_for_timeout(BREATH_MS)
        await page.evaluate(_FRAMES)
        gate.touch()
        breaths = breaths + 1 if gate.is_idle else 0
