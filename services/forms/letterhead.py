"""What stands on every paper of the clinic: its logo, address and phone, the day and the printer.

The logo is a PNG or JPEG in the clinic's own file (table `picture`), so it is encrypted and backed
up like everything else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from models.database import ClinicDatabase
from models.paperwork import Picture
from services.changes import Changes, Kind
from services.commands import Session, Tx, command, read_setting
from services.errors import RuleError
from services.forms.paper import Paper
from services.i18n import tr
from services.setup import CLINIC_ADDRESS, CLINIC_NAME, CLINIC_PHONE

LOGO = "logo"
LARGEST_LOGO = 512 * 1024  # bytes
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # how a PNG and a JPEG begin


@dataclass(frozen=True)
class LogoChanged:
    """The clinic has another logo now, or none (`size` 0 bytes)."""

    size: int
    changes: Changes


def clinic_title(db: ClinicDatabase) -> str:
    """The clinic's name, as its papers are headed."""
    return read_setting(db, CLINIC_NAME)


def contact_line(db: ClinicDatabase) -> str:
    """Address and phone in one line; '' while neither is known."""
    address, phone = read_setting(db, CLINIC_ADDRESS), read_setting(db, CLINIC_PHONE)
    parts = (address, tr("电话 {phone}").format(phone=phone) if phone else "")
    return "　".join(part for part in parts if part)


def logo_of(db: ClinicDatabase) -> bytes:
    """The clinic's logo as it was given; nothing when there is none."""
    found = db.scalar(Picture.select(Picture.data).where(Picture.name == LOGO))
    return b"" if found is None else bytes(found)


def stamped(session: Session, paper: Paper) -> Paper:
    """The paper as it leaves the clinic: under its logo, with its address, today's date and who
    prints it."""
    today = session.clinic.clock.today()
    printed = tr("{day} {name} 打印").format(day=today, name=session.actor.name)
    db = session.db
    return replace(paper, contact=contact_line(db), printed=printed, logo=logo_of(db))


@command("clinic.logo", entity="clinic")
def change_logo(tx: Tx, *, data: bytes) -> LogoChanged:
    """Put this picture on the clinic's papers, or none when `data` is empty.

    Raises RuleError for anything but a PNG or JPEG of at most 512 KB.
    """
    if data and not data.startswith(_SIGNATURES):
        raise RuleError(tr("标志只收 PNG 或 JPEG 图片。请换一个文件，或先用画图另存为 PNG。"))
    if len(data) > LARGEST_LOGO:
        raise RuleError(tr("图片超过 512 KB。请先缩小再选，宽 600 点左右就够清楚。"))
    tx.db.write(Picture.delete().where(Picture.name == LOGO))
    if data:
        tx.db.insert(Picture, name=LOGO, data=data, seq=tx.seq)
    tx.about(1, size=len(data))
    return LogoChanged(len(data), Changes((Kind.SETTING,)))
