"""A bundle made fit to be applied again and again.

What the release writes out but somebody in the cluster fills in is left out: applying it with
force would empty it each time.
"""

from app.kubeflow.bundle import Bundle, Json

_CA_FROM = "cert-manager.io/inject-ca-from"


def tidied(bundle: Bundle) -> Bundle:
    """The bundle as it is applied."""
    names = _certified_names(bundle)
    return bundle.with_items(item.changed(lambda body: _fit(body, names)) for item in bundle.items)


def _fit(body: Json, names: dict[str, set[str]]) -> Json:
    """Without status, aggregated rules, empty CA bundles and somebody else's CA."""
    fit = {key: value for key, value in body.items() if key != "status"}
    if "aggregationRule" in fit:
        fit.pop("rules", None)
    if fit["kind"].endswith("WebhookConfiguration"):
        fit["webhooks"] = [_without_empty_ca(webhook) for webhook in fit.get("webhooks") or []]
    if fit["kind"] == "CustomResourceDefinition":
        fit["metadata"] = _with_own_ca(fit, names)
    return fit


def _without_empty_ca(webhook: Json) -> Json:
    config = dict(webhook["clientConfig"])
    if not config.get("caBundle"):
        config.pop("caBundle", None)
    return {**webhook, "clientConfig": config}


def _certified_names(bundle: Bundle) -> dict[str, set[str]]:
    """The host names on each certificate, by its namespace and name."""
    return {
        f"{item.namespace}/{item.name}": set(item.body["spec"].get("dnsNames") or [])
        for item in bundle.items
        if item.key[0] == "cert-manager.io" and item.kind == "Certificate"
    }


def _with_own_ca(definition: Json, names: dict[str, set[str]]) -> Json:
    """Metadata that sends cert-manager for no CA but that of the conversion webhook's certificate.

    A release that is rendered as a whole gives JobSet's CRD the certificate of another component's
    webhook, because both use kustomize's variables; JobSet brings a CA of its own.
    """
    metadata: Json = definition["metadata"]
    annotations = metadata.get("annotations") or {}
    host = _host(definition)
    if not host or host in names.get(annotations.get(_CA_FROM, ""), set()):
        return metadata
    rest = {key: value for key, value in annotations.items() if key != _CA_FROM}
    return {**metadata, "annotations": rest}


def _host(definition: Json) -> str:
    webhook = (definition["spec"].get("conversion") or {}).get("webhook") or {}
    service = (webhook.get("clientConfig") or {}).get("service") or {}
    return f"{service['name']}.{service['namespace']}.svc" if service else ""
