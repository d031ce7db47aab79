"""签到表 of an activity on A4: who signed up, masked, with a line to sign on, and empty rows for
those who just come (R012)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.activities.records import ActivityRow, activity, places
from services.activities.words import ATTENDED, SIGNED, WAITING, kind_title, place_title
from services.forms.letterhead import clinic_title
from services.forms.paper import Grid, Pairs, Paper, Signatures, Text
from services.i18n import tr
from services.people.privacy import mask_name

BLANK_ROWS = 8
MOST = 500


def activity_sheet(db: ClinicDatabase, activity_id: int) -> Paper:
    """The sheet to sign on at the door, by member number. Raises RuleError for an unknown
    activity."""
    row = activity(db, activity_id)
    listed = places(db, activity_id, (SIGNED, ATTENDED, WAITING))
    listed.sort(key=lambda place: (place.state == WAITING, place.turn, place.number))
    lines = tuple(
        (
            str(number),
            place.number,
            mask_name(place.name),
            place.phone_masked,
            str(place.companions or ""),
            "" if place.state == SIGNED else place_title(place.state),
            "",
        )
        for number, place in enumerate(listed[:MOST], start=1)
    )
    more = tr("另有 {n} 位没有印在这张表上。").format(n=len(listed) - MOST)
    return Paper(
        title=tr("活动签到表"),
        name=tr("活动签到表_{number}").format(number=row.number),
        clinic=clinic_title(db),
        number=row.number,
        subject=row.name,
        blocks=(
            Pairs(_head(row)),
            Grid(
                (
                    tr("序号"),
                    tr("编号"),
                    tr("姓名"),
                    tr("电话"),
                    tr("同行"),
                    tr("备注"),
                    tr("签名"),
                ),
                lines,
                widths=(4, 9, 6, 10, 4, 6, 14),
                figures=(4,),
                blank=BLANK_ROWS,
            ),
            *((Text((more,)),) if len(listed) > MOST else ()),
            Text((tr("没有报名的请写在空行里，签到后由前台补登。"),), small=True),
            Signatures((tr("负责人"), tr("签到经手"))),
        ),
    )


def _head(row: ActivityRow) -> tuple[tuple[str, str], ...]:
    seats = tr("{n} 人").format(n=row.capacity) if row.capacity else tr("不限")
    return (
        (tr("时间"), f"{row.day} {row.at}".strip()),
        (tr("地点"), row.place),
        (tr("种类"), kind_title(row.kind)),
        (tr("名额"), seats),
        (tr("已报名"), tr("{n} 人(含同行)").format(n=row.taken)),
    )
