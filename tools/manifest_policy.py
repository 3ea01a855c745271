#!/usr/bin/env python3
"""Reads YAML files and checks the Kubernetes objects in them against our own rules:
known API versions, Pod Security "restricted" on every pod, no :latest, probes, resource limits."""

import sys

import yaml

KNOWN = {
    "ConfigMap": "v1",
    "Secret": "v1",
    "Service": "v1",
    "Pod": "v1",
    "Namespace": "v1",
    "ServiceAccount": "v1",
    "Deployment": "apps/v1",
    "DaemonSet": "apps/v1",
    "Job": "batch/v1",
    "Ingress": "networking.k8s.io/v1",
    "NetworkPolicy": "networking.k8s.io/v1",
    "PodDisruptionBudget": "policy/v1",
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "Kustomization": "kustomize.config.k8s.io/v1beta1",
}


def pod_of(thing):
    """The pod specification inside an object, or None."""
    if thing["kind"] == "Pod":
        return thing["spec"]
    return (
        thing.get("spec", {}).get("template", {}).get("spec")
        if isinstance(thing.get("spec"), dict)
        else None
    )


def container_problems(container, long_running):
    security = container.get("securityContext", {})
    if security.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation is not false"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "does not drop all capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "has a writable root file system"
    image = container["image"]
    if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest"):
        yield f"image {image} has no fixed tag"
    if "memory" not in container.get("resources", {}).get("limits", {}):
        yield "has no memory limit"
    if long_running:
        yield from (
            f"has no {probe}"
            for probe in ("startupProbe", "livenessProbe", "readinessProbe")
            if probe not in container
        )


def pod_problems(pod):
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "may run as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "gets a service account token"
    yield from (
        f"volume {volume['name']} is of the host"
        for volume in pod.get("volumes", [])
        if "hostPath" in volume
    )
    for container in pod.get("initContainers", []):
        yield from (
            f"init container {container['name']} {p}" for p in container_problems(container, False)
        )
    for container in pod["containers"]:
        yield from (
            f"container {container['name']} {p}"
            for p in container_problems(container, pod.get("restartPolicy", "Always") == "Always")
        )


def problems_of(path):
    with open(path, encoding="utf-8") as file:
        for thing in yaml.safe_load_all(file):
            if not isinstance(thing, dict) or "kind" not in thing:
                continue
            name = f"{path}: {thing['kind']} {thing.get('metadata', {}).get('name', '')}"
            if KNOWN.get(thing["kind"]) != thing.get("apiVersion"):
                yield f"{name}: unexpected apiVersion {thing.get('apiVersion')}"
            pod = pod_of(thing)
            if pod:
                yield from (f"{name}: {problem}" for problem in pod_problems(pod))


def main(paths):
    problems = []
    for path in paths:
        try:
            problems += problems_of(path)
        except yaml.YAMLError as error:
            problems.append(f"{path}: {error}")
    print("\n".join(problems), end="\n" if problems else "")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
