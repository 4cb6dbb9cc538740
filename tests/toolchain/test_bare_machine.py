"""Two commands on a machine that has only Python, and a wheel that carries all it needs.

Long, because packages are really downloaded and installed.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"
PASSED_ON = ("SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "PIP_INDEX_URL", "NODE_EXTRA_CA_CERTS")


def bare(home: Path, **more: str) -> dict[str, str]:
    """An environment with nothing but what reaches the network needs."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {"PATH": "/usr/bin:/bin", "HOME": str(home), **kept, **more}


def checkout(target: Path) -> Path:
    """What git keeps of this checkout, with what is not committed yet and without what is ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split("\0"):
        if name and (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def written(folder: Path) -> dict[Path, int]:
    """When each file below ``folder`` was last written (nanoseconds)."""
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*") if not path.is_dir()}


def run(command: list[str], cwd: Path, env: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="the system has no Python of its own")
def test_a_checkout_sets_itself_up_and_the_second_time_does_nothing(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    bootstrap = [SYSTEM_PYTHON, "tools/bootstrap.py", "run"]
    run(bootstrap, folder, bare(tmp_path))
    assert "0." in run([".venv/bin/tongban", "--version"], folder, bare(tmp_path))
    before = written(folder)
    assert run(bootstrap, folder, bare(tmp_path)) == ""
    assert written(folder) == before


@pytest.mark.skipif(not Path(SYSTEM_PYTHON).exists(), reason="the system has no Python of its own")
def test_where_uv_cannot_be_had_pip_does_the_work(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    lock = folder / "requirements" / "bootstrap.lock"
    lock.write_text(lock.read_text().replace("uv==", "uv==0.0.0+none."))
    told = run([SYSTEM_PYTHON, "tools/bootstrap.py", "run"], folder, bare(tmp_path))
    assert "Fetching pip" in told
    assert run([".venv/bin/tongban", "code", "check", "region", "330105"], folder, bare(tmp_path))


def test_an_interrupted_installation_is_done_again(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    command = [sys.executable, "tools/bootstrap.py", "run"]
    process = subprocess.Popen(command, cwd=folder, env=bare(tmp_path), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert any("Installing pinned packages" in line for line in process.stderr)
    time.sleep(2)
    process.kill()
    process.communicate()
    run(command, folder, bare(tmp_path))
    assert "0." in run([".venv/bin/tongban", "--version"], folder, bare(tmp_path))


def test_an_installer_with_a_wrong_hash_is_refused(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    lock = folder / "requirements" / "bootstrap.lock"
    lock.write_text(re.sub(r"sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, lock.read_text()))
    command = [sys.executable, "tools/bootstrap.py", "run"]
    done = subprocess.run(command, cwd=folder, env=bare(tmp_path), capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "Repair" in done.stderr.splitlines()[-1]
    assert not (folder / ".venv" / ".stamp-run").exists()


def test_the_wheel_has_assets_packs_and_divisions_inside(tmp_path: Path) -> None:
    folder = checkout(tmp_path / "checkout")
    venv = tmp_path / "venv"
    run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        folder,
        {**os.environ},
    )
    wheel = next(tmp_path.glob("tongban-*.whl"))
    run([sys.executable, "-m", "venv", "--without-pip", str(venv)], tmp_path, {**os.environ})
    tools = [
        sys.executable,
        "-c",
        "import environment, installers; print(installers.uv(environment.VENV)[0])",
    ]
    uv = run(tools, folder, {**os.environ, "PYTHONPATH": "tools"}).split()[0]
    install = [uv, "pip", "install", "--python", str(venv / "bin" / "python")]
    run([*install, "-r", str(folder / "requirements" / "run.lock")], tmp_path, {**os.environ})
    run([*install, "--no-deps", str(wheel)], tmp_path, {**os.environ})
    tongban = str(venv / "bin" / "tongban")
    assert "0." in run([tongban, "--version"], tmp_path, bare(tmp_path))
    assert "拱墅区" in run([tongban, "code", "check", "region", "330105"], tmp_path, bare(tmp_path))
    package = next(venv.glob("lib/python*/site-packages/tongban"))
    assert (package / "_packs").is_dir() and (package / "web/assets/manifest.json").exists()
    assert list(package.glob("**/migrations/*.sql")) and list(package.glob("web/assets/tabler.*.css.gz"))
