"""Who may pass Identity-Aware Proxy: asked for each backend service by itself.

So one deployment's people enter that deployment and no other, and its access goes with it.
"""

from collections.abc import Callable
from typing import Any

from app.google.policies import Policy, change, granting, revoking
from app.google.transport import Transport

ACCESS = "roles/iap.httpsResourceAccessor"


class Iap:
    """IAP v1, administration."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def let_in(self, project_number: str, backend: str, member: str) -> bool:
        """Let `member` through to one backend service; False if it was so already."""
        return await self._change(_resource(project_number, backend), granting((ACCESS, member)))

    async def keep_out(self, project_number: str, backend: str, member: str) -> bool:
        """Let `member` through no more; False if it was so already."""
        return await self._change(_resource(project_number, backend), revoking((ACCESS, member)))

    async def _change(self, resource: str, edit: Callable[[Policy], Policy]) -> bool:
        return await change(
            lambda: self._transport.run(lambda: self._policy(resource)),
            lambda policy: self._transport.run(lambda: self._write(resource, policy)),
            edit,
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


def _resource(project_number: str, backend: str) -> str:
    return f"projects/{project_number}/iap_web/compute/services/{backend}"
