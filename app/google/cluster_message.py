"""The message that asks GKE for a cluster which Kubeflow can run on."""

from dataclasses import dataclass, field
from typing import Any

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
MOST_EXTRA_NODES = 2  # how far a pool may grow by itself beyond what was asked for
MOST_GPU_NODES = 4
GPU_POOL = "gpu-pool"


@dataclass(frozen=True, slots=True)
class ClusterOrder:
    """What varies from one deployment to the next.

    With a `gpu_type` there is a second pool, of `gpu_machine_type` with `gpus` a node, which has
    no node until somebody's Pod asks for a GPU.
    """

    project: str
    zone: str
    name: str
    version: str
    machine_type: str
    nodes: int
    disk_gb: int
    node_pool: str
    node_account: str
    labels: dict[str, str] = field(default_factory=dict)
    gpu_type: str = ""
    gpus: int = 0
    gpu_machine_type: str = ""
    spot: bool = False
    private_nodes: bool = False


def message(order: ClusterOrder) -> Any:
    """A `container_v1.Cluster`: Workload Identity, Dataplane V2, shielded nodes, DNS endpoint.

    Nothing deprecated is set beside its successor: GKE refuses the mixture.
    """
    from google.cloud import container_v1 as gke

    return gke.Cluster(
        name=order.name,
        description="Kubeflow, made with Kubeflow Deploy Portal",
        initial_cluster_version=order.version,
        network="default",
        subnetwork="default",
        resource_labels=order.labels,
        ip_allocation_policy=gke.IPAllocationPolicy(use_ip_aliases=True),
        release_channel=gke.ReleaseChannel(channel=gke.ReleaseChannel.Channel.REGULAR),
        workload_identity_config=gke.WorkloadIdentityConfig(
            workload_pool=f"{order.project}.svc.id.goog"
        ),
        addons_config=_addons(gke),
        shielded_nodes=gke.ShieldedNodes(enabled=True),
        network_config=gke.NetworkConfig(
            datapath_provider=gke.DatapathProvider.ADVANCED_DATAPATH,
            default_enable_private_nodes=order.private_nodes,
        ),
        control_plane_endpoints_config=_control_plane(gke),
        logging_config=gke.LoggingConfig(
            component_config=gke.LoggingComponentConfig(
                enable_components=[
                    gke.LoggingComponentConfig.Component.SYSTEM_COMPONENTS,
                    gke.LoggingComponentConfig.Component.WORKLOADS,
                ]
            )
        ),
        monitoring_config=gke.MonitoringConfig(
            component_config=gke.MonitoringComponentConfig(
                enable_components=[gke.MonitoringComponentConfig.Component.SYSTEM_COMPONENTS]
            )
        ),
        node_pools=[_pool(gke, order), *([_gpu_pool(gke, order)] if order.gpu_type else [])],
    )


def _addons(gke: Any) -> Any:
    return gke.AddonsConfig(
        http_load_balancing=gke.HttpLoadBalancing(disabled=False),
        horizontal_pod_autoscaling=gke.HorizontalPodAutoscaling(disabled=False),
        gce_persistent_disk_csi_driver_config=gke.GcePersistentDiskCsiDriverConfig(enabled=True),
    )


def _control_plane(gke: Any) -> Any:
    """Reachable by name from anywhere, for whoever IAM lets in: no lists of addresses to keep."""
    return gke.ControlPlaneEndpointsConfig(
        dns_endpoint_config=gke.ControlPlaneEndpointsConfig.DNSEndpointConfig(
            allow_external_traffic=True
        ),
        ip_endpoints_config=gke.ControlPlaneEndpointsConfig.IPEndpointsConfig(
            enabled=True, enable_public_endpoint=True
        ),
    )


def _pool(gke: Any, order: ClusterOrder) -> Any:
    return gke.NodePool(
        name=order.node_pool,
        initial_node_count=order.nodes,
        config=_nodes(gke, order, order.machine_type),
        autoscaling=gke.NodePoolAutoscaling(
            enabled=True,
            min_node_count=order.nodes,
            max_node_count=order.nodes + MOST_EXTRA_NODES,
        ),
        management=gke.NodeManagement(auto_upgrade=True, auto_repair=True),
    )


def _gpu_pool(gke: Any, order: ClusterOrder) -> Any:
    """No node until a Pod asks for a GPU, and none again when no Pod does; GKE brings the driver.

    GKE itself keeps other Pods off these nodes by a taint.
    """
    driver = gke.GPUDriverInstallationConfig
    accelerator = gke.AcceleratorConfig(
        accelerator_type=order.gpu_type,
        accelerator_count=order.gpus,
        gpu_driver_installation_config=driver(
            gpu_driver_version=driver.GPUDriverVersion.DEFAULT,
        ),
    )
    return gke.NodePool(
        name=GPU_POOL,
        initial_node_count=0,
        config=_nodes(gke, order, order.gpu_machine_type, accelerators=[accelerator]),
        autoscaling=gke.NodePoolAutoscaling(
            enabled=True, min_node_count=0, max_node_count=MOST_GPU_NODES
        ),
        management=gke.NodeManagement(auto_upgrade=True, auto_repair=True),
    )


def _nodes(gke: Any, order: ClusterOrder, machine_type: str, **more: Any) -> Any:
    return gke.NodeConfig(
        machine_type=machine_type,
        disk_size_gb=order.disk_gb,
        disk_type="pd-balanced",
        image_type="COS_CONTAINERD",
        service_account=order.node_account,
        oauth_scopes=[_SCOPE],
        resource_labels=order.labels,
        spot=order.spot,
        shielded_instance_config=gke.ShieldedInstanceConfig(
            enable_secure_boot=True, enable_integrity_monitoring=True
        ),
        workload_metadata_config=gke.WorkloadMetadataConfig(
            mode=gke.WorkloadMetadataConfig.Mode.GKE_METADATA
        ),
        **more,
    )
