"""A member card that is scanned where a form asks how the member was verified (R039, R040)."""

from __future__ import annotations

from services.desk.identity_check import read_code
from services.people.aliases import root_of
from ui.context import UiContext
from ui.forms import Field
from ui.widgets.gift_kit import LetterBox


def card_seen(context: UiContext, code: str, person_id: int, box: LetterBox, field: Field) -> bool:
    """Choose 刷会员卡 when the code is this member's card, or say below the field why it does not
    count; answers False for a code that is not this member's card."""
    found = read_code(context.db, code)
    if found.person_id is None or found.person_id != root_of(context.db, person_id):
        return False
    if found.sentence:
        field.refuse(found.sentence)
    elif found.by == "card":
        field.clear_error()
        box.choose("card")
    return bool(found.sentence) or found.by == "card"
