"""From the form's post to its redirect, against a bare endpoint under the same load.

Five new deployments a second for twenty seconds on SQLite, while the runs of all of them go on;
a bare FastAPI endpoint, in a process of its own, takes the same posts in between. Both are
measured from the client, on a connection that is kept.
"""

import asyncio
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks import percentile, verdict
from tests.support.portals import Cloud, Portal, Process, free_port, until_answered
from tests.web.portal import FORM, Browser

NAME, BAR = "form-post", 5.0
A_SECOND, SECONDS = 5, 20


async def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with Cloud(folder, 40) as cloud, Portal(folder, cloud) as portal:
            bare, bare_url = await _bare(folder)
            try:
                ours, theirs = await _load(portal.url, bare_url)
            finally:
                await bare.stop()
    for what, times in (("portal", ours), ("bare endpoint", theirs)):
        print(
            f"{what}: {len(times)} posts, median {percentile(times, 0.5) * 1000:.1f} ms, "
            f"p99 {percentile(times, 0.99) * 1000:.1f} ms, worst {max(times) * 1000:.1f} ms"
        )
    verdict(NAME, percentile(ours, 0.99) / percentile(theirs, 0.99), BAR)


async def _bare(folder: Path) -> tuple[Process, str]:
    port = free_port()
    process = Process(["benchmarks.bare", str(folder), str(port)], {}, folder / "bare.log")
    await process.start()
    url = f"http://127.0.0.1:{port}"
    await until_answered(f"{url}/healthz", process)
    return process, url


async def _load(portal: str, bare: str) -> tuple[list[float], list[float]]:
    """Seconds that each post took: the portal's and the bare endpoint's."""
    cookies, csrf = await asyncio.to_thread(_signed_in, portal)
    forms = [_form(number, csrf) for number in range(A_SECOND * SECONDS)]
    await _reported(portal, cookies, forms)
    ours: list[float] = []
    theirs: list[float] = []
    async with (
        httpx.AsyncClient(base_url=portal, cookies=cookies, timeout=30, trust_env=False) as browser,
        httpx.AsyncClient(base_url=bare, timeout=30, trust_env=False) as other,
        asyncio.TaskGroup() as posts,
    ):
        begun = time.monotonic()
        for number, form in enumerate(forms):
            posts.create_task(_timed(browser, form, ours))
            await asyncio.sleep(max(0, begun + (number + 0.5) / A_SECOND - time.monotonic()))
            posts.create_task(_timed(other, form, theirs))
            await asyncio.sleep(max(0, begun + (number + 1) / A_SECOND - time.monotonic()))
    return ours, theirs


def _form(number: int, csrf: str) -> dict[str, str]:
    own = {"version": "sample", "name": f"kf-{number:03}", "csrf": csrf}
    return FORM | own | {"idempotency_key": f"key-{number:029}"}


async def _reported(portal: str, cookies: httpx.Cookies, forms: list[dict[str, str]]) -> None:
    """The form has made its report by the time its button is pressed; it is not measured here."""
    async with httpx.AsyncClient(
        base_url=portal, cookies=cookies, timeout=30, trust_env=False
    ) as browser:
        for form in forms:
            answer = await browser.post("/report.json", data=form)
            answer.raise_for_status()


def _signed_in(portal: str) -> tuple[httpx.Cookies, str]:
    with Browser(portal) as browser:
        browser.sign_in()
        return httpx.Cookies(browser.cookies), browser.form()["csrf"]


async def _timed(client: httpx.AsyncClient, form: dict[str, str], times: list[float]) -> None:
    begun = time.perf_counter()
    answer = await client.post("/deployments", data=form)
    times.append(time.perf_counter() - begun)
    if answer.status_code != 303:
        raise RuntimeError(f"{answer.status_code}: {answer.text[:2000]}")


if __name__ == "__main__":
    asyncio.run(main())
