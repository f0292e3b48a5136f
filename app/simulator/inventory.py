"""What exists in the simulated cloud at this moment."""

from app.simulator.google import addresses, clusters, names
from app.simulator.google.cloud import Cloud
from app.simulator.google.errors import Json


def inventory(cloud: Cloud) -> Json:
    """Everything, by kind, as JSON."""
    services = cloud.state.items("services")
    return {
        "clusters": _clusters(cloud),
        "addresses": _addresses(cloud),
        "service_accounts": [document for _, document in cloud.state.items("accounts")],
        "endpoints_services": [
            {
                "service": document["host"],
                "project": document["project"],
                "deleted": document["deleted_at"] is not None,
                "address": names.published(cloud, document["host"]),
            }
            for _, document in cloud.state.items("managed_services")
        ],
        "backend_services": [document for _, document in cloud.state.items("backend_services")],
        "enabled_services": [key for key, doc in services if cloud.passed(doc["enabled_at"])],
        "policies": dict(cloud.state.items("policies")),
    }


def _clusters(cloud: Cloud) -> list[Json]:
    documents = (document for _, document in cloud.state.items("clusters"))
    return [
        {
            "name": document["name"],
            "project": document["project"],
            "location": document["location"],
            "status": clusters.status(cloud, document),
            "endpoint": f"{cloud.host}:{document['port']}" if document["port"] else None,
            "labels": document["spec"].get("resourceLabels", {}),
        }
        for document in documents
        if clusters.status(cloud, document)
    ]


def _addresses(cloud: Cloud) -> list[Json]:
    documents = (document for _, document in cloud.state.items("addresses"))
    return [
        addresses.shown(cloud, document) | {"project": document["project"]}
        for document in documents
        if not cloud.passed(document["gone_at"])
    ]
