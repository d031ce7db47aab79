"""The Debian package around the program folder, by plain dpkg-deb and without maintainer scripts.

What it depends on is found out, not believed: every library that a kept file names and the bundle
does not hold has an owner, and the owners must be exactly those written down here. One more, or
one less, ends the build (only what a Python may bring itself may be missing).
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import icons
import licences
import stamp

ROOT = Path(__file__).resolve().parents[2]
NAME = "haochi-desk"
TITLE = "皓齿前台"
HOME = f"opt/{NAME}"
ICON_SIZES = (48, 64, 128, 256)

# A line is one dependency; the second name is the one before (or after) Debian's change to
# 64-bit time. libc6 and libstdc++6 get the version that the files ask for.
DEPENDS = """
libbrotli1
libbz2-1.0
libc6
libcups2t64 | libcups2
libdbus-1-3
libegl1
libexpat1
libfontconfig1
libfreetype6
libgcc-s1
libgl1
libglib2.0-0t64 | libglib2.0-0
libgssapi-krb5-2
liblzma5
libstdc++6
libuuid1
libx11-6
libx11-xcb1
libxcb-cursor0
libxcb-icccm4
libxcb-image0
libxcb-keysyms1
libxcb-randr0
libxcb-render-util0
libxcb-render0
libxcb-shape0
libxcb-shm0
libxcb-sync1
libxcb-util1
libxcb-xfixes0
libxcb-xkb1
libxcb1
libxkbcommon-x11-0
libxkbcommon0
libzstd1
zlib1g
"""
# asked for by some builds of Python and part of others
OF_PYTHON = {"libbz2-1.0", "libexpat1", "liblzma5", "libuuid1", "zlib1g"}
RECOMMENDS = "fonts-noto-cjk | fonts-wqy-microhei | fonts-wqy-zenhei, cups"
NEWEST_LIBC = 36  # Debian 12
# which compiler's libstdc++ first had a version of its interface
_STDCXX = {28: "10", 29: "11", 30: "12", 31: "13", 32: "13.2", 33: "14", 34: "15"}

CONTROL = """\
Package: {name}
Version: {version}
Architecture: {architecture}
Maintainer: Haochi Desk <haochi-desk@localhost>
Installed-Size: {kib}
Depends: {depends}
Recommends: {recommends}
Section: misc
Priority: optional
Description: membership desk of a dental clinic ({title})
 Enrolment, check-in, points, gifts and follow-up calls of one dental clinic
 in one window, on one encrypted file, offline.
 .
 牙科诊所的会员前台：入会、到诊、积分、礼品与回访，离线使用，数据加密保存在本机。
