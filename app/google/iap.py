"""Who may pass Identity-Aware Proxy."""

from typing import Any

from app.google.policies import Policy, change, granting
from app.google.transport import Transport

ACCESS = "roles/iap.httpsResourceAccessor"


class Iap:
    """IAP v1, administration."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def let_in(self, project_number: str, member: str) -> bool:
        """Let `member` through to the project's web applications; False if it was so already."""
        resource = f"projects/{project_number}/iap_web"
        return await change(
            lambda: self._transport.run(lambda: self._policy(resource)),
            lambda policy: self._transport.run(lambda: self._write(resource, policy)),
            granting((ACCESS, member)),
        )

    def _policy(self, resource: str) -> Policy:
        from google.iam.v1 import iam_policy_pb2, options_pb2
        from google.protobuf.json_format import MessageToDict

        request = iam_policy_pb2.GetIamPolicyRequest(
            resource=resource, options=options_pb2.GetPolicyOptions(requested_policy_version=3)
        )
        policy: Policy = MessageToDict(self._client().get_iam_policy(request=request))
        return policy

    def _write(self, resource: str, policy: Policy) -> None:
        from google.iam.v1 import iam_policy_pb2, policy_pb2
        from google.protobuf.json_format import ParseDict

        request = iam_policy_pb2.SetIamPolicyRequest(
            resource=resource, policy=ParseDict({**policy, "version": 3}, policy_pb2.Policy())
        )
        self._client().set_iam_policy(request=request)

    def _client(self) -> Any:
        def make() -> Any:
            from google.cloud import iap_v1

            return iap_v1.IdentityAwareProxyAdminServiceClient(
                credentials=self._transport.credentials,
                transport="rest",
                client_options={"api_endpoint": self._transport.endpoints.iap},
            )

        return self._transport.lazily("iap", make)
