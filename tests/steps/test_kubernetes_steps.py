"""The steps that work inside the cluster."""

import base64

import pytest

from app.domain.plan import StepName
from app.domain.spec import Login
from app.steps import endpoint_objects as objects

S = StepName


def test_the_health_check_asks_istio_and_not_the_dashboard() -> None:
    check = objects.backend_config(Login.PASSWORD)["spec"]["healthCheck"]
    assert check == {"type": "HTTP", "port": 15021, "requestPath": "/healthz/ready"}


@pytest.mark.parametrize("login", [Login.IAP, Login.PASSWORD], ids=str)
def test_iap_stands_before_an_endpoint_only_if_it_was_chosen(login: Login) -> None:
    spec = objects.backend_config(login)["spec"]
    assert spec.get("iap", {}).get("enabled", False) == (login == Login.IAP)


def test_the_redirect_to_https_and_forbidden_http_do_not_meet() -> None:
    annotations = objects.ingress("kf-ip")["metadata"]["annotations"]
    assert "kubernetes.io/ingress.allow-http" not in annotations
    assert annotations["kubernetes.io/ingress.global-static-ip-name"] == "kf-ip"


def test_the_oauth_client_is_kept_as_iap_reads_it() -> None:
    data = objects.oauth_secret("id", "their secret")["data"]
    assert base64.b64decode(data["client_secret"]) == b"their secret"
    assert set(data) == {"client_id", "client_secret"}


def test_googles_front_ends_reach_the_gateway_and_its_health() -> None:
    (rule,) = objects.gateway_policy()["spec"]["ingress"]
    assert {port["port"] for port in rule["ports"]} == {8080, 15021}
    assert {source["ipBlock"]["cidr"] for source in rule["from"]} == {
        "130.211.0.0/22",
        "35.191.0.0/16",
    }
