"""What a fresh checkout stands on: the lock files and dev.py."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUNTIME, DEV = "requirements.lock", "requirements-dev.lock"


def entries(lock: str) -> dict[str, str]:
    """Each locked requirement (`name==version ; marker`) and the hashes that follow it."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    lines = [line.partition("--hash") for line in text.splitlines() if line.strip()]
    return {requirement.strip(): hashes for requirement, _, hashes in lines}


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_a_lock_file_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--(extra-)?index-url|--find-links|\s@\s", text)


@pytest.mark.parametrize("lock", [RUNTIME, DEV])
def test_every_locked_package_has_one_version_and_hashes(lock: str) -> None:
    assert entries(lock)
    for requirement, hashes in entries(lock).items():
        assert re.match(r"[a-z0-9-]+==[^ ]+( ;|$)", requirement), requirement
        assert "sha256:" in hashes, requirement


def test_the_tests_run_on_what_the_clinic_gets() -> None:
    assert entries(RUNTIME).items() <= entries(DEV).items()


@pytest.mark.parametrize("name", ["dependencies", "dev"])
def test_what_the_project_asks_for_is_locked(name: str) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {**project["project"], **project["dependency-groups"]}[name]
    asked_names = (re.match(r"[\w.-]+", line)[0].lower() for line in asked)  # type: ignore[index]
    names = {name.replace(".", "-") for name in asked_names}
    locked = {line.partition("==")[0] for line in entries(DEV if name == "dev" else RUNTIME)}
    assert names <= locked


def test_dev_py_needs_nothing_but_python() -> None:
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).partition(".")[0])
    assert imported <= set(sys.stdlib_module_names)


def test_a_prepared_machine_starts_without_looking_around() -> None:
    """Whatever is slow to import waits until something is missing."""
    tree = ast.parse((ROOT / "dev.py").read_text(encoding="utf-8"))
    at_top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in at_top for alias in node.names}
    assert names == {"annotations", "os", "sys"}


def test_debian_packages_are_named_after_their_libraries() -> None:
    import dev

    assert {dev.debian_name(library) for library in dev.QT_LIBRARIES.split()} >= {
        "libegl1",
        "libx11-6",
        "libx11-xcb1",
        "libdbus-1-3",
        "libglib2.0-0",
        "libgssapi-krb5-2",
        "libxcb-render-util0",
        "libxkbcommon-x11-0",
    }


def test_the_readme_knows_the_commands() -> None:
    readme = ROOT / "README.md"
    if not readme.exists():
        pytest.skip("no README yet")
    import dev

    named = set(re.findall(r"dev\.py (\w+)", readme.read_text(encoding="utf-8")))
    assert {"run", "test"} <= named
    assert all(callable(getattr(dev, name, None)) for name in named), named


def test_the_version_is_a_plain_one() -> None:
    from services.version import VERSION

    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)


WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# what a bare Debian has to have before it can read our files
_FIRST = "apt-get update && apt-get install -y --no-install-recommends git ca-certificates python3"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_runner_does_nothing_but_call_dev_py(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    runs = re.findall(r"^\s*(?:- )?run:\s*(.*)$", text, re.MULTILINE)
    assert set(runs) - {_FIRST} == {"python3 dev.py test", "python3 dev.py build"}
    for action in re.findall(r"uses:\s*(\S+)", text):
        assert re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", action), action


def test_there_are_runners_for_both_systems() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    assert "image: debian:12" in text
    assert "runs-on: windows-" in text


def test_the_newest_change_is_about_this_version() -> None:
    from services.version import VERSION

    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\S+)", changes, re.MULTILINE)[0] in (VERSION, "Unreleased")
