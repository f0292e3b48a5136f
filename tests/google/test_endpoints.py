"""Where Google and the deployed Kubeflows are."""

from app.google.endpoints import Endpoints, endpoint_request, endpoint_url
from app.settings import Settings

_HOST = "kf.endpoints.my-project.cloud.goog"
_SIMULATED = Settings(cloud="simulated", simulator_url="http://127.0.0.1:9000/")


def test_a_deployed_kubeflow_is_at_its_public_name() -> None:
    google = Settings(cloud="google")
    assert endpoint_url(google, _HOST) == f"https://{_HOST}/"
    assert endpoint_request(google, _HOST) == (f"https://{_HOST}/", {})


def test_a_simulated_one_is_at_a_loopback_name_on_the_simulators_port() -> None:
    assert endpoint_url(_SIMULATED, _HOST) == f"http://{_HOST}.localhost:9000/"
    url, headers = endpoint_request(_SIMULATED, _HOST)
    assert (url, headers) == ("http://127.0.0.1:9000/", {"Host": f"{_HOST}.localhost:9000"})


def test_every_api_of_the_simulator_has_a_prefix_of_its_own() -> None:
    found = Endpoints.from_settings(_SIMULATED)
    apis = [found.container, found.compute, found.iam, found.iap, found.service_usage]
    assert len(set(apis)) == len(apis)
    assert all(api.startswith("http://127.0.0.1:9000/") for api in apis)
