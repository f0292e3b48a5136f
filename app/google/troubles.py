"""What kinds of trouble Google's errors are, and what a person can do about each.

The texts are parts of recorded answers. Where an answer has a reason for programs, that decides;
where neither is known, the HTTP status does.
"""

import re
from enum import StrEnum

from app.text import N_


class Trouble(StrEnum):
    """Why Google did not do what it was asked."""

    API_DISABLED = "api-disabled"
    RATE_LIMIT = "rate-limit"
    BUSY = "busy"
    OVERTAKEN = "overtaken"  # somebody changed the same thing at the same time
    ORG_POLICY = "org-policy"
    STOCK_OUT = "stock-out"
    BILLING = "billing"
    QUOTA = "quota"
    SCOPE = "scope"
    PERMISSION = "permission"
    NOT_FOUND = "not-found"
    ALREADY_EXISTS = "already-exists"
    UNAVAILABLE = "unavailable"
    OTHER = "other"

    @property
    def passes(self) -> bool:
        """Whether it may be over by itself in a while."""
        return self in _PASSING


_PASSING = {
    Trouble.API_DISABLED,
    Trouble.RATE_LIMIT,
    Trouble.BUSY,
    Trouble.OVERTAKEN,
    Trouble.UNAVAILABLE,
}
_BY_REASON = {
    "SERVICE_DISABLED": Trouble.API_DISABLED,
    "accessNotConfigured": Trouble.API_DISABLED,
    "RATE_LIMIT_EXCEEDED": Trouble.RATE_LIMIT,
    "rateLimitExceeded": Trouble.RATE_LIMIT,
    "userRateLimitExceeded": Trouble.RATE_LIMIT,
    "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED": Trouble.RATE_LIMIT,
    "resourceNotReady": Trouble.BUSY,
    "RESOURCE_NOT_READY": Trouble.BUSY,
    "resourceInUseByAnotherResource": Trouble.BUSY,
    "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE": Trouble.BUSY,
    "LOCATION_ORG_POLICY_VIOLATED": Trouble.ORG_POLICY,
    "SECURITY_POLICY_VIOLATED": Trouble.ORG_POLICY,
    "GCE_STOCKOUT": Trouble.STOCK_OUT,
    "ZONE_RESOURCE_POOL_EXHAUSTED": Trouble.STOCK_OUT,
    "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS": Trouble.STOCK_OUT,
    "BILLING_DISABLED": Trouble.BILLING,
    "UREQ_PROJECT_BILLING_NOT_FOUND": Trouble.BILLING,
    "UREQ_PROJECT_BILLING_NOT_OPEN": Trouble.BILLING,
    "quotaExceeded": Trouble.QUOTA,
    "QUOTA_EXCEEDED": Trouble.QUOTA,
    "GCE_QUOTA_EXCEEDED": Trouble.QUOTA,
    "RESOURCE_QUOTA_EXCEEDED": Trouble.QUOTA,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Trouble.SCOPE,
    "insufficientPermissions": Trouble.SCOPE,
    "IAM_PERMISSION_DENIED": Trouble.PERMISSION,
    "USER_PROJECT_DENIED": Trouble.PERMISSION,
}
_BY_TEXT = (
    ("is running incompatible operation", Trouble.BUSY),
    ("Another activation or deactivation is in progress", Trouble.BUSY),
    ("Identity Pool does not exist", Trouble.BUSY),
    ("is not ready", Trouble.BUSY),
    ("concurrent policy changes", Trouble.OVERTAKEN),
    ("onstraint constraints/", Trouble.ORG_POLICY),
    ("violates constraint", Trouble.ORG_POLICY),
    ("org policy", Trouble.ORG_POLICY),
    ("do not belong to a permitted customer", Trouble.ORG_POLICY),
    ("does not have enough resources", Trouble.STOCK_OUT),
    ("STOCKOUT", Trouble.STOCK_OUT),
    ("Quota exceeded for quota metric", Trouble.RATE_LIMIT),
    ("Billing account for project", Trouble.BILLING),
    ("Billing must be enabled", Trouble.BILLING),
    ("nsufficient regional quota", Trouble.QUOTA),
    ("nsufficient project quota", Trouble.QUOTA),
    ("QUOTA_EXCEEDED", Trouble.QUOTA),
    ("iam.serviceAccountUser", Trouble.PERMISSION),
)
_QUOTA = re.compile(r"Quota '\w+' exceeded")
_BY_STATUS = {
    403: Trouble.PERMISSION,
    404: Trouble.NOT_FOUND,
    408: Trouble.UNAVAILABLE,
    409: Trouble.ALREADY_EXISTS,
    429: Trouble.RATE_LIMIT,
}


