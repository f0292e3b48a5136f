"""The bundle of a deployment: loaded, and made its own."""

import asyncio

from app.domain.spec import Login
from app.kubeflow import library
from app.kubeflow.bundle import Bundle
from app.kubeflow.catalogue import release
from app.kubeflow.credentials import GENERATED, Credentials, hashed, is_hash_of
from app.kubeflow.own import made_own, owner_of
from app.steps.context import StepContext

PASSWORD = "password"
_HASH = "password_hash"


async def load_bundle(context: StepContext) -> None:
    """The release is at hand, and this deployment's credentials are made."""
    spec = context.spec
    bundle = await library.load(context.settings, spec.version, spec.login)
    await context.progress(0.8, "Making it this deployment's own")
    await _make_credentials(context)
    parts = len({item.component for item in bundle.items})
    await context.say(
        "%(label)s is at hand: %(objects)s objects in %(parts)s components.",
        label=release(spec.version).label,
        objects=len(bundle.items),
        parts=parts,
    )


async def own_bundle(context: StepContext) -> Bundle:
    """The bundle as it is applied for this deployment."""
    spec = context.spec
    bundle = await library.load(context.settings, spec.version, spec.login)
    owner = owner_of(spec, context.owner_email, await _credentials(context))
    mirror = context.settings.registry_mirror
    return await asyncio.to_thread(
        lambda: made_own(bundle, owner, without=spec.without, registry_mirror=mirror)
    )


async def _credentials(context: StepContext) -> Credentials:
    made = {name: await context.secret(name) for name in GENERATED}
    return Credentials(**made, password_hash=await context.secret(_HASH))


async def _make_credentials(context: StepContext) -> None:
    """Made once: random ones, and the hash of the password, random too where none was chosen.

    A password can be chosen later, with an endpoint: then the hash is made of that.
    """
    for name, make in GENERATED.items():
        await context.secret_or_new(name, make)
    if context.spec.login == Login.PASSWORD:
        password = await context.secret(PASSWORD)
    else:
        password = await context.secret_or_new(PASSWORD, GENERATED["oidc_client_secret"])
    known = await context.known_secret(_HASH)
    if known is None or not await asyncio.to_thread(is_hash_of, known, password):
        await context.keep_secret(_HASH, await asyncio.to_thread(hashed, password))
