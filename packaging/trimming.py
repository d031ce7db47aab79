"""What a bundle leaves out. Used by build.spec, and by the floor that the bench compares it with.

PyInstaller's hooks collect whatever might be wanted. `EXCLUDES` are modules nobody imports;
`kept` drops plug-ins, libraries and tables that come along all the same.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

WINDOWS = sys.platform == "win32"

_EXCLUDED = """
    tkinter numpy pandas PIL lxml matplotlib scipy IPython pytest hypothesis mypy packaging
    test ensurepip pip setuptools pkg_resources wheel distutils lib2to3 idlelib pydoc_data
    xmlrpc curses readline sqlite3
    phonenumbers.geodata phonenumbers.carrierdata phonenumbers.tzdata
    PySide6.QtDesigner PySide6.QtHelp PySide6.QtOpenGL PySide6.QtOpenGLWidgets PySide6.QtPdf
    PySide6.QtQml PySide6.QtQuick PySide6.QtQuickControls2 PySide6.QtQuickTest
    PySide6.QtQuickWidgets PySide6.QtSql PySide6.QtTest PySide6.QtUiTools
"""
EXCLUDES = _EXCLUDED.split()

_UNWANTED = re.compile(
    r"""
    /translations/(?!qt(base)?_(zh_CN|en)\.qm$)
    | /plugins/(egldeviceintegrations|generic|networkinformation|qmltooling|sqldrivers|tls)/
    | /plugins/(wayland-[^/]*|xcbglintegrations)/
    | /plugins/platforms/[^/]*(eglfs|linuxfb|minimal|vkkhrdisplay|vnc|direct2d|wayland)
    | /plugins/platforminputcontexts/[^/]*virtualkeyboard
    | /plugins/platformthemes/[^/]*gtk3
    | /plugins/imageformats/(lib)?q(icns|pdf|tga|tiff|wbmp|webp)
    | Qt6(EglFs|EglFS|OpenGL|Pdf|Qml|Quick|Sql|Test|VirtualKeyboard|Wayland|Wl)
    | /stdnum/(?!cn/)[^/]+/.*\.dat$ | /stdnum/[^/]+\.dat$
    | /pypinyin/phrases_dict\.json$  # names are read by the character
    | (^|/)(opengl32sw|d3dcompiler_\d+|icu[a-z]*)\.dll$  # icu: Windows has its own, and must use it
    """,
    re.VERBOSE,
)
# On Linux these come with the system (the Debian package depends on them): a stale copy beside a
# newer desktop's own libraries breaks fonts, printing and input methods.
_OF_THE_SYSTEM = re.compile(
    r"""^lib(
    stdc\+\+|gcc_s|glib-2|gio-2|gobject-2|gmodule-2|gthread-2|pcre|selinux|mount|blkid
    |X11|Xau|Xdmcp|Xext|Xrender|Xfixes|Xi|Xcursor|Xrandr|Xinerama|Xcomposite|Xdamage|xcb|xkbcommon
    |wayland|EGL|GL|drm|gbm|epoxy
    |fontconfig|freetype|harfbuzz|graphite2|png16|brotli|bsd|md
    |cairo|pango|pixman|fribidi|thai|datrie|gtk|gdk|atk|atspi|cloudproviders|tiff|jpeg|webp|jbig|Lerc|deflate
    |gnutls|nettle|hogweed|gmp|tasn1|p11-kit|idn2|unistring
    |gssapi_krb5|krb5|k5crypto|com_err|keyutils|resolv
    |dbus-1|systemd|cap|gcrypt|gpg-error|lz4|zstd|cups|avahi|udev
    |expat|z(?=\.)|bz2|lzma|uuid
    )[-.\d_a-zA-Z]*\.so""",
    re.VERBOSE,
)


def kept(entry: tuple[str, str, str]) -> bool:
    """Whether an entry of `Analysis.binaries` or `.datas` belongs into the bundle."""
    name = "/" + entry[0].replace("\\", "/")
    if _UNWANTED.search(name):
        return False
    inside_wheel = "site-packages" in Path(entry[1] or "").parts
    return WINDOWS or inside_wheel or not _OF_THE_SYSTEM.match(Path(name).name)
