"""Every file in deploy/ is what the program that will read it expects, as far as this machine can tell."""

from __future__ import annotations

import configparser
import grp
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kompas_crawler.metrics import HELP

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = ("kompas-crawl.service", "kompas-crawl.timer", "kompas-verify.service", "kompas-verify.timer")
MOST_EXPOSURE = 20
"""In tenths, as `systemd-analyze security --threshold` counts."""


def tool(*names: str) -> str:
    """The first of these programs that is installed; the test is skipped where none is."""
    beside = Path(sys.executable).parent
    for name in names:
        if found := shutil.which(name) or shutil.which(name, path=str(beside)):
            return found
    pytest.skip(f"{' or '.join(names)} is not installed here")


def run(*command: str, **options: Any) -> str:
    """Run a program; return what it said, and fail with it when it complains."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def documents(name: str) -> list[Any]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


# --- cron -------------------------------------------------------------------------------------------------------------


def crontab_lines() -> list[str]:
    lines = (DEPLOY / "cron" / "crontab").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def test_cron_accepts_the_crontab() -> None:
    crontab = tool("crontab")
    usage = subprocess.run([crontab, "-h"], capture_output=True, text=True, check=False)
    check = "-T" if "-T" in usage.stdout + usage.stderr else "-n"
    run(crontab, check, str(DEPLOY / "cron" / "crontab"))


def test_every_line_of_the_crontab_is_a_setting_or_five_fields_and_a_command() -> None:
    part = r"(?:\*|[0-7]?\d)(?:-\d+)?(?:/\d+)?"
    field = rf"{part}(?:,{part})*"
    schedule = re.compile(rf"(?:{field}\s+){{5}}/opt/kompas-crawler/deploy/cron/run (?:crawl kompas|verify)")
    assert [
        line for line in crontab_lines() if not re.fullmatch(r"[A-Z_]+=.*", line) and not schedule.match(line)
    ] == []


def test_the_crawl_runs_every_hour_and_the_check_every_week() -> None:
    schedules = {line.split()[-1]: line.split()[:5] for line in crontab_lines() if "/cron/run" in line}
    assert schedules["kompas"][1:] == ["*", "*", "*", "*"]
    assert schedules["verify"][4] == "0"


def cron_run(home: Path, code: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/cron/run in a home whose Python says something and ends with a code."""
    python = home / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.write_text(f'#!/bin/sh\necho "asked: $*"\nexit {code}\n')
    python.chmod(0o755)
    environment = {**os.environ, "KOMPAS_HOME": str(home), "KOMPAS_LOG": str(home / "crawl.log")}
    command = [str(DEPLOY / "cron" / "run"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("code", [0, 5])
def test_cron_mails_nothing_about_a_run_that_is_well_or_not_needed(code: int, tmp_path: Path) -> None:
    tool("ionice")
    done = cron_run(tmp_path, code, "crawl", "kompas")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    assert (tmp_path / "crawl.log").read_text() == "asked: -m scrapy crawl kompas\n"


def test_cron_mails_the_end_of_the_log_of_a_run_that_failed(tmp_path: Path) -> None:
    tool("ionice")
    done = cron_run(tmp_path, 3, "crawl", "kompas")
    assert done.returncode == 3
    assert "ended with exit code 3" in done.stdout
    assert done.stdout.endswith("asked: -m scrapy crawl kompas\n")


def test_logrotate_accepts_the_rotation_of_the_logs(tmp_path: Path) -> None:
    me, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    text = (DEPLOY / "cron" / "logrotate").read_text(encoding="utf-8")
    rules = tmp_path / "rules"
    rules.write_text(text.replace("kompas kompas", f"{me} {group}").replace("/var/log/kompas", str(tmp_path)))
    rules.chmod(0o644)
    (tmp_path / "crawl.log").write_text("a line\n")
    said = run(tool("logrotate"), "-d", "-s", str(tmp_path / "state"), str(rules))
    assert "error" not in said
    assert "considering log" in said


# --- systemd ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def systemd_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root folder with the units installed as deploy/README.md says, and stand-ins for the programs they start."""
    root = tmp_path_factory.mktemp("root")
    shutil.copytree(DEPLOY / "systemd", root / "etc" / "systemd" / "system")
    system = Path("/usr/lib/systemd/system")
    if system.is_dir():
        shutil.copytree(system, root / "usr" / "lib" / "systemd" / "system", symlinks=True)
    for program in ("opt/kompas-crawler/.venv/bin/python", "bin/sh", "usr/sbin/sendmail"):
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        (root / program).touch(mode=0o755)
    return root


@pytest.mark.parametrize("unit", [*UNITS, "crawl-failed@kompas-crawl.service"])
def test_systemd_finds_no_fault_in_a_unit(unit: str, systemd_root: Path) -> None:
    assert run(tool("systemd-analyze"), f"--root={systemd_root}", "verify", unit) == ""


@pytest.mark.parametrize("unit", ["kompas-crawl.service", "kompas-verify.service"])
def test_a_service_may_touch_little_of_the_machine(unit: str, systemd_root: Path) -> None:
    limit = f"--threshold={MOST_EXPOSURE}"
    said = run(tool("systemd-analyze"), "security", "--offline=true", limit, f"--root={systemd_root}", unit)
    assert "Overall exposure level" in said


def test_a_failed_run_calls_the_unit_that_reports_it() -> None:
    for unit in ("kompas-crawl.service", "kompas-verify.service"):
        assert "OnFailure=crawl-failed@%n.service" in (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")


# --- container --------------------------------------------------------------------------------------------------------


def test_hadolint_finds_no_fault_in_the_dockerfile() -> None:
    assert run(tool("hadolint"), str(DEPLOY / "container" / "Dockerfile")) == ""


def test_the_image_does_not_run_as_root() -> None:
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    stages = re.split(r"^FROM ", text, flags=re.MULTILINE)
    final = [stage for stage in stages if re.match(r"base AS ", stage)]
    assert len(final) == 2
    assert all(re.findall(r"^USER (\S+)", stage, re.MULTILINE)[-1:] == ["10001:10001"] for stage in final)


def test_nothing_that_is_secret_or_large_reaches_the_builder() -> None:
    lines = (DEPLOY / "container" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if not line.startswith("#")]
    assert rules[0] == "*"
    let_through = {line.removeprefix("!") for line in rules if line.startswith("!")}
    copied = re.findall(
        r"^COPY (?!--from)(?:--\S+ )*(.+) \S+$", (DEPLOY / "container" / "Dockerfile").read_text(), re.M
    )
    assert let_through == {name for names in copied for name in names.split()}


def test_every_starts_its_command_again_until_it_is_told_to_stop(tmp_path: Path) -> None:
    command = [str(DEPLOY / "container" / "every"), "0", "sh", "-c", "echo ran; exit 1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)] == ["ran\n"] * 3
    process.terminate()
    process.stdout.close()
    assert process.wait(timeout=60) == 0


def test_every_tells_its_command_to_stop_and_waits_for_it(tmp_path: Path) -> None:
    # Nobody writes into the pipe: the command waits until the signal ends that.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    patient = f"trap 'echo told; exit 0' TERM; cat '{pipe}' & echo ready; wait"
    command = [str(DEPLOY / "container" / "every"), "3600", "sh", "-c", patient]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    assert process.stdout.readline() == "told\n"
    assert process.wait(timeout=60) == 0
    pipe.open("w").close()
    process.stdout.close()


def schema_check(name: str, path: str) -> None:
    run(tool("check-jsonschema"), "--builtin-schema", name, str(DEPLOY / path))


def test_the_compose_file_follows_the_compose_specification() -> None:
    schema_check("vendor.compose-spec", "container/compose.yaml")


def test_the_container_can_write_nothing_but_its_archive() -> None:
    (compose,) = documents("container/compose.yaml")
    for service in compose["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["archive:/archive"]


# --- Kubernetes -------------------------------------------------------------------------------------------------------


def test_every_manifest_follows_the_schema_of_kubernetes() -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    manifests = documents("kubernetes/kompas-crawler.yaml")
    for manifest in manifests:
        kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)
    assert [manifest["kind"] for manifest in manifests].count("CronJob") == 2


def pods() -> list[Any]:
    jobs = [one for one in documents("kubernetes/kompas-crawler.yaml") if one["kind"] == "CronJob"]
    return [job["spec"]["jobTemplate"]["spec"]["template"]["spec"] for job in jobs]


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["containers"][0]["args"][0])
def test_a_pod_fits_the_restricted_security_standard(pod: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in pod["containers"]:
        fence = container["securityContext"]
        assert fence["allowPrivilegeEscalation"] is False
        assert fence["capabilities"] == {"drop": ["ALL"]}


def test_two_crawls_never_run_at_the_same_time_and_pods_differ_only_in_what_they_run() -> None:
    jobs = [one for one in documents("kubernetes/kompas-crawler.yaml") if one["kind"] == "CronJob"]
    assert {job["spec"]["concurrencyPolicy"] for job in jobs} == {"Forbid"}
    crawl, verify = (json.loads(json.dumps(pod)) for pod in pods())
    for pod in (crawl, verify):
        pod.pop("terminationGracePeriodSeconds", None)
        del pod["containers"][0]["args"], pod["containers"][0]["envFrom"]
    assert crawl == verify


# --- Scrapyd, GitHub, Prometheus --------------------------------------------------------------------------------------


def test_scrapyd_listens_on_this_machine_only_and_finds_the_project() -> None:
    found = configparser.ConfigParser()
    found.read(DEPLOY / "scrapyd" / "scrapy.cfg", encoding="utf-8")
    assert found["scrapyd"]["bind_address"] == "127.0.0.1"
    assert found["scrapyd"]["max_proc"] == "1"
    assert found["settings"]["kompas"] == "kompas_crawler.settings"


def test_the_workflow_follows_the_schema_of_github() -> None:
    schema_check("vendor.github-workflows", "github-actions/crawl.yaml")


def test_the_workflow_may_change_nothing_in_the_repository() -> None:
    (workflow,) = documents("github-actions/crawl.yaml")
    assert set(workflow["permissions"].values()) == {"read"}


def rules() -> list[dict[str, Any]]:
    (alerts,) = documents("prometheus/kompas-alerts.yaml")
    return [rule for group in alerts["groups"] for rule in group["rules"]]


def test_prometheus_accepts_the_alerts() -> None:
    run(tool("promtool"), "check", "rules", str(DEPLOY / "prometheus" / "kompas-alerts.yaml"))


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_metrics_that_exist(rule: dict[str, Any]) -> None:
    named = set(re.findall(r"kompas_\w+", rule["expr"]))
    assert named
    assert named <= set(HELP)
