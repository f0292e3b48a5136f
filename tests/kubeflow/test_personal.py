"""A bundle made one deployment's own."""

import copy
import dataclasses

import pytest
import yaml

from app.domain.spec import Login
from app.kubeflow.bundle import Bundle, Item
from app.kubeflow.objects import data_of, environment
from app.kubeflow.personal import personalised, profile_name
from tests.kubeflow.objects import bundle, item, owner


def _only(made: Bundle, kind: str) -> Item:
    (found,) = [each for each in made.items if each.kind == kind]
    return found


def test_the_profile_is_the_owners_letter_for_letter() -> None:
    shipped = item("Profile", "kubeflow-user-example-com", spec={"owner": {"name": "user@x"}})
    made = _only(personalised(bundle(shipped), owner(user="Dana.Lee@Example.com")), "Profile")
    assert made.name == "kubeflow-dana-lee-example-com"
    assert made.body["spec"]["owner"]["name"] == "Dana.Lee@Example.com"


@pytest.mark.parametrize("user", ["a" * 80, "x@" + "y" * 70 + ".com", "dana"])
def test_a_profiles_name_is_a_namespaces_name(user: str) -> None:
    name = profile_name(user)
    assert len(name) <= 63
    assert name[-1].isalnum()


def test_dex_knows_the_owner_and_nobody_else() -> None:
    config = {
        "issuer": "http://dex",
        "logger": {"level": "debug"},
        "staticPasswords": [{"email": "user@example.com", "userID": "15841185641784"}],
        "staticClients": [{"idEnv": "OIDC_CLIENT_ID"}],
    }
    shipped = item("ConfigMap", "dex", "auth", data={"config.yaml": yaml.safe_dump(config)})
    made = data_of(_only(personalised(bundle(shipped), owner(user="dana")), "ConfigMap").body)
    written = yaml.safe_load(made["config.yaml"])
    assert [user["email"] for user in written["staticPasswords"]] == ["dana"]
    assert written["logger"]["level"] == "info"
    assert written["staticClients"] == config["staticClients"]


def test_for_another_password_dex_starts_anew_and_for_the_same_it_does_not() -> None:
    """It reads the hash from its environment, and a changed Secret starts no Pod."""
    template = {"metadata": {"labels": {"app": "dex"}}, "spec": {}}
    shipped = item("Deployment", "dex", "auth", spec={"template": template})
    one, same, another = owner(), owner(), owner()
    credentials = dataclasses.replace(another.credentials, password_hash="$2b$12$other")
    another = dataclasses.replace(another, credentials=credentials)
    pods = [
        _only(personalised(bundle(shipped), whose), "Deployment").body["spec"]["template"]
        for whose in (one, same, another)
    ]
    assert pods[0] == pods[1] != pods[2]
    assert pods[0]["metadata"]["labels"] == {"app": "dex"}
    assert "$2b$12$hash" not in str(pods)


@pytest.mark.parametrize(
    ("namespace", "name", "shipped", "made"),
    [
        ("auth", "dex-passwords", {"DEX_USER_PASSWORD": "$2y$12$x"}, "$2b$12$hash"),
        ("auth", "dex-oidc-client", {"OIDC_CLIENT_SECRET": "public"}, "new-oidc_client_secret"),
        ("oauth2-proxy", "oauth2-proxy-h6", {"cookie-secret": "public"}, "new-cookie_secret"),
        (
            "kubeflow",
            "mlpipeline-minio-artifact",
            {"secretkey": "minio123"},
            "new-store_secret_key",
        ),
        ("kubeflow", "mysql-secret", {"password": ""}, "new-pipelines_db_password"),
        (
            "kubeflow",
            "katib-mysql-secrets",
            {"MYSQL_ROOT_PASSWORD": "test"},
            "new-katib_db_password",
        ),
    ],
)
def test_no_credential_of_the_release_survives(
    namespace: str, name: str, shipped: dict[str, str], made: str
) -> None:
    (key,) = shipped
    secret = item("Secret", name, namespace, stringData=shipped)
    body = _only(personalised(bundle(secret), owner()), "Secret").body
    assert data_of(body)[key] == made
    assert "stringData" not in body


