"""Tables as `kubectl get` shows them, of built-in and custom kinds."""

from typing import Any

from app.simulator.kubernetes import jsonpath
from app.simulator.kubernetes.objects import Object, metadata_of
from app.simulator.kubernetes.printing import configuration, network, storage, workloads
from app.simulator.kubernetes.printing.ages import age, age_of
from app.simulator.kubernetes.printing.printer import Printer
from app.simulator.kubernetes.resources import Resource

PRINTERS: dict[str, Printer] = {
    **workloads.PRINTERS,
    **network.PRINTERS,
    **storage.PRINTERS,
    **configuration.PRINTERS,
}
NAME_COLUMN: Object = {
    "name": "Name",
    "type": "string",
    "format": "name",
    "description": "Name must be unique within a namespace.",
    "priority": 0,
}


def column_definitions(resource: Resource) -> list[Object]:
    """The table's columns; those with priority 1 are for `-o wide`."""
    if resource.custom:
        columns = [
            {
                "name": column.name,
                "type": column.type,
                "format": column.format,
                "description": column.description,
                "priority": column.priority,
            }
            for column in resource.columns
        ]
        return [NAME_COLUMN, *(columns or [_column("Age", type_="date")])]
    printer = PRINTERS.get(resource.storage)
    if printer is None:
        return [NAME_COLUMN, _column("Age")]
    return [NAME_COLUMN, *(_column(name) for name in printer.columns)]


def row(resource: Resource, item: Object, include: str) -> Object:
    """One object's row; `include` says what goes with it: None, Metadata or Object."""
    shown: Object = {"cells": [metadata_of(item).get("name"), *_cells(resource, item)]}
    if include == "Object":
        shown["object"] = item
    elif include != "None":
        shown["object"] = partial_object(item)
    return shown


def table(columns: list[Object], rows: list[Object], metadata: Object) -> Object:
    """The `Table` object."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
        "rows": rows,
    }


def partial_object(item: Object) -> Object:
    """An object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata_of(item),
    }


def _column(name: str, type_: str = "string") -> Object:
    wide = name.endswith("*")
    return {
        "name": name.rstrip("*"),
        "type": type_,
        "format": "",
        "description": name.rstrip("*"),
        "priority": 1 if wide else 0,
    }


def _cells(resource: Resource, item: Object) -> list[Any]:
    if resource.custom:
        return [_custom_cell(c.type, c.path, item) for c in resource.columns] or [age_of(item)]
    printer = PRINTERS.get(resource.storage)
    return printer.cells(item) if printer else [age_of(item)]


def _custom_cell(type_: str, path: str, item: Object) -> Any:
    found = jsonpath.find(item, path)
    if not found:
        return None
    value = found[0]
    if type_ == "date":
        return age(value)
    if type_ == "string":
        values = [",".join(map(str, v)) if isinstance(v, list) else v for v in found]
        return ",".join(str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    return value
