"""What answers behind a cluster's webhooks: Pods that run in nothing but words."""

import asyncio
from dataclasses import dataclass, field
from typing import Any


@dataclass
class WebhookServers:
    """Every Pod that serves a webhook, by the host name of its Service (`NAME.NAMESPACE.svc`).

    They allow everything, and convert an object by giving it the wanted version. Those in
    `silent` take a call and never answer it.
    """

    silent: set[str] = field(default_factory=set)

    async def answer(self, host: str, review: dict[str, Any]) -> dict[str, Any]:
        """The review with its response, as AdmissionReview and ConversionReview have it."""
        if host in self.silent:
            await asyncio.Event().wait()
        request = review["request"]
        response = {"uid": request["uid"]}
        if review["kind"] == "ConversionReview":
            response |= _converted(request)
        else:
            response["allowed"] = True
        return {"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response}


def _converted(request: dict[str, Any]) -> dict[str, Any]:
    version = request["desiredAPIVersion"]
    objects = [each | {"apiVersion": version} for each in request["objects"]]
    return {"result": {"status": "Success"}, "convertedObjects": objects}
