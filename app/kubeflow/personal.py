"""A bundle made one deployment's own: pure functions over its objects."""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import yaml

from app.domain.names import BACKEND_CONFIG, GATEWAY_SERVICE, INGRESS_NAMESPACE
from app.domain.spec import Login
from app.kubeflow.bundle import Bundle, Item, Json
from app.kubeflow.credentials import Credentials
from app.kubeflow.objects import data_of, environment, put_data

IAP_LOGOUT = "/_gcp_iap/clear_login_cookie"
_ANYBODY = "system:authenticated"  # on GKE: whoever has a Google account
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_OUR_PODS = "system:serviceaccounts"  # service accounts of this very cluster
_ACTS_AS = "iam.gke.io/gcp-service-account"
_STARTED_FOR = "kfportal/password"
_REQUIRE_JWT = "istio-ingressgateway-require-jwt"


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose Kubeflow it is: `user` is what they sign in as, letter for letter.

    `admin_account` and `user_account` are the addresses of the Google service accounts that
    Kubeflow's own parts and its notebooks act as.
    """

    login: Login
    user: str
    credentials: Credentials
    admin_account: str = ""
    user_account: str = ""


def personalised(bundle: Bundle, owner: Owner) -> Bundle:
    """The bundle with its owner's profile, login and credentials, and nobody else's."""
    changed = [_changed(_for_our_own(item), owner) for item in bundle.items]
    return bundle.with_items([*changed, *_additions(changed, owner)])


def profile_name(user: str) -> str:
    """A namespace's name for a user, as Kubeflow itself makes them of email addresses."""
    slug = re.sub(r"[^a-z0-9]+", "-", user.lower()).strip("-")
    return f"kubeflow-{slug}"[:63].rstrip("-")


def _for_our_own(item: Item) -> Item:
    """What the release lets anybody do, this cluster's own Pods may do."""
    return item.changed(_with_our_pods) if item.kind in _BINDINGS else item


def _with_our_pods(binding: Json) -> Json:
    subjects = [
        {**subject, "name": _OUR_PODS} if subject.get("name") == _ANYBODY else subject
        for subject in binding.get("subjects") or []
    ]
    return {**binding, "subjects": subjects} if subjects else binding


def _changed(item: Item, owner: Owner) -> Item:
    for (kind, namespace, name), change in _CHANGES:
        if (item.kind, item.namespace) == (kind, namespace) and re.fullmatch(name, item.name):
            body = copy.deepcopy(item.body)
            change(body, owner)
            return item.with_body(body)
    return item


def _additions(items: list[Item], owner: Owner) -> Iterator[Item]:
    """Behind IAP: what denies a request without an assertion, which authenticating does not."""
    policy = Item.of("istio", True, _deny_without_principal())
    if owner.login == Login.IAP and policy.key not in {item.key for item in items}:
        yield policy


def _profile(body: Json, owner: Owner) -> None:
    body["metadata"]["name"] = profile_name(owner.user)
    body["spec"]["owner"]["name"] = owner.user
    if owner.user_account:
        plugin = {"kind": "WorkloadIdentity", "spec": {"gcpServiceAccount": owner.user_account}}
        body["spec"]["plugins"] = [plugin]


def _profiles_account(body: Json, owner: Owner) -> None:
    """Whoever makes namespaces for Profiles lets their Pods act as the user's account."""
    if owner.admin_account:
        annotations = body["metadata"].get("annotations") or {}
        body["metadata"]["annotations"] = {**annotations, _ACTS_AS: owner.admin_account}


def _dex_passwords(body: Json, owner: Owner) -> None:
    put_data(body, DEX_USER_PASSWORD=owner.credentials.password_hash)


def _dex_pods(body: Json, owner: Owner) -> None:
    """dex reads the password's hash when it starts: for another one there are other Pods."""
    metadata = body["spec"]["template"].setdefault("metadata", {})
    digest = hashlib.sha256(owner.credentials.password_hash.encode()).hexdigest()[:16]
    metadata["annotations"] = {**(metadata.get("annotations") or {}), _STARTED_FOR: digest}


def _dex(body: Json, owner: Owner) -> None:
    config = yaml.safe_load(data_of(body)["config.yaml"])
    config["logger"] = {**config.get("logger", {}), "level": "info"}
    config["staticPasswords"] = [
        {
            "email": owner.user,
            "hashFromEnv": "DEX_USER_PASSWORD",
            "username": owner.user.partition("@")[0],
            "userID": owner.credentials.user_id,
        }
    ]
    put_data(body, **{"config.yaml": yaml.safe_dump(config, sort_keys=False)})


