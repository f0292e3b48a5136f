"""A bundle made fit to be applied again and again, with the images that it should run.

What the release writes out but somebody in the cluster fills in is left out: applying it with
force would empty it each time.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from app.domain.names import INGRESS_NAMESPACE
from app.kubeflow.bundle import Bundle, Item, Json
from app.kubeflow.objects import containers

Images = Mapping[str, str]  # an image's name without tag, and what to run in its place


def tidied(bundle: Bundle, images: Images) -> Bundle:
    """The bundle as it is applied."""
    return bundle.with_items(
        Item(item.component, item.base, _with_images(_fit(item.body), images))
        for item in bundle.items
    )


def image_name(image: str) -> str:
    """An image without tag and digest: `registry:5000/team/app:v1` is `registry:5000/team/app`."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    return f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]


def _fit(body: Json) -> Json:
    """Without status, aggregated rules and empty CA bundles."""
    fit = {key: value for key, value in body.items() if key != "status"}
    if "aggregationRule" in fit:
        fit.pop("rules", None)
    if fit["kind"].endswith("WebhookConfiguration"):
        fit["webhooks"] = [_without_empty_ca(webhook) for webhook in fit.get("webhooks") or []]
    return fit


def _without_empty_ca(webhook: Json) -> Json:
    config = dict(webhook["clientConfig"])
    if not config.get("caBundle"):
        config.pop("caBundle", None)
    return {**webhook, "clientConfig": config}


def _with_images(body: Json, images: Images) -> Json:
    if any(image_name(c.get("image", "")) in images for c in containers(body)):
        body = copy.deepcopy(body)
        for container in containers(body):
            container["image"] = images.get(image_name(container["image"]), container["image"])
        return body
    if body["kind"] == "ConfigMap" and body["metadata"].get("namespace") == INGRESS_NAMESPACE:
        return _with_injected_images(body, images)
    return body


def _with_injected_images(body: Json, images: Images) -> Json:
    """Istio's own settings say in JSON which proxy goes into every Pod: hub, image, tag."""
    data = {
        key: _retagged(value, images) if value.lstrip().startswith("{") else value
        for key, value in (body.get("data") or {}).items()
    }
    return {**body, "data": data} if data else body


def _retagged(text: str, images: Images) -> str:
    try:
        settings = json.loads(text)
    except ValueError:
        return text
    tags = {new.rpartition("/")[0]: new.rpartition(":")[2] for new in images.values()}
    return json.dumps(settings, indent=2) if _retag(settings, tags) else text


def _retag(value: Any, tags: Mapping[str, str]) -> bool:
    """Set `tag` beside every `hub` that images were replaced in; whether any was."""
    if not isinstance(value, dict):
        return False
    changed = sum(_retag(inner, tags) for inner in value.values()) > 0
    if value.get("hub") in tags and value.get("tag"):
        value["tag"] = tags[value["hub"]]
        changed = True
    return changed