"""
DESKTOP = f"""\
[Desktop Entry]
Type=Application
Name=Haochi Desk
Name[zh_CN]={TITLE}
GenericName=Membership desk
GenericName[zh_CN]=牙科诊所会员前台
Comment=Members, points, gifts and follow-up calls of a dental clinic
Comment[zh_CN]=会员、积分、礼品与回访
Exec={NAME}
Icon={NAME}
Terminal=false
Categories=Office;
Keywords=dental;clinic;member;points;gift;
Keywords[zh_CN]=牙科;口腔;诊所;会员;积分;礼品;回访;haochi;qiantai;huiyuan;
StartupWMClass={NAME}
"""


def build(bundle: Path, out: Path, *, version: str = "", compress: bool = True) -> Path:
    """haochi-desk_VERSION_amd64.deb in `out`, made of the frozen program in `bundle`.

    Raises SystemExit when the dependencies are not the written ones.
    """
    from services.version import VERSION

    version = version or VERSION
    architecture = _say("dpkg", "--print-architecture").strip()
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-deb-") as folder:
        root = Path(folder) / "root"
        shutil.copytree(bundle, root / HOME, symlinks=True)
        _furnish(root)
        kib = sum(-(-path.lstat().st_size // 1024) for path in root.rglob("*"))
        control = CONTROL.format(
            name=NAME,
            title=TITLE,
            version=version,
            architecture=architecture,
            kib=kib,
            depends=", ".join(depends(root / HOME)),
            recommends=RECOMMENDS,
        )
        _write(root / "DEBIAN/control", control.encode())
        _write(root / "DEBIAN/md5sums", _sums(root))
        _tidy(root)
        made = out / f"{NAME}_{version}_{architecture}.deb"
        part = made.with_name(
            f"{made.name}.part"
        )  # one that is broken off is not taken for a whole
        packed = ["-Zxz", "-z6"] if compress else ["-Znone"]
        _say("dpkg-deb", "--root-owner-group", *packed, "--build", str(root), str(part))
        part.replace(made)
    return made


def _furnish(root: Path) -> None:
    """What stands outside of /opt: command, menu entry, icons, papers."""
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin" / NAME).symlink_to(f"/{HOME}/{NAME}")
    _write(root / f"usr/share/applications/{NAME}.desktop", DESKTOP.encode())
    drawing = ROOT / "resources/icons/haochi.svg"
    hicolor = root / "usr/share/icons/hicolor"
    for size in ICON_SIZES:
        _write(hicolor / f"{size}x{size}/apps/{NAME}.png", icons.png(drawing, size))
    _write(hicolor / f"scalable/apps/{NAME}.svg", drawing.read_bytes())
    papers = root / "usr/share/doc" / NAME
    changes = (ROOT / "CHANGELOG.md").read_bytes()
    _write(papers / "changelog.gz", gzip.compress(changes, 9, mtime=0))
    _write(papers / "copyright", (licences.text() + _of_debian(root / HOME)).encode())


def _of_debian(home: Path) -> str:
    """The copyright of libraries that were taken over from the system the bundle was made on."""
    of_wheels = ("libQt6", "libicu", "libpyside6", "libshiboken6")
    found = {path.name for path in (home / "_internal").glob("lib*.so*") if is_elf(path)}
    taken = {name for name in found if not name.startswith(of_wheels)}
    texts = ["", "Libraries of Debian in this bundle:"]
    for package in sorted(set(owners(taken).values())):
        paper = Path("/usr/share/doc") / package / "copyright"
        if paper.is_file():
            texts += ["", "-" * 72, package, "-" * 72, paper.read_text(encoding="utf-8").strip()]
    return "\n".join(texts) + "\n"


# --- what it depends on ---------------------------------------------------------------------------


def depends(home: Path) -> list[str]:
    """The Depends of the program in `home`. Raises SystemExit for a surprise."""
    programs = [path for path in home.rglob("*") if is_elf(path)]
    inside = {path.name for path in home.rglob("*")}
    wanted = {name for path in programs for name in needed(path)} - inside
    found = owners(wanted)
    problems = [f"{name} belongs to no package here" for name in sorted(wanted - found.keys())]
    written = [line.split(" | ") for line in DEPENDS.strip().splitlines()]
    known = {name for line in written for name in line}
    problems += [f"{name} is not written down" for name in sorted({*found.values()} - known)]
    problems += [
        f"{' | '.join(line)} is written down, and nothing needs it"
        for line in written
        if not set(line) & {*found.values(), *OF_PYTHON}
    ]
    if problems:
        sys.exit("Dependencies of the package:\n  " + "\n  ".join(problems))
    floors = floor(programs)
    lines = [" | ".join(line) for line in written if set(line) & {*found.values()}]
    return [f"{line} (>= {floors[line]})" if line in floors else line for line in lines]


def floor(programs: list[Path]) -> dict[str, str]:
    """The oldest libc6 and libstdc++6 that have every symbol these files ask for.

    Raises SystemExit when Debian 12 has not got it.
    """
    symbols = _say("objdump", "-T", *map(str, programs))
    libc = max(int(minor) for minor in re.findall(r"\(?GLIBC_2\.(\d+)", symbols))
    if libc > NEWEST_LIBC:
        sys.exit(f"A file asks for glibc 2.{libc}: the package is for Debian 12 and newer.")
    stdcxx = max(int(minor) for minor in re.findall(r"\(?GLIBCXX_3\.4\.(\d+)", symbols))
    return {"libc6": f"2.{libc}", "libstdc++6": _STDCXX.get(stdcxx, "10")}


def needed(program: Path) -> list[str]:
    """The libraries an ELF file names."""
    return re.findall(r"^\s+NEEDED\s+(\S+)$", _say("objdump", "-p", str(program)), re.MULTILINE)


def owners(libraries: set[str]) -> dict[str, str]:
    """The package each library of the system's own folders belongs to."""
    asked = subprocess.run(
        ["dpkg", "-S", *(f"*/{name}" for name in sorted(libraries))],
        capture_output=True,
        text=True,
        check=False,  # what has no owner is told by its absence
        env={**os.environ, "LC_ALL": "C"},
    )
    found = {}
    for line in asked.stdout.splitlines():
        package, _, place = line.partition(": ")
        folder, _, name = place.rpartition("/")
        if folder.endswith(("lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu", "/lib64")):
            found[name] = package.partition(":")[0]
    return found


def is_elf(path: Path) -> bool:
    """Whether it is a program or library."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


# --- files ----------------------------------------------------------------------------------------


def _sums(root: Path) -> bytes:
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    lines = []
    for path in files:
        name = path.relative_to(root).as_posix()
        if not name.startswith("DEBIAN/"):
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            lines.append(f"{digest}  {name}\n")
    return "".join(lines).encode()


def _tidy(root: Path) -> None:
    """Rights and times that do not tell on which machine, as whom and when it was packed."""
    moment = stamp.epoch()
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path == root / HOME / NAME
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _say(*command: str) -> str:
    env = {**stamp.environment(), "LC_ALL": "C"}
    return subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, text=True).stdout
