"""Cloud Billing: the billing account of a project, and the public price list."""

from app.simulator.google import skus
from app.simulator.google.api import Api, Call
from app.simulator.google.errors import Json, invalid, not_found, permission_denied
from app.simulator.google.lists import page_of
from app.simulator.google.projects import ACCOUNT, find_project, projects_of

api = Api("cloudbilling", "cloudbilling.googleapis.com", "Cloud Billing API")
_MOST_SKUS = 5000


@api.on("GET", "/v1/projects/{project}/billingInfo")
def get_billing_info(call: Call) -> Json:
    """The project's billing account, and whether it is on."""
    return _info(find_project(call.cloud, call.params["project"], call.account))


@api.on("PUT", "/v1/projects/{project}/billingInfo")
def update_billing_info(call: Call) -> Json:
    """Give the project another billing account, or (an empty name) none."""
    project = find_project(call.cloud, call.params["project"], call.account)
    call.require(project, "resourcemanager.projects.createBillingAssignment")
    wanted = call.body.get("billingAccountName", "")
    if wanted not in ("", ACCOUNT):
        raise permission_denied(api.service, "billing.resourceAssociations.create", wanted)
    project = {**project, "billing": wanted}
    call.cloud.state.put("projects", project["projectId"], project)
    return _info(project)


@api.on("GET", "/v1/billingAccounts")
def list_accounts(call: Call) -> Json:
    """The one billing account, for those who have a project that it pays for."""
    paid = any(project["billing"] for project in projects_of(call.cloud, call.account))
    return {"billingAccounts": [_account()]} if paid else {}


@api.on("GET", "/v1/billingAccounts/{account}")
def get_account(call: Call) -> Json:
    """The billing account."""
    if f"billingAccounts/{call.params['account']}" != ACCOUNT:
        raise not_found("Requested entity was not found.")
    return _account()


@api.on("GET", "/v1/billingAccounts/{account}/projects")
def list_projects(call: Call) -> Json:
    """The caller's projects that the account pays for."""
    account = f"billingAccounts/{call.params['account']}"
    found = [p for p in projects_of(call.cloud, call.account) if p["billing"] == account]
    return {"projectBillingInfo": [_info(project) for project in found]} if found else {}


@api.on("GET", "/v1/services")
def list_services(call: Call) -> Json:
    """The services that have SKUs."""
    found = [
        {
            "name": f"services/{service}",
            "serviceId": service,
            "displayName": name,
            "businessEntityName": "businessEntities/GCP",
        }
        for service, name in skus.SERVICES.items()
    ]
    return page_of(call, "services", found, _MOST_SKUS)


@api.on("GET", "/v1/services/{service}/skus")
def list_skus(call: Call) -> Json:
    """A service's price list, in pages of at most 5000; in US dollars alone."""
    if call.query.get("currencyCode", "USD") not in ("", "USD"):
        raise invalid(f"Invalid currency code: {call.query['currencyCode']}.")
    found = skus.of_service(call.params["service"])
    if not found:
        raise not_found(f"Service {call.params['service']} was not found.")
    return page_of(call, "skus", found, _MOST_SKUS)


def _info(project: Json) -> Json:
    return {
        "name": f"projects/{project['projectId']}/billingInfo",
        "projectId": project["projectId"],
        "billingAccountName": project["billing"],
        "billingEnabled": bool(project["billing"]),
    }


def _account() -> Json:
    return {
        "name": ACCOUNT,
        "open": True,
        "displayName": "My Billing Account",
        "masterBillingAccount": "",
        "parent": "",
        "currencyCode": "USD",
    }
