"""Projects: whether they can be used, who may do what in them, and which ones a user has."""

from dataclasses import dataclass
from typing import Any

from app.google.policies import Edit, Policy, change
from app.google.transport import Transport


@dataclass(frozen=True, slots=True)
class Project:
    """A Google Cloud project; only an active one takes orders."""

    id: str
    number: str
    active: bool


class Projects:
    """Resource Manager v3 and Cloud Billing."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, project: str) -> Project:
        """The project; Google refuses a missing one like one that may not be seen."""

        def call() -> Project:
            return _project(self._client().get_project(name=f"projects/{project}"))

        return await self._transport.run(call)

    async def search(self, limit: int = 200) -> list[Project]:
        """The active projects that the owner can see, by id; new ones may be late."""

        def call() -> list[Project]:
            found = self._client().search_projects(query="state:ACTIVE")
            projects = (_project(item) for _, item in zip(range(limit), found, strict=False))
            return sorted((p for p in projects if p.active), key=lambda p: p.id)

        return await self._transport.run(call)

    async def billing_enabled(self, project: str) -> bool:
        """Whether somebody pays for the project."""

        def call() -> bool:
            info = self._billing().get_project_billing_info(name=f"projects/{project}")
            return bool(info.billing_enabled)

        return await self._transport.run(call)

    async def change_policy(self, project: str, edit: Edit) -> bool:
        """Edit the project's IAM policy; False when nothing had to be written."""
        return await change(
            lambda: self._transport.run(lambda: self._policy(project)),
            lambda policy: self._transport.run(lambda: self._write(project, policy)),
            edit,
        )

    def _policy(self, project: str) -> Policy:
        from google.iam.v1 import iam_policy_pb2, options_pb2
        from google.protobuf.json_format import MessageToDict

        request = iam_policy_pb2.GetIamPolicyRequest(
            resource=f"projects/{project}",
            options=options_pb2.GetPolicyOptions(requested_policy_version=3),
        )
        policy: Policy = MessageToDict(self._client().get_iam_policy(request=request))
        return policy

    def _write(self, project: str, policy: Policy) -> None:
        from google.iam.v1 import iam_policy_pb2, policy_pb2
        from google.protobuf.json_format import ParseDict

        request = iam_policy_pb2.SetIamPolicyRequest(
            resource=f"projects/{project}",
            policy=ParseDict({**policy, "version": 3}, policy_pb2.Policy()),
        )
        self._client().set_iam_policy(request=request)

    def _client(self) -> Any:
        def make() -> Any:
            from google.cloud import resourcemanager_v3

            return resourcemanager_v3.ProjectsClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.resource_manager},
            )

        return self._transport.lazily("projects", make)

    def _billing(self) -> Any:
        def make() -> Any:
            from google.cloud import billing_v1

            return billing_v1.CloudBillingClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.billing},
            )

        return self._transport.lazily("billing", make)


def _project(found: Any) -> Project:
    return Project(
        id=found.project_id,
        number=found.name.rpartition("/")[2],
        active=found.state.name == "ACTIVE",
    )
