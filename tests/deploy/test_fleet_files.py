"""Every file in deploy/fleet/ is what the program that will read it expects, and gives the options that ours take."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest

from kompas_crawler.commands.reference import all_commands, options_of
from tests.deploy.test_files import DEPLOY, documents, run, schema_check, tool

COMPOSE, KUBERNETES = "fleet/compose.yaml", "fleet/kubernetes.yaml"
SLURM = DEPLOY / "fleet" / "slurm.sh"


def pods() -> list[Any]:
    found = []
    for one in documents(KUBERNETES):
        if one["kind"] == "Deployment":
            found.append(one["spec"]["template"])
        elif one["kind"] == "CronJob":
            found.append(one["spec"]["jobTemplate"]["spec"]["template"])
    return found


def name_of(pod: Any) -> str:
    return str(pod["spec"]["containers"][0]["name"])


def dask_options() -> dict[str, set[str]]:
    """The options that `dask scheduler` and `dask worker` take."""
    pytest.importorskip("distributed", reason="a cluster needs the extra fleet")
    from distributed.cli import dask_scheduler, dask_worker

    commands = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    return {
        name: {option for one in command.params for option in [*one.opts, *one.secondary_opts]}
        for name, command in commands.items()
    }


def test_the_compose_file_follows_the_compose_specification() -> None:
    schema_check("vendor.compose-spec", COMPOSE)


def test_no_container_can_write_anything_but_the_archive_and_no_port_is_open_to_the_outside() -> None:
    (compose,) = documents(COMPOSE)
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["archive:/archive"]
        assert "ports" not in service


def test_every_manifest_follows_the_schema_of_kubernetes() -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for manifest in documents(KUBERNETES):
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("pod", pods(), ids=name_of)
def test_a_pod_fits_the_restricted_security_standard(pod: Any) -> None:
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["spec"]["containers"]:
        fence = container["securityContext"]
        assert fence["allowPrivilegeEscalation"] is False
        assert fence["readOnlyRootFilesystem"] is True
        assert fence["capabilities"] == {"drop": ["ALL"]}


def test_only_pods_of_the_fleet_reach_the_scheduler() -> None:
    (policy,) = (one for one in documents(KUBERNETES) if one["kind"] == "NetworkPolicy")
    chosen = policy["spec"]["podSelector"]["matchLabels"]
    assert policy["spec"]["ingress"] == [{"from": [{"podSelector": {"matchLabels": chosen}}]}]
    assert all(chosen.items() <= pod["metadata"]["labels"].items() for pod in pods())


def test_the_settings_that_pods_name_are_there() -> None:
    manifests = documents(KUBERNETES) + documents("kubernetes/kompas-crawler.yaml")
    there = {(one["kind"], one["metadata"]["name"]) for one in manifests}
    kinds = {"configMapRef": "ConfigMap", "secretRef": "Secret"}
    named = {
        (kinds[kind], reference["name"])
        for pod in pods()
        for container in pod["spec"]["containers"]
        for source in container.get("envFrom", [])
        for kind, reference in source.items()
    }
    assert named <= there


def command_lines() -> list[list[str]]:
    """Every command line of Dask in the three files."""
    (compose,) = documents(COMPOSE)
    found = [service["entrypoint"] for service in compose["services"].values() if "entrypoint" in service]
    found += [container["command"] for pod in pods() for container in pod["spec"]["containers"]]
    script = SLURM.read_text(encoding="utf-8").replace("\\\n", " ")
    found += [shlex.split(line.rstrip("& ")) for line in script.splitlines() if "-m dask" in line]
    return [line[line.index("dask") + 1 :] for line in found if "dask" in line]


def test_every_option_that_is_given_to_dask_is_one_of_its_own() -> None:
    known, lines = dask_options(), command_lines()
    assert sorted(line[0] for line in lines) == sorted(["scheduler", "worker"] * 3)
    for part, *words in lines:
        assert {word for word in words if word.startswith("--")} <= known[part]


def test_every_option_that_is_given_to_a_back_fill_is_one_of_its_own() -> None:
    known = {flag for one in options_of("backfill", all_commands()["backfill"]) for flag in one.option_strings}
    texts = [(DEPLOY / name).read_text(encoding="utf-8") for name in (COMPOSE, KUBERNETES)]
    lines = [line for text in texts for line in text.splitlines() if "backfill --" in line]
    assert lines
    for line in lines:
        _, _, arguments = line.partition("backfill --")
        assert set(re.findall(r"--[a-z]+", f"--{arguments}")) <= known


def test_the_slurm_script_is_shell() -> None:
    run(tool("sh"), "-n", str(SLURM))


def test_the_slurm_script_complains_of_missing_arguments() -> None:
    with pytest.raises(AssertionError, match="names the archive"):
        run(tool("sh"), str(SLURM), env={"HOME": "/nowhere", "PATH": "/usr/bin:/bin"})
