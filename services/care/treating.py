"""谁的病人谁接诊: when another doctor than the attending one would treat (R130).

It is not forbidden, for there are holidays and emergencies; but it has a reason that is kept: an
emergency, an application that is under way, or a word in the note of the visit.
"""

from __future__ import annotations

from models.database import ClinicDatabase
from services.care.doctor_changes import open_change
from services.care.team import attending_of, still_works
from services.errors import RuleError
from services.i18n import tr


def stands_in_for(db: ClinicDatabase, person_id: int, doctor_id: int | None) -> str:
    """The attending doctor's name when `doctor_id` would treat in their stead; '' when it is them,
    they have left, nobody attends or is chosen, or an application for this doctor is under way."""
    own = attending_of(db, person_id)
    if own is None or doctor_id in (None, own[0]) or not still_works(db, own[0]):
        return ""
    wanted = open_change(db, person_id)
    return "" if wanted is not None and wanted.to_doctor_id == doctor_id else own[1]


def check_reason(
    db: ClinicDatabase, person_id: int, doctor_id: int | None, *, emergency: bool, note: str
) -> None:
    """Raises RuleError when another doctor treats without a reason: no emergency, nothing in the
    note of the visit, no application under way."""
    if emergency or note.strip():
        return
    name = stands_in_for(db, person_id, doctor_id)
    if name:
        sentence = tr("主治医生是{name}；换医生须先申请。这次由别人代诊，请在备注里写明原因。")
        raise RuleError(sentence.format(name=name))
