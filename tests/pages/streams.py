"""What the portal sends to a page that follows a deployment."""

from datetime import UTC, datetime

from tests.pages import samples
from tests.pages.rows import rows


def line(seq: int, text: str = "said") -> dict[str, object]:
    """A line of the log."""
    return {
        "seq": seq,
        "at": datetime(2026, 11, 23, 10, 47, 29, tzinfo=UTC).isoformat(),
        "step": "create-cluster",
        "step_title": "Create the cluster",
        "kind": "progress",
        "level": "info",
        "text": text,
    }


def status(state: str, language: str = "en") -> dict[str, object]:
    """A status as the portal makes it, from the same partials as the page."""
    deployment, steps = rows(state)
    view = samples.view_of(deployment, steps, language)
    context = samples.page(language, "/deployments/1", None)
    parts = ("head", "plan", "endpoint", "made")
    return {
        "state": state,
        "title": view.document_title,
        "announce": f"now {state}",
        "html": {
            part: samples.RENDERER.render(f"deployment/{part}.html", context, {"view": view})
            for part in parts
        },
    }
