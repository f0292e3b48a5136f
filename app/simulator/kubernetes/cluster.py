"""One cluster's objects and everything that works on them, without the network."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.simulator.clock import Clock
from app.simulator.kubernetes import crds
from app.simulator.kubernetes.bootstrap import initial_objects
from app.simulator.kubernetes.bootstrap_access import initial_access
from app.simulator.kubernetes.builtin import built_in_resources
from app.simulator.kubernetes.collector import Collector
from app.simulator.kubernetes.deletion import Deleter
from app.simulator.kubernetes.merge_types import Types
from app.simulator.kubernetes.objects import Object
from app.simulator.kubernetes.reading import Reader
from app.simulator.kubernetes.resources import Registry
from app.simulator.kubernetes.storage import Change, Entry, Storage
from app.simulator.kubernetes.watch import Watches
from app.simulator.kubernetes.writer import WriteOptions, Writer

_BOOTSTRAPPED = "bootstrapped"


class Cluster:
    """Storage, registry and what reads, writes, watches and collects."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.objects = Storage(path)
        self.registry = Registry(built_in_resources())
        for entry in self.objects.items(crds.CRD_STORAGE):
            self._serve(entry)
        self.objects.listen(self._follow_definitions)
        self.watches = Watches(self.objects)
        self.types = Types()
        self.reader = Reader(self.objects, self.watches)
        self.writer = Writer(self.objects, self.registry, self.types)
        self.deleter = Deleter(self.objects, clock)
        self.collector = Collector(self.objects, self.registry, self.writer, self.deleter)
        self._bootstrap()

    def close(self) -> None:
        """Close the storage."""
        self.objects.close()

    def _bootstrap(self) -> None:
        """Make what a new cluster has, once; and at each start the roles that access rests on."""
        is_new = not self.objects.fact(_BOOTSTRAPPED)
        options = WriteOptions(manager="kube-apiserver", validation="Ignore")
        for plural, item in initial_objects() if is_new else initial_access():
            group, _, version = item["apiVersion"].rpartition("/")
            resource = self.registry.find(group, version, plural)
            if resource is None:
                raise LookupError(f"{item['apiVersion']} {plural} is not served")
            namespace = item["metadata"].get("namespace", "")
            if not self.objects.get(resource.storage, namespace, item["metadata"]["name"]):
                self.writer.create(resource, namespace, item, options)
        self.objects.set_fact(_BOOTSTRAPPED, 1)

    def _follow_definitions(self, change: Change) -> None:
        storage, _, name = change.entry.key
        if storage != crds.CRD_STORAGE:
            return
        if change.type == "DELETED":
            plural, _, group = name.partition(".")
            self.registry.remove(group, plural)
            self.watches.close_storage(f"{group}/{plural}")
        else:
            self._serve(change.entry)

    def _serve(self, entry: Entry) -> None:
        plural, _, group = entry.key[2].partition(".")
        read: Callable[[], Object] = partial(self._definition, entry.key)
        self.registry.replace(group, plural, crds.resources_of(entry.content, read))

    def _definition(self, key: tuple[str, str, str]) -> Object:
        entry = self.objects.at(key)
        return entry.content if entry else {}
