"""Cloud Billing: whether a project has a billing account."""

from app.simulator.google.api import Api, Call
from app.simulator.google.errors import Json
from app.simulator.google.projects import find_project

api = Api("cloudbilling", "cloudbilling.googleapis.com", "Cloud Billing API")


@api.on("GET", "/v1/projects/{project}/billingInfo")
def get_billing_info(call: Call) -> Json:
    """The project's billing account, and whether it is on."""
    project = find_project(call.cloud, call.params["project"], call.account)
    return {
        "name": f"projects/{project['projectId']}/billingInfo",
        "projectId": project["projectId"],
        "billingAccountName": project["billing"],
        "billingEnabled": bool(project["billing"]),
    }
