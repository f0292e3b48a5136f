"""Which images a deployment runs: those of the release, with what replaces some of them.

Images are named in Pods and custom resources, in arguments and variables of controllers that start
Pods themselves, and in settings written as JSON or YAML inside ConfigMaps.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from app.kubeflow.bundle import Bundle, Json
from app.kubeflow.objects import containers

Images = Mapping[str, str]  # an image's name without tag, and what to run in its place
Change = Callable[[str], str]
_DOCKER = "docker.io"
_PROXY = "proxyv2"
_NAMES_NONE = "CustomResourceDefinition"  # though its schema has fields called so


def with_images(bundle: Bundle, images: Images, mirror: str = "") -> Bundle:
    """The bundle with some images replaced, and all of them taken from `mirror` if there is one."""

    def change(image: str) -> str:
        return mirrored(images.get(image_name(image), image), mirror)

    return bundle.with_items(
        item if item.kind == _NAMES_NONE else item.changed(lambda body: _changed(body, change))
        for item in bundle.items
    )


def image_name(image: str) -> str:
    """An image without tag and digest: `registry:5000/team/app:v1` is `registry:5000/team/app`."""
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    return f"{head}/{last.partition(':')[0]}" if head else last.partition(":")[0]


def mirrored(image: str, mirror: str) -> str:
    """Where a registry keeps a copy: below it, under the image's full name."""
    return f"{mirror.rstrip('/')}/{_full_name(image)}" if mirror else image


def _full_name(image: str) -> str:
    first, slash, _ = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        return image
    return f"{_DOCKER}/{image}" if slash else f"{_DOCKER}/library/{image}"


def _changed(body: Json, change: Change) -> Json:
    if body["kind"] == "ConfigMap":
        return _with_settings(body, change)
    changed = copy.deepcopy(body)
    _change_named(changed.get("spec"), change)
    for container in containers(changed):
        _change_variables(container, change)
        for field in ("args", "command"):
            if field in container:
                container[field] = list(_with_arguments(container[field], change))
    return changed


def _change_named(part: Any, change: Change) -> None:
    """Everything called `image`; in the spawner's settings, a choice of images as well."""
    if isinstance(part, list):
        for inner in part:
            _change_named(inner, change)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "image" and _is_image(value):
                part[key] = change(value)
            elif key.startswith("image") and isinstance(value, dict) and "options" in value:
                _change_choice(value, change)
            else:
                _change_named(value, change)


def _change_choice(choice: Json, change: Change) -> None:
    choice["options"] = [change(each) if _is_image(each) else each for each in choice["options"]]
    if _is_image(choice.get("value")):
        choice["value"] = change(choice["value"])


def _change_variables(container: Json, change: Change) -> None:
    for variable in container.get("env") or []:
        if variable["name"].endswith("IMAGE") and _is_image(variable.get("value")):
            variable["value"] = change(variable["value"])


def _with_arguments(arguments: list[str], change: Change) -> Iterator[str]:
    """`--any-image=NAME`, and `--any-image` followed by `NAME`."""
    before = ""
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if equals and option.endswith("-image") and _is_image(value):
            yield f"{option}={change(value)}"
        elif before.endswith("-image") and _is_image(argument):
            yield change(argument)
        else:
            yield argument
        before = argument


def _with_settings(body: Json, change: Change) -> Json:
    data = {
        key: _changed_setting(key, value, change) for key, value in (body.get("data") or {}).items()
    }
    return {**body, "data": data} if data else body


def _changed_setting(key: str, value: str, change: Change) -> str:
    if key.lower().endswith("image") and _is_image(value):
        return change(value)
    settings = _parsed(key, value)
    if settings is None:
        return value
    changed = copy.deepcopy(settings)
    _change_named(changed, change)
    _change_proxy(changed, change)
    if changed == settings:
        return value
    if value.lstrip().startswith("{"):
        return json.dumps(changed, indent=2)
    return yaml.dump(changed, Dumper=yaml.CSafeDumper, sort_keys=False)


def _parsed(key: str, value: str) -> Json | None:
    """Settings with images in them; what only looks like settings is left alone."""
    if "image" not in value or key.startswith("_"):
        return None
    try:
        settings = yaml.load(value, yaml.CSafeLoader)
    except yaml.YAMLError:
        return None
    return settings if isinstance(settings, dict) else None


def _change_proxy(settings: Json, change: Change) -> None:
    """Istio's injector is told the hub and the tag of what it puts into every Pod."""
    told = settings.get("global")
    if isinstance(told, dict) and told.get("hub") and told.get("tag"):
        named = (told.get("proxy") or {}).get("image", _PROXY)
        image = change(f"{told['hub']}/{named}:{told['tag']}")
        told["hub"], _, last = image.rpartition("/")
        told["tag"] = last.partition(":")[2]


def _is_image(value: Any) -> bool:
    """Neither a template nor a word of its own, such as Istio's `proxyv2`."""
    if not isinstance(value, str) or not value or any(mark in value for mark in "${} \n"):
        return False
    return "/" in value or ":" in value
