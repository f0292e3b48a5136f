"""Identity-Aware Proxy: who may pass, on the whole project or on one backend service."""

from app.simulator.google import policies
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import Json, invalid

api = Api("iap", "iap.googleapis.com", "Cloud Identity-Aware Proxy API", gated=True)

_WEB = "/v1/projects/{project}/iap_web"
_BACKENDS = _WEB + "/{type}"
_BACKEND = _BACKENDS + "/services/{service}"


@api.on("POST", *(f"{path}:getIamPolicy" for path in (_WEB, _BACKENDS, _BACKEND)))
def get_iam_policy(call: Call) -> Json:
    """The policy of IAP's resource."""
    project = call.project(f"iap.{_kind(call)}.getIamPolicy", "iap_web")
    version = int(call.body.get("options", {}).get("requestedPolicyVersion", 1))
    return policies.answer(policies.read(call.cloud, _resource(call, project)), version)


@api.on("POST", *(f"{path}:setIamPolicy" for path in (_WEB, _BACKENDS, _BACKEND)))
def set_iam_policy(call: Call) -> Json:
    """Replace the policy of IAP's resource."""
    project = call.project(f"iap.{_kind(call)}.setIamPolicy", "iap_web")
    wanted = call.body.get("policy")
    if not isinstance(wanted, dict):
        raise invalid("Policy is required.")
    return policies.write(call.cloud, _resource(call, project), wanted)


def _kind(call: Call) -> str:
    return "webServices" if "service" in call.params else "web"


def _resource(call: Call, project: Json) -> str:
    below = [call.params[part] for part in ("type", "service") if part in call.params]
    return "/".join(["iap", project["projectId"], *below])
