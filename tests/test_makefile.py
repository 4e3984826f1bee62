"""How `make` sets the environment up, tried with a stand-in for Python that only notes what it is asked to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Asked for a virtual environment, it copies itself there; a file `broken` makes pip fail, `too-old` the version check.
# Without a venv module (`no-venv`) one can be had from a stand-in for apt-get, unless that is `offline`.
STAND_IN = """\
#!/bin/sh
echo "$*" >> calls
case "$*" in
  *sys.version_info*) test ! -e too-old ;;
  *ensurepip*) test ! -e no-venv ;;
  "-m venv --clear "*) rm -rf "$4" && mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
  "-m pip "*) test ! -e broken ;;
  --version) echo "Python 3.x" ;;
esac
"""

APT_GET = """\
#!/bin/sh
echo "apt-get $*" >> calls
case "$*" in *" install "*) test ! -e offline && rm no-venv ;; esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile, what it depends on, and a stand-in for Python named `python`."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    programs = {"python": STAND_IN, "apt-get": APT_GET, "id": "#!/bin/sh\necho 0\n"}
    for name, text in programs.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def set_up(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = ["make", "setup", "PYTHON=./python", "BROWSER=no"]
    outer = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "VENV")
    environment = {name: value for name, value in os.environ.items() if name not in outer}
    environment["PATH"] = f"{checkout}{os.pathsep}{environment['PATH']}"
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> str:
    """What the stand-in was asked to do since the last look."""
    path = checkout / "calls"
    text = path.read_text() if path.exists() else ""
    path.unlink(missing_ok=True)
    return text


def touch(path: Path) -> None:
    """Make a file clearly newer than everything else, whatever the file system's clock resolves."""
    newest = max(other.stat().st_mtime for other in path.parent.rglob("*"))
    os.utime(path, (newest + 2, newest + 2))


def test_the_first_run_installs_the_lock_with_its_hashes(checkout: Path) -> None:
    assert set_up(checkout).returncode == 0
    assert "-m pip install -qq --require-hashes -r requirements.lock" in calls(checkout)


def test_the_project_itself_is_installed_editable(checkout: Path) -> None:
    set_up(checkout)
    assert "--editable ." in calls(checkout)


def test_a_second_run_does_nothing(checkout: Path) -> None:
    set_up(checkout)
    calls(checkout)
    set_up(checkout)
    assert calls(checkout) == ""


def test_a_new_lock_makes_the_environment_from_nothing(checkout: Path) -> None:
    set_up(checkout)
    calls(checkout)
    touch(checkout / "requirements.lock")
    set_up(checkout)
    assert "-m venv --clear" in calls(checkout)


def test_a_new_pyproject_repeats_only_the_editable_installation(checkout: Path) -> None:
    set_up(checkout)
    calls(checkout)
    touch(checkout / "pyproject.toml")
    set_up(checkout)
    done = calls(checkout)
    assert "--editable ." in done
    assert "requirements.lock" not in done


def test_an_installation_that_failed_is_begun_again(checkout: Path) -> None:
    (checkout / "broken").touch()
    assert set_up(checkout).returncode != 0
    (checkout / "broken").unlink()
    calls(checkout)
    assert set_up(checkout).returncode == 0
    assert "-m venv --clear" in calls(checkout)


def test_a_python_that_is_too_old_is_named_and_refused(checkout: Path) -> None:
    (checkout / "too-old").touch()
    done = set_up(checkout)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr


def test_a_missing_venv_module_is_installed_where_that_needs_no_question(checkout: Path) -> None:
    (checkout / "no-venv").touch()
    assert set_up(checkout).returncode == 0
    assert "install -y --no-install-recommends python3-venv" in calls(checkout)


def test_a_missing_venv_module_that_cannot_be_installed_is_named(checkout: Path) -> None:
    (checkout / "no-venv").touch()
    (checkout / "offline").touch()
    done = set_up(checkout)
    assert done.returncode != 0
    assert "has no venv module, and it could not be installed: apt-get failed" in done.stderr


def test_make_alone_lists_the_targets() -> None:
    done = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"demo", "test", "lint", "lock", "clean"} <= {line.split()[1] for line in done.stdout.splitlines()}
