"""Report and price as the form shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.price import FREE_TIER, Item, Part, Price
from app.errors import Message
from app.report import Line, Report
from app.text import N_
from app.web.i18n import Translator

_PARTS = {
    Part.CORES: N_("%(quantity)s vCPUs"),
    Part.MEMORY: N_("%(quantity)s GB of memory"),
    Part.DISKS: N_("%(quantity)s GB of disks"),
    Part.VOLUMES: N_("%(quantity)s GB of Kubeflow’s own volumes"),
    Part.OUTSIDE: N_("%(quantity)s external addresses of nodes"),
    Part.NAT: N_("Cloud NAT for %(quantity)s nodes"),
    Part.NAT_ADDRESS: N_("Cloud NAT’s address"),
    Part.CLUSTER: N_("GKE’s fee for the cluster"),
    Part.RULE: N_("Load balancer"),
    Part.ADDRESS: N_("Address, while nothing uses it"),
    Part.GPU: N_("%(quantity)s GPUs, while a node with them runs"),
    Part.GPU_MACHINE: N_("The machine of such a node, while it runs"),
}


@dataclass(frozen=True, slots=True)
class LineView:
    """A line, translated; `said` and `commands` are other people's words and stay as they are."""

    check: str
    state: str
    title: str
    text: str
    said: str
    hint: str
    commands: Sequence[str]
    link: str
    copy: str

    @property
    def id(self) -> str:
        """An id for the page."""
        return "check-" + self.check.replace("/", "-").replace(".", "-").lower()


@dataclass(frozen=True, slots=True)
class Later:
    """Checks that wait until an API is enabled."""

    service: str
    titles: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the form shows of a report: what matters first, what is all right folded away."""

    state: str
    headline: str
    urgent: Sequence[LineView]
    later: Sequence[Later]
    fine: Sequence[LineView]


@dataclass(frozen=True, slots=True)
class ItemView:
    """One part of a price."""

    name: str
    amount: str


@dataclass(frozen=True, slots=True)
class PriceView:
    """An estimate in words."""

    monthly: str
    hourly: str
    items: Sequence[ItemView]
    notes: Sequence[str]


def report_view(report: Report, translate: Translator) -> ReportView:
    """The report in the reader's language."""
    waiting = [line for line in report.lines if line.waits_for]
    urgent = [*report.blocking, *(line for line in report.warnings if not line.waits_for)]
    return ReportView(
        state=str(report.state),
        headline=_headline(report, translate),
        urgent=[_line(line, translate) for line in urgent],
        later=_later(waiting, translate),
        fine=[_line(line, translate) for line in report.passed],
    )


def report_json(report: Report, translate: Translator) -> dict[str, Any]:
    """The report as a document: every line, in the reader's language."""
    return {
        "state": str(report.state),
        "lines": [
            {
                "check": line.check,
                "title": translate.message(line.title),
                "state": str(line.state),
                "text": translate.message(line.text),
                "said": line.said,
                "hint": translate.message(line.hint) if line.hint else "",
                "commands": list(line.commands),
                "link": line.link,
                "copy": line.copy,
                "waits_for": line.waits_for,
                "unanswered": line.unanswered,
            }
            for line in report.lines
        ],
    }


def price_view(price: Price, translate: Translator) -> PriceView:
    """The estimate in the reader's language."""
    monthly = N_("US$%(sum)s a month") if price.whole else N_("At least US$%(sum)s a month")
    return PriceView(
        monthly=translate.gettext(monthly, sum=f"{price.monthly:,.0f}"),
        hourly=translate.gettext(N_("US$%(sum)s an hour"), sum=f"{price.hourly:.2f}"),
        items=[_item(item, translate) for item in price.items],
        notes=_notes(price, translate),
    )


def price_json(price: Price) -> dict[str, Any]:
    """The estimate as a document, in US dollars."""
    return {
        "currency": "USD",
        "monthly": round(price.monthly, 2),
        "hourly": round(price.hourly, 4),
        "items": [
            {
                "part": str(item.part),
                "quantity": item.quantity,
                "each": item.each,
                "hourly": round(item.hourly, 6),
                "monthly": round(item.monthly, 2),
                "sometimes": item.sometimes,
            }
            for item in price.items
        ],
        "whole": price.whole,
        "missing": [str(part) for part in price.missing],
    }


def _headline(report: Report, translate: Translator) -> str:
    if report.unanswered:
        return translate.gettext(N_("Google could not be asked, so nothing is known."))
    if blocking := len(report.blocking):
        return translate.ngettext(
            "%(num)s problem keeps it from working",
            "%(num)s problems keep it from working",
            blocking,
            num=blocking,
        )
    if any(line.waits_for for line in report.lines):
        return translate.gettext(N_("It will work, as far as can be seen before APIs are enabled"))
    return translate.gettext(N_("It will work"))


def _line(line: Line, translate: Translator) -> LineView:
    return LineView(
        check=line.check,
        state=str(line.state),
        title=translate.message(line.title),
        text=translate.message(line.text),
        said=line.said,
        hint=translate.message(line.hint) if line.hint else "",
        commands=line.commands,
        link=line.link,
        copy=line.copy,
    )


def _later(waiting: Sequence[Line], translate: Translator) -> list[Later]:
    titles: dict[str, list[str]] = {}
    for line in waiting:
        titles.setdefault(line.waits_for, []).append(translate.message(line.title))
    return [Later(service, ", ".join(names)) for service, names in titles.items()]


def _item(item: Item, translate: Translator) -> ItemView:
    name = translate.filled(_PARTS[item.part], {"quantity": f"{item.quantity:g}"})
    if item.sometimes:
        text = N_("US$%(sum)s an hour")
        return ItemView(name, translate.gettext(text, sum=f"{item.hourly:.2f}"))
    return ItemView(name, f"US${item.monthly:,.2f}")


def _notes(price: Price, translate: Translator) -> list[str]:
    notes = []
    if price.whole_month_discount:
        notes.append(
            Message(
                "Machines that run all month are %(percent)s%% cheaper: that is in the sum.",
                percent=f"{price.whole_month_discount * 100:.0f}",
            )
        )
    notes.append(
        Message(
            "Each billing account is given back US$%(free)s of cluster fees a month.",
            free=f"{FREE_TIER:.2f}",
        )
    )
    notes.append(Message("Volumes of your own notebooks, traffic and logs come on top."))
    if price.missing:
        names = ", ".join(
            translate.filled(_PARTS[part], {"quantity": ""}).strip() for part in price.missing
        )
        notes.append(Message("The catalogue has no price here for: %(parts)s.", parts=names))
    return [translate.message(note) for note in notes]