def _dex_client(body: Json, owner: Owner) -> None:
    put_data(
        body,
        OIDC_CLIENT_ID=owner.credentials.oidc_client_id,
        OIDC_CLIENT_SECRET=owner.credentials.oidc_client_secret,
    )


def _oauth2_proxy(body: Json, owner: Owner) -> None:
    put_data(
        body,
        **{
            "client-id": owner.credentials.oidc_client_id,
            "client-secret": owner.credentials.oidc_client_secret,
            "cookie-secret": owner.credentials.cookie_secret,
        },
    )


def _oauth2_proxy_parameters(body: Json, _owner: Owner) -> None:
    put_data(body, FORCE_HTTPS="true", ALLOW_SELF_SIGNED_ISSUER="false")


def _object_store(body: Json, owner: Owner) -> None:
    put_data(
        body,
        accesskey=owner.credentials.store_access_key,
        secretkey=owner.credentials.store_secret_key,
    )


def _pipelines_db(body: Json, owner: Owner) -> None:
    put_data(body, username="root", password=owner.credentials.pipelines_db_password)


def _katib_db(body: Json, owner: Owner) -> None:
    put_data(body, MYSQL_ROOT_PASSWORD=owner.credentials.katib_db_password)


def _mysql(body: Json, _owner: Owner) -> None:
    """The release's MySQL allows an empty password and reads none: both must change at once."""
    secret = {"secretKeyRef": {"name": "mysql-secret", "key": "password"}}
    for variables in environment(body, "mysql"):
        variables.pop("MYSQL_ALLOW_EMPTY_PASSWORD", None)
        variables["MYSQL_ROOT_PASSWORD"] = {"name": "MYSQL_ROOT_PASSWORD", "valueFrom": secret}


def _katib_mysql(body: Json, _owner: Owner) -> None:
    for variables in environment(body, "katib-mysql"):
        variables.pop("MYSQL_ALLOW_EMPTY_PASSWORD", None)


def _dashboard(body: Json, owner: Owner) -> None:
    if owner.login == Login.IAP:
        for variables in environment(body, "centraldashboard"):
            variables["LOGOUT_URL"] = {"name": "LOGOUT_URL", "value": IAP_LOGOUT}


def _gateway(body: Json, _owner: Owner) -> None:
    """A load balancer reaches the gateway's Pods themselves, once an Ingress names the Service."""
    body["metadata"]["annotations"] = {
        **(body["metadata"].get("annotations") or {}),
        "cloud.google.com/neg": json.dumps({"ingress": True}),
        "cloud.google.com/backend-config": json.dumps({"default": BACKEND_CONFIG}),
    }


def _require_jwt(body: Json, owner: Owner) -> None:
    if owner.login == Login.IAP:
        body["spec"] = _deny_without_principal()["spec"]


def _deny_without_principal() -> Json:
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": _REQUIRE_JWT, "namespace": INGRESS_NAMESPACE},
        "spec": {
            "action": "DENY",
            "selector": {"matchLabels": {"app": "istio-ingressgateway"}},
            "rules": [{"from": [{"source": {"notRequestPrincipals": ["*"]}}]}],
        },
    }


Change = Callable[[Json, Owner], None]
_CHANGES: Iterable[tuple[tuple[str, str, str], Change]] = (
    (("Profile", "", ".*"), _profile),
    (("ServiceAccount", "kubeflow", "profiles-controller-service-account"), _profiles_account),
    (("Secret", "auth", "dex-passwords"), _dex_passwords),
    (("ConfigMap", "auth", "dex"), _dex),
    (("Deployment", "auth", "dex"), _dex_pods),
    (("Secret", "auth", "dex-oidc-client"), _dex_client),
    (("Secret", "oauth2-proxy", "oauth2-proxy-[a-z0-9]+"), _oauth2_proxy),
    (
        ("ConfigMap", "oauth2-proxy", "oauth2-proxy-parameters-[a-z0-9]+"),
        _oauth2_proxy_parameters,
    ),
    (("Secret", "kubeflow", "mlpipeline-minio-artifact"), _object_store),
    (("Secret", "kubeflow", "mysql-secret"), _pipelines_db),
    (("Secret", "kubeflow", "katib-mysql-secrets"), _katib_db),
    (("Deployment", "kubeflow", "mysql"), _mysql),
    (("Deployment", "kubeflow", "katib-mysql"), _katib_mysql),
    (("Deployment", "kubeflow", "centraldashboard"), _dashboard),
    (("Service", INGRESS_NAMESPACE, GATEWAY_SERVICE), _gateway),
    (("AuthorizationPolicy", INGRESS_NAMESPACE, _REQUIRE_JWT), _require_jwt),
)