def test_dex_and_oauth2_proxy_share_their_client() -> None:
    dex = item("Secret", "dex-oidc-client", "auth", data={})
    proxy = item("Secret", "oauth2-proxy-abc12", "oauth2-proxy", data={})
    first, second = (data_of(i.body) for i in personalised(bundle(dex, proxy), owner()).items)
    assert first["OIDC_CLIENT_ID"] == second["client-id"]
    assert first["OIDC_CLIENT_SECRET"] == second["client-secret"]


def test_mysql_takes_its_password_from_the_secret() -> None:
    env = [{"name": "MYSQL_ALLOW_EMPTY_PASSWORD", "value": "true"}, {"name": "OTHER", "value": "x"}]
    spec = {"template": {"spec": {"containers": [{"name": "mysql", "env": env}]}}}
    shipped = item("Deployment", "mysql", "kubeflow", "apps/v1", spec=spec)
    body = copy.deepcopy(_only(personalised(bundle(shipped), owner()), "Deployment").body)
    (variables,) = environment(body, "mysql")
    assert set(variables) == {"OTHER", "MYSQL_ROOT_PASSWORD"}
    reference = variables["MYSQL_ROOT_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "mysql-secret", "key": "password"}


def test_nothing_is_bound_to_everybody_with_a_google_account() -> None:
    """The cluster's own Pods keep what they need: notebooks list training runtimes."""
    subject = {"kind": "Group", "name": "system:authenticated"}
    shipped = item("RoleBinding", "public", "kubeflow", subjects=[subject])
    (made,) = personalised(bundle(shipped), owner()).items
    assert made.body["subjects"] == [{"kind": "Group", "name": "system:serviceaccounts"}]


def test_pods_act_as_the_deployments_google_accounts() -> None:
    account = item("ServiceAccount", "profiles-controller-service-account", "kubeflow")
    profile = item("Profile", "kubeflow-user-example-com", spec={"owner": {"name": "user@x"}})
    whose = dataclasses.replace(owner(), admin_account="admin@p.iam", user_account="user@p.iam")
    first, second = (each.body for each in personalised(bundle(account, profile), whose).items)
    assert first["metadata"]["annotations"] == {"iam.gke.io/gcp-service-account": "admin@p.iam"}
    (plugin,) = second["spec"]["plugins"]
    assert plugin == {"kind": "WorkloadIdentity", "spec": {"gcpServiceAccount": "user@p.iam"}}


def test_the_load_balancer_reaches_the_gateways_pods() -> None:
    shipped = item("Service", "istio-ingressgateway", "istio-system", spec={"ports": []})
    made = _only(personalised(bundle(shipped), owner()), "Service").body
    assert made["metadata"]["annotations"]["cloud.google.com/neg"] == '{"ingress": true}'


def test_behind_iap_a_request_without_a_principal_is_denied() -> None:
    for shipped in (
        bundle(),
        bundle(
            item(
                "AuthorizationPolicy",
                "istio-ingressgateway-require-jwt",
                "istio-system",
                "security.istio.io/v1beta1",
                spec={},
            )
        ),
    ):
        made = _only(personalised(shipped, owner(Login.IAP)), "AuthorizationPolicy")
        assert made.body["spec"]["action"] == "DENY"
        assert made.body["spec"]["rules"] == [
            {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}
        ]


def test_the_bundle_that_was_loaded_stays_as_it_is() -> None:
    shipped = item("Secret", "mysql-secret", "kubeflow", stringData={"password": ""})
    before = copy.deepcopy(shipped.body)
    personalised(bundle(shipped), owner())
    assert shipped.body == before
