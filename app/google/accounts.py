"""Service accounts, and who may act as them."""

from dataclasses import dataclass
from typing import Any

from app.google.discovery import DiscoveredApi
from app.google.policies import Edit, Policy, change
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class Account:
    """A service account."""

    email: str
    description: str


class Accounts:
    """IAM v1; its newer client speaks gRPC only, so this is google-api-python-client."""

    def __init__(self, transport: Transport) -> None:
        self._api = DiscoveredApi(transport, "iam", "v1", transport.endpoints.iam)

    async def get(self, project: str, email: str) -> Account | None:
        """The account, if it is there; a new one may not be visible everywhere at once."""
        name = _name(project, email)
        found = await self._api.find(lambda api: api.projects().serviceAccounts().get(name=name))
        return None if found is None else _account(found)

    async def create(
        self, project: str, account_id: str, *, display_name: str, description: str
    ) -> Account:
        """Make an account; refused with 409 where one with this id exists."""
        body = {
            "accountId": account_id,
            "serviceAccount": {"displayName": display_name, "description": description},
        }
        made = await self._api.call(
            lambda api: (
                api.projects().serviceAccounts().create(name=f"projects/{project}", body=body)
            )
        )
        return _account(made)

    async def delete(self, project: str, email: str) -> bool:
        """Delete an account; False when there was none. Policies keep it as a deleted member."""
        name = _name(project, email)
        gone = await self._api.find(lambda api: api.projects().serviceAccounts().delete(name=name))
        return gone is not None

    async def change_policy(self, project: str, email: str, edit: Edit) -> bool:
        """Edit who may use the account; False when nothing had to be written."""
        name = _name(project, email)

        async def read() -> Policy:
            return await self._api.call(
                lambda api: (
                    api.projects()
                    .serviceAccounts()
                    .getIamPolicy(resource=name, options_requestedPolicyVersion=3)
                )
            )

        async def write(policy: Policy) -> None:
            await self._api.call(
                lambda api: (
                    api.projects()
                    .serviceAccounts()
                    .setIamPolicy(resource=name, body={"policy": {**policy, "version": 3}})
                )
            )

        return await change(read, write, edit)


def _name(project: str, email: str) -> str:
    return f"projects/{project}/serviceAccounts/{email}"


def _account(found: dict[str, Any]) -> Account:
    return Account(email=str(found["email"]), description=str(found.get("description", "")))
