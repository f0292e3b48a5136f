"""The resources that the controllers read and write, and their paths in the API."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource of a Kubernetes API; `group` is empty for the core one."""

    group: str
    version: str
    plural: str
    name: str
    namespaced: bool = True
    custom: bool = False
    metadata_only: bool = False

    @property
    def api_version(self) -> str:
        """What objects of this kind say in `apiVersion`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def definition(self) -> str:
        """The name of the CustomResourceDefinition, were it one."""
        return f"{self.plural}.{self.group}"

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of a collection, an object or one of its subresources."""
        root = f"/apis/{self.group}" if self.group else "/api"
        scope = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        rest = "".join(f"/{part}" for part in (name, subresource) if part)
        return f"{root}/{self.version}{scope}/{self.plural}{rest}"


NAMESPACE = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
NODE = Kind("", "v1", "nodes", "Node", namespaced=False)
POD = Kind("", "v1", "pods", "Pod")
SERVICE = Kind("", "v1", "services", "Service")
ENDPOINTS = Kind("", "v1", "endpoints", "Endpoints")
SECRET = Kind("", "v1", "secrets", "Secret")
CONFIG_MAP = Kind("", "v1", "configmaps", "ConfigMap")
SERVICE_ACCOUNT = Kind("", "v1", "serviceaccounts", "ServiceAccount")
EVENT = Kind("", "v1", "events", "Event")
CLAIM = Kind("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
VOLUME = Kind("", "v1", "persistentvolumes", "PersistentVolume", namespaced=False)
DEPLOYMENT = Kind("apps", "v1", "deployments", "Deployment")
REPLICA_SET = Kind("apps", "v1", "replicasets", "ReplicaSet")
STATEFUL_SET = Kind("apps", "v1", "statefulsets", "StatefulSet")
DAEMON_SET = Kind("apps", "v1", "daemonsets", "DaemonSet")
JOB = Kind("batch", "v1", "jobs", "Job")
AUTOSCALER = Kind("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler")
DISRUPTION_BUDGET = Kind("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget")
ENDPOINT_SLICE = Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
LEASE = Kind("coordination.k8s.io", "v1", "leases", "Lease")
STORAGE_CLASS = Kind("storage.k8s.io", "v1", "storageclasses", "StorageClass", namespaced=False)
CLUSTER_ROLE = Kind(
    "rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", namespaced=False
)
ROLE_BINDING = Kind("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding")
INGRESS = Kind("networking.k8s.io", "v1", "ingresses", "Ingress")
DEFINITION = Kind(
    "apiextensions.k8s.io",
    "v1",
    "customresourcedefinitions",
    "CustomResourceDefinition",
    namespaced=False,
    metadata_only=True,
)
MUTATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io",
    "v1",
    "mutatingwebhookconfigurations",
    "MutatingWebhookConfiguration",
    namespaced=False,
)
VALIDATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io",
    "v1",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
    namespaced=False,
)

CERTIFICATE = Kind("cert-manager.io", "v1", "certificates", "Certificate", custom=True)
ISSUER = Kind("cert-manager.io", "v1", "issuers", "Issuer", custom=True)
CLUSTER_ISSUER = Kind(
    "cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", namespaced=False, custom=True
)
BACKEND_CONFIG = Kind("cloud.google.com", "v1", "backendconfigs", "BackendConfig", custom=True)
MANAGED_CERTIFICATE = Kind(
    "networking.gke.io", "v1", "managedcertificates", "ManagedCertificate", custom=True
)
NETWORK_ENDPOINT_GROUP = Kind(
    "networking.gke.io",
    "v1beta1",
    "servicenetworkendpointgroups",
    "ServiceNetworkEndpointGroup",
    custom=True,
)
PROFILE = Kind("kubeflow.org", "v1beta1", "profiles", "Profile", namespaced=False, custom=True)
AUTHORIZATION_POLICY = Kind(
    "security.istio.io", "v1beta1", "authorizationpolicies", "AuthorizationPolicy", custom=True
)
REQUEST_AUTHENTICATION = Kind(
    "security.istio.io", "v1beta1", "requestauthentications", "RequestAuthentication", custom=True
)
