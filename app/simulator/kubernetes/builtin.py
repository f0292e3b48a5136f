"""The kinds every cluster serves: core, apps, batch, RBAC and the rest of Kubernetes' own."""

from app.simulator.kubernetes.resources import STANDARD_VERBS, Resource, ScalePaths, with_storage

_CREATE_ONLY = ("create",)

# group/version, then a row a kind: plural Kind [short names], with markers: cluster (not
# namespaced), gen (has a generation), status, scale, all (category), and other subresources.
_TABLE = """
/v1
  namespaces Namespace ns cluster status finalize
  pods Pod po all status log eviction binding ephemeralcontainers
  services Service svc all status
  endpoints Endpoints ep
  configmaps ConfigMap cm
  secrets Secret -
  serviceaccounts ServiceAccount sa token
  persistentvolumes PersistentVolume pv cluster status
  persistentvolumeclaims PersistentVolumeClaim pvc status
  events Event ev
  nodes Node no cluster status
  replicationcontrollers ReplicationController rc all gen status scale
  limitranges LimitRange limits
  resourcequotas ResourceQuota quota status
  podtemplates PodTemplate - gen
apps/v1
  deployments Deployment deploy all gen status scale
  replicasets ReplicaSet rs all gen status scale
  statefulsets StatefulSet sts all gen status scale
  daemonsets DaemonSet ds all gen status
  controllerrevisions ControllerRevision -
batch/v1
  jobs Job - all gen status
  cronjobs CronJob cj all gen status
autoscaling/v2
  horizontalpodautoscalers HorizontalPodAutoscaler hpa all status
policy/v1
  poddisruptionbudgets PodDisruptionBudget pdb gen status
networking.k8s.io/v1
  ingresses Ingress ing gen status
  ingressclasses IngressClass - cluster gen
  networkpolicies NetworkPolicy netpol gen
rbac.authorization.k8s.io/v1
  roles Role -
  rolebindings RoleBinding -
  clusterroles ClusterRole - cluster
  clusterrolebindings ClusterRoleBinding - cluster
storage.k8s.io/v1
  storageclasses StorageClass sc cluster
  csidrivers CSIDriver - cluster
  csinodes CSINode - cluster
  csistoragecapacities CSIStorageCapacity -
  volumeattachments VolumeAttachment - cluster status
scheduling.k8s.io/v1
  priorityclasses PriorityClass pc cluster gen
coordination.k8s.io/v1
  leases Lease -
discovery.k8s.io/v1
  endpointslices EndpointSlice - gen
admissionregistration.k8s.io/v1
  mutatingwebhookconfigurations MutatingWebhookConfiguration - cluster gen
  validatingwebhookconfigurations ValidatingWebhookConfiguration - cluster gen
  validatingadmissionpolicies ValidatingAdmissionPolicy - cluster gen status
  validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding - cluster gen
apiextensions.k8s.io/v1
  customresourcedefinitions CustomResourceDefinition crd,crds cluster gen status
apiregistration.k8s.io/v1
  apiservices APIService - cluster status
certificates.k8s.io/v1
  certificatesigningrequests CertificateSigningRequest csr cluster status approval
node.k8s.io/v1
  runtimeclasses RuntimeClass - cluster
flowcontrol.apiserver.k8s.io/v1
  flowschemas FlowSchema - cluster gen status
  prioritylevelconfigurations PriorityLevelConfiguration - cluster gen status
authentication.k8s.io/v1
  tokenreviews TokenReview - cluster create
  selfsubjectreviews SelfSubjectReview - cluster create
authorization.k8s.io/v1
  subjectaccessreviews SubjectAccessReview - cluster create
  selfsubjectaccessreviews SelfSubjectAccessReview - cluster create
  localsubjectaccessreviews LocalSubjectAccessReview - create
  selfsubjectrulesreviews SelfSubjectRulesReview - cluster create
"""

_SUBRESOURCES = (
    "status",
    "scale",
    "log",
    "eviction",
    "binding",
    "token",
    "finalize",
    "approval",
    "ephemeralcontainers",
)


def built_in_resources() -> list[Resource]:
    """Every built-in resource."""
    resources: list[Resource] = []
    group = version = ""
    for line in _TABLE.strip().splitlines():
        if line.startswith("  "):
            resources.append(_resource(group, version, line.split()))
        else:
            group, version = line.split("/")
    return [*resources, *_shared(resources)]


def _resource(group: str, version: str, words: list[str]) -> Resource:
    plural, kind, short, *marks = words
    return Resource(
        group=group,
        version=version,
        plural=plural,
        kind=kind,
        singular=kind.lower(),
        namespaced="cluster" not in marks,
        short_names=() if short == "-" else tuple(short.split(",")),
        categories=("all",) if "all" in marks else (),
        verbs=_CREATE_ONLY if "create" in marks else STANDARD_VERBS,
        subresources=tuple(mark for mark in marks if mark in _SUBRESOURCES),
        generation="gen" in marks,
        scale=ScalePaths(selector=None) if "scale" in marks else None,
    )


def _shared(resources: list[Resource]) -> list[Resource]:
    """Older or newer groups that show the same objects."""
    by_plural = {resource.plural: resource for resource in resources}
    event = _resource("events.k8s.io", "v1", ["events", "Event", "ev"])
    scaler = _resource(
        "autoscaling",
        "v1",
        ["horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", "all", "status"],
    )
    return [
        with_storage(event, by_plural["events"].storage, "v1"),
        with_storage(scaler, by_plural["horizontalpodautoscalers"].storage, "v2"),
    ]
