"""Names that Cloud Endpoints publishes in DNS."""

import base64

import yaml

from app.simulator.google.cloud import Cloud, deployment_of, parse, stamp
from app.simulator.google.errors import Json, invalid


def openapi(body: Json, host: str) -> Json:
    """The OpenAPI 2.0 file of a submitted config; INVALID_ARGUMENT if it is not one for `host`."""
    files = body.get("configSource", {}).get("files", [])
    if not files:
        raise invalid("The config source must have at least one file.")
    try:
        content = yaml.safe_load(base64.b64decode(files[0].get("fileContents", "")))
    except (yaml.YAMLError, ValueError) as error:
        raise invalid(f"Cannot parse the OpenAPI file: {error}") from error
    if not isinstance(content, dict) or str(content.get("swagger")) != "2.0":
        raise invalid("openapi: The file is not a valid OpenAPI 2.0 document.")
    if content.get("host") != host:
        raise invalid(f"The host '{content.get('host')}' does not match service '{host}'.")
    return content


def publish(cloud: Cloud, document: Json, config: Json, done_at: str) -> None:
    """Let the names of a config spread in DNS from the end of its rollout on."""
    for endpoint in config["endpoints"]:
        name = endpoint.get("name")
        if name != document["host"] or not endpoint.get("target"):
            continue
        spread = cloud.clock.after(cloud.timings.dns, parse(done_at))
        guess = deployment_of(name.partition(".")[0])
        cloud.note_wait(
            f"dns.publish/{name}", document["project"], guess, cloud.timings.dns,
            parse(done_at), spread,
        )  # fmt: skip
        record = {"target": endpoint["target"], "visible_at": stamp(spread)}
        cloud.state.put("names", name, {**record, "before": published(cloud, name)})


def published(cloud: Cloud, host: str) -> str | None:
    """The IPv4 that public DNS gives for `host` at this moment."""
    record = cloud.state.get("names", host.lower().rstrip("."))
    if record is None:
        return None
    target: str | None = record["target" if cloud.passed(record["visible_at"]) else "before"]
    return target
