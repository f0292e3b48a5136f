"""The create form as a page, whole or its live parts only: lists, report, price."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse

from app.domain.price import Price
from app.domain.spec import DeploymentSpec
from app.errors import Message, SignInAgain, StepError
from app.kubeflow.catalogue import Version, available_versions
from app.kubeflow.components import Component, catalogued
from app.kubeflow.library import components
from app.report import Report
from app.settings import Settings
from app.web import forms, offers
from app.web.i18n import Translator
from app.web.offers import Offer
from app.web.pages import language_of, page, translator_of
from app.web.portal import Portal
from app.web.prices import PricesUnknown
from app.web.report_views import price_view, report_view
from app.web.sessions import SignedIn

Problems = Mapping[str, Message]


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of a form at the moment; `problem` is why something is not."""

    spec: DeploymentSpec | None
    unclear: frozenset[str]
    offer: Offer
    report: Report | None = None
    price: Price | None = None
    problem: Message | None = None


async def look(
    portal: Portal, who: SignedIn, values: Mapping[str, str], *, anew: bool = False
) -> Live:
    """Report, price and lists for what is filled in; Google's refusals are told in it."""
    spec, unclear = forms.draft(values, available_versions(portal.settings))
    try:
        report, offer, (price, problem) = await asyncio.gather(
            _report(portal, who, spec, unclear, anew=anew),
            _offer(portal, who, spec),
            _price(portal, who, values),
        )
    except SignInAgain:
        text = Message("Google asks you to sign in again.")
        return Live(spec, unclear, offers.everywhere(), problem=text)
    return Live(spec, unclear, offer, report, price, problem)


async def glance(portal: Portal, who: SignedIn, values: Mapping[str, str]) -> Live:
    """The lists alone: what a page shows before its script asks for the rest."""
    spec, unclear = forms.draft(values, available_versions(portal.settings))
    try:
        return Live(spec, unclear, await _offer(portal, who, spec))
    except SignInAgain:  # the list of projects says so, and the form works without
        return Live(spec, unclear, offers.everywhere())


async def form_page(
    request: Request,
    portal: Portal,
    who: SignedIn,
    values: Mapping[str, str],
    live: Live,
    *,
    problems: Problems | None = None,
    key: str = "",
    status: int = 200,
) -> HTMLResponse:
    """The whole form with what was typed, secrets aside."""
    translate = translator_of(request)
    told = forms.in_order(forms.to_type_again(values) | dict(problems)) if problems else {}
    listed = await portal.projects.of(who.user.id)
    context = {
        "errors": {name: translate.message(message) for name, message in told.items()},
        "projects": listed.projects,
        "projects_problem": translate.message(listed.problem) if listed.problem else "",
        "idempotency_key": key or forms.new_key(),
        **form_context(portal.settings, values, live, translate),
    }
    return page(request, who, "new.html", context, status=status, path="/deployments/new")


def live_parts(
    request: Request, portal: Portal, who: SignedIn, values: Mapping[str, str], live: Live
) -> HTMLResponse:
    """The parts of the form that follow what is typed."""
    language = language_of(request)
    content = portal.renderer.render(
        "form/live.html",
        portal.renderer.page(language, "/deployments/new", who.user, who.csrf),
        form_context(portal.settings, values, live, translator_of(request)),
    )
    return HTMLResponse(content, headers={"Vary": "Cookie, Accept-Language"})


def form_context(
    settings: Settings,
    values: Mapping[str, str],
    live: Live,
    translate: Translator,
    versions: Sequence[Version] | None = None,
) -> dict[str, Any]:
    """What the form's templates are filled in with; `versions` are all that can be had here."""
    versions = available_versions(settings) if versions is None else versions
    form = forms.shown(values, versions)
    return {
        "form": form,
        "versions": [in_words(version, translate) for version in versions],
        **lists(form, live.offer, translate),
        "components": choosable(settings, form["version"]),
        "presets": {name: urlencode(preset) for name, preset in forms.PRESETS.items()},
        "report": report_view(live.report, translate) if live.report else None,
        "price": price_view(live.price, translate) if live.price else None,
        "problem": translate.message(live.problem) if live.problem else "",
    }


def lists(form: Mapping[str, str], offer: Offer, translate: Translator) -> dict[str, Any]:
    """The lists of zones, machines and GPUs; what was chosen is always among them."""
    known = any(form["zone"] == z.value for zones in offer.zones.values() for z in zones)
    typed = offers.with_chosen([], form["zone"])
    return {
        "zones": offer.zones if known else {"": typed, **offer.zones},
        "machines": offers.with_chosen(offer.machines, form["machine_type"]),
        "gpus": offers.with_chosen(offer.gpus, form["gpu_type"]),
        "lists_note": translate.message(offer.note),
    }


def choosable(settings: Settings, version: str) -> list[Component]:
    """The components of a version that can be left out."""
    known = {each.id for each in available_versions(settings)}
    found = components(settings, version) if version in known else catalogued()
    return [component for component in found if component.optional]


def in_words(version: Version, translate: Translator) -> Version:
    """A version in the reader's language."""
    return Version(version.id, translate.gettext(version.label), translate.gettext(version.note))


async def _report(
    portal: Portal,
    who: SignedIn,
    spec: DeploymentSpec | None,
    unclear: frozenset[str],
    *,
    anew: bool,
) -> Report | None:
    if spec is None:
        return None
    return await portal.reports.of(who.user, spec, unclear, anew=anew)


async def _offer(portal: Portal, who: SignedIn, spec: DeploymentSpec | None) -> Offer:
    if spec is None:
        return offers.everywhere()
    try:
        facts = await portal.reports.facts(who.user, spec.project)
    except StepError:  # the report says what Google said
        return offers.everywhere()
    return await offers.of_project(facts, spec.zone)


async def _price(
    portal: Portal, who: SignedIn, values: Mapping[str, str]
) -> tuple[Price | None, Message | None]:
    """The price does not depend on the project: a stand-in will do until there is one."""
    versions = available_versions(portal.settings)
    spec, unclear = forms.draft({**values, "project": "any-project"}, versions)
    if spec is None or unclear & {"zone", *forms.SIZE_FIELDS}:
        return None, None
    try:
        return await portal.prices.of(who.user.id, spec), None
    except PricesUnknown as error:
        if not str(error):
            return None, Message("Google’s price list is still being read.")
        text = Message("Google’s price list cannot be read: “%(words)s”", words=str(error))
        return None, text
