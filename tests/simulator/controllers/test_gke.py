from typing import Any

import pytest

from app.simulator.controllers.gke.health import answers_check
from app.simulator.controllers.gke.names import backend_name
from app.simulator.controllers.gke.translation import (
    Backend,
    TranslationError,
    backend_of,
    certificates_of,
    is_googles,
)
from app.simulator.controllers.kinds import BACKEND_CONFIG, SECRET, SERVICE, Kind
from app.simulator.controllers.objects import Key
from app.simulator.world import ClusterFacts
from tests.simulator.controllers.objects_of import stored

FACTS = ClusterFacts("a-project", "123", "us-central1-a", "kf-1", 2, "n1-standard-8")
GROUPS = {"cloud.google.com/neg": '{"ingress": true}'}
CONFIGURED = {**GROUPS, "cloud.google.com/backend-config": '{"ports": {"http2": "iap"}}'}
CREDENTIALS = {"enabled": True, "oauthclientCredentials": {"secretName": "oauth"}}


def ingress(**marks: str) -> dict[str, Any]:
    backend = {"service": {"name": "gateway", "port": {"number": 80}}}
    return stored(
        "Ingress", "kubeflow", metadata={"annotations": marks}, spec={"defaultBackend": backend}
    )


def gateway(**marks: str) -> dict[str, Any]:
    spec = {"type": "ClusterIP", "ports": [{"name": "http2", "port": 80}]}
    labels = {"istio": "ingressgateway"}
    return stored(
        "Service", "gateway", metadata={"annotations": marks, "labels": labels}, spec=spec
    )


def config(**spec: Any) -> dict[str, Any]:
    return stored("BackendConfig", "iap", spec=spec)


def translated(*objects: tuple[Kind, dict[str, Any]]) -> Backend:
    known: dict[tuple[Kind, Key], Any] = {
        (kind, ("ns", obj["metadata"]["name"])): obj for kind, obj in objects
    }
    return backend_of(ingress(), lambda kind, key: known.get((kind, key)))


def complaint(*objects: tuple[Kind, dict[str, Any]]) -> str:
    with pytest.raises(TranslationError) as caught:
        translated(*objects)
    return caught.value.message


def test_a_missing_service_stops_the_ingress() -> None:
    assert 'could not find service "ns/gateway"' in complaint()


def test_a_service_without_endpoint_groups_stops_the_ingress() -> None:
    told = complaint((SERVICE, gateway()))
    assert told.endswith(
        'service "ns/gateway" is type "ClusterIP", expected "NodePort" or "LoadBalancer" '
        "when not using NEGs"
    )


def test_a_missing_backend_config_stops_the_ingress() -> None:
    assert "BackendConfig" in complaint((SERVICE, gateway(**CONFIGURED)))


def test_a_missing_iap_secret_stops_the_ingress() -> None:
    told = complaint((SERVICE, gateway(**CONFIGURED)), (BACKEND_CONFIG, config(iap=CREDENTIALS)))
    assert told.startswith(
        "Translation failed: invalid ingress spec: BackendConfig ns/iap is not valid: "
        "error retrieving secret oauth"
    )


def test_an_incomplete_iap_secret_stops_the_ingress() -> None:
    told = complaint(
        (SERVICE, gateway(**CONFIGURED)),
        (BACKEND_CONFIG, config(iap=CREDENTIALS)),
        (SECRET, stored("Secret", "oauth", data={"client_secret": "eA=="})),
    )
    assert told.endswith("secret oauth missing client_id data")


def test_iap_without_credentials_uses_googles_own_client() -> None:
    backend = translated(
        (SERVICE, gateway(**CONFIGURED)), (BACKEND_CONFIG, config(iap={"enabled": True}))
    )
    assert backend.iap


def test_a_gateway_answers_only_its_own_health_check() -> None:
    bare = Backend(gateway(**GROUPS), 80, None)
    check = {"type": "HTTP", "port": 15021, "requestPath": "/healthz/ready"}
    assert not answers_check(bare)
    assert answers_check(Backend(gateway(**GROUPS), 80, config(healthCheck=check)))


def test_only_ingresses_of_class_gce_are_googles() -> None:
    assert is_googles(ingress())
    assert is_googles(ingress(**{"kubernetes.io/ingress.class": "gce"}))
    assert not is_googles(ingress(**{"kubernetes.io/ingress.class": "istio"}))


def test_an_ingress_names_its_certificates() -> None:
    named = ingress(**{"networking.gke.io/managed-certificates": "one, two"})
    assert certificates_of(named) == [("ns", "one"), ("ns", "two")]


def test_a_backend_has_the_same_name_for_ever() -> None:
    name = backend_name(FACTS, ("istio-system", "istio-ingressgateway"), 80)
    assert name.startswith("k8s1-")
    assert "-istio-system-istio-ingressgateway-80-" in name
    assert name == backend_name(FACTS, ("istio-system", "istio-ingressgateway"), 80)
