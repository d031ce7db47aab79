"""People to write to: with an address, a number and their word about marketing."""

from __future__ import annotations

from models.followup import FollowupTask
from services.commands import Session
from services.outreach.mailings import MailingSent, send
from tests.desk_world import consent, member, person
from tests.gift_world import in_command

TEXT = "尊敬的{姓氏}{称谓}：您好！请打电话预约。"


def reader(
    session: Session,
    number: str,
    name: str = "王小明",
    word: bool | None = True,
    *,
    joined: bool = False,
    **values: object,
) -> int:
    """Somebody who can be reached; `word` is what they said about marketing, None for nothing."""
    known = {"address": "人民路 1 号", "phone": f"1380000{number[-1]}000", **values}
    made = member if joined else person
    person_id = made(session, number, name, **known)
    if word is not None:
        consent(session, person_id, word)
    return person_id


def task(session: Session, person_id: int, **values: object) -> int:
    """An open letter task of today."""
    today = session.clinic.clock.today()
    plain = {"rule": "manual", "due_on": today, "state": "open", "subject": "问复查"}
    more = {"channel": "letter", "marketing": 0, **values}
    return in_command(
        session,
        lambda tx: tx.db.insert(
            FollowupTask,
            **{**plain, "cycle": str(tx.seq), **more},
            person_id=person_id,
            seq=tx.seq,
        ),
    )


def post(session: Session, *people: int, **values: object) -> MailingSent:
    """A marketing letter to these people, or what `values` say otherwise."""
    usual = {"kind": "letter", "title": "会员日邀请", "text": TEXT, "marketing": True}
    return send(session, people=people, **{**usual, **values})