def trouble_of(status: int, message: str, reason: str = "") -> Trouble:
    """What kind of trouble an error answer tells of."""
    if reason in _BY_REASON:
        return _BY_REASON[reason]
    if _QUOTA.search(message):
        return Trouble.QUOTA
    for text, trouble in _BY_TEXT:
        if text in message:
            return trouble
    return Trouble.UNAVAILABLE if status >= 500 else _BY_STATUS.get(status, Trouble.OTHER)


def hint_about(trouble: Trouble, message: str, permission: str = "") -> str:
    """What a person can do: an English template, or nothing where we know nothing."""
    if trouble == Trouble.PERMISSION:
        return _role_for(permission or _permission_in(message))
    return _HINTS.get(trouble, "")


_HINTS = {
    Trouble.API_DISABLED: N_(
        "Enable this API in the project, then try again. Once enabled, it needs a few minutes."
    ),
    Trouble.RATE_LIMIT: N_("Google is being asked too often. Try again in a few minutes."),
    Trouble.BUSY: N_("Something else is at work on the same thing. Try again in a few minutes."),
    Trouble.OVERTAKEN: N_("Somebody else changed the same policy again and again. Try again."),
    Trouble.ORG_POLICY: N_("Ask your organisation's administrator about this policy."),
    Trouble.STOCK_OUT: N_("Choose another zone, or try again later."),
    Trouble.BILLING: N_("Turn on billing for the project, then try again."),
    Trouble.QUOTA: N_("Ask for more quota on the project's Quotas page, or choose a smaller size."),
    Trouble.UNAVAILABLE: N_(
        "Such outages pass by themselves as a rule: status.cloud.google.com tells more. Try again."
    ),
}
_ROLES = (
    (
        "iam.serviceAccounts.actAs",
        N_("Ask a project owner for the role Service Account User (roles/iam.serviceAccountUser)."),
    ),
    (
        "iam.",
        N_(
            "Ask a project owner for the role Service Account Admin "
            "(roles/iam.serviceAccountAdmin)."
        ),
    ),
    (
        "container.",
        N_("Ask a project owner for the role Kubernetes Engine Admin (roles/container.admin)."),
    ),
    (
        "compute.firewalls.",
        N_(
            "Ask a project owner for the role Compute Security Admin (roles/compute.securityAdmin)."
        ),
    ),
    (
        "compute.",
        N_("Ask a project owner for the role Compute Network Admin (roles/compute.networkAdmin)."),
    ),
    (
        "resourcemanager.projects.get",
        N_("Check the project's ID, or ask its owner for access: Google hides what it denies."),
    ),
    (
        "resourcemanager.",
        N_(
            "Ask a project owner for the role Project IAM Admin "
            "(roles/resourcemanager.projectIamAdmin)."
        ),
    ),
    (
        "serviceusage.",
        N_(
            "Ask a project owner for the role Service Usage Admin "
            "(roles/serviceusage.serviceUsageAdmin)."
        ),
    ),
    (
        "servicemanagement.",
        N_(
            "Ask a project owner for the role Service Management Administrator "
            "(roles/servicemanagement.admin)."
        ),
    ),
    ("iap.", N_("Ask a project owner for the role IAP Policy Admin (roles/iap.admin).")),
)
_ANY_ROLE = N_("Ask a project owner for the missing permission; the role Owner has it.")
_PERMISSION = re.compile(r"""['"]([a-z]+(?:\.[A-Za-z]+){2,})['"]""")
_IN_OTHER_WORDS = (
    ("iam.serviceAccountUser", "iam.serviceAccounts.actAs"),
    ("Policy update access denied", "resourcemanager.projects.setIamPolicy"),
    ("required permission to use project", "serviceusage.services.use"),
)


def _role_for(permission: str) -> str:
    """Where a permission is known, the least of the roles that a deployer needs which has it."""
    return next((hint for prefix, hint in _ROLES if permission.startswith(prefix)), _ANY_ROLE)


def _permission_in(message: str) -> str:
    found = _PERMISSION.search(message)
    if found:
        return found.group(1)
    return next((permission for words, permission in _IN_OTHER_WORDS if words in message), "")
