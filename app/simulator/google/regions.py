"""What things cost where: each region's name in the price list, and its level of prices.

Levels are the hourly prices of an n1-standard-1, on demand and as a Spot VM, in US dollars, from
the price tables that Cyclenerd/google-cloud-pricing-cost-calculator derives from Google's
catalogue. us-central1, us-east1 and us-west1 share their SKUs, called after the Americas.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PriceRegion:
    """`level` and `spot` are an n1-standard-1's hourly prices in US dollars."""

    place: str
    regions: tuple[str, ...]
    level: float
    spot: float


_LEVELS: dict[str, tuple[str, float, float]] = {
    "africa-south1": ("Johannesburg", 0.062129675, 0.01308),
    "asia-east1": ("Taiwan", 0.0549995, 0.01055875),
    "asia-east2": ("Hong Kong", 0.066461, 0.01242),
    "asia-northeast1": ("Japan", 0.06093925, 0.0151375),
    "asia-northeast2": ("Osaka", 0.06093925, 0.01910125),
    "asia-northeast3": ("Seoul", 0.06093925, 0.0111675),
    "asia-south1": ("Mumbai", 0.05705, 0.01077),
    "asia-south2": ("Delhi", 0.05705, 0.01854875),
    "asia-southeast1": ("Singapore", 0.0585965, 0.01153875),
    "asia-southeast2": ("Jakarta", 0.063870185, 0.01293),
    "australia-southeast1": ("Sydney", 0.06739725, 0.02122875),
    "australia-southeast2": ("Melbourne", 0.06739725, 0.02149875),
    "europe-central2": ("Warsaw", 0.0611975, 0.0091675),
    "europe-north1": ("Finland", 0.052296, 0.0129825),
    "europe-southwest1": ("Madrid", 0.056049705, 0.0118),
    "europe-west1": ("EMEA", 0.05225175, 0.01434625),
    "europe-west2": ("London", 0.0611975, 0.0127325),
    "europe-west3": ("Frankfurt", 0.0611975, 0.01204125),
    "europe-west4": ("Netherlands", 0.052292, 0.013455),
    "europe-west6": ("Zurich", 0.066461, 0.01618375),
    "europe-west8": ("Milan", 0.05509971, 0.0116),
    "europe-west9": ("Paris", 0.05509971, 0.0116),
    "europe-west10": ("Berlin", 0.073149615, 0.0154),
    "europe-west12": ("Turin", 0.0612746775, 0.0129),
    "me-central1": ("Doha", 0.05771220125, 0.01215),
    "me-central2": ("Dammam", 0.0759996, 0.016),
    "me-west1": ("Tel Aviv", 0.052249725, 0.010095),
    "northamerica-northeast1": ("Montreal", 0.052292, 0.013635),
    "northamerica-northeast2": ("Toronto", 0.052292, 0.0163475),
    "southamerica-east1": ("Sao Paulo", 0.07539875, 0.0085925),
    "southamerica-west1": ("Santiago", 0.0679246425, 0.0143),
    "us-east4": ("Virginia", 0.05349625, 0.01076375),
    "us-east5": ("Columbus", 0.04749975, 0.01),
    "us-south1": ("Dallas", 0.056049705, 0.0118),
    "us-west2": ("Los Angeles", 0.05705375, 0.0152975),
    "us-west3": ("Salt Lake City", 0.05705375, 0.0165275),
    "us-west4": ("Las Vegas", 0.05349625, 0.0112025),
}
AMERICAS = PriceRegion("Americas", ("us-central1", "us-east1", "us-west1"), 0.04749975, 0.0130025)
PRICE_REGIONS: tuple[PriceRegion, ...] = (
    AMERICAS,
    *(PriceRegion(place, (name,), *levels) for name, (place, *levels) in _LEVELS.items()),
)
