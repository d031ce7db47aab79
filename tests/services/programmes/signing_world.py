"""Drafts signed the way a director does it."""

from __future__ import annotations

from typing import Any

from services.clinic import Clinic
from services.commands import Approval, Session
from services.programmes.definition import Programme, to_json
from services.programmes.drafts import save_draft
from services.programmes.signing import Signed, sign
from services.verify import verify
from tests.conftest import STAFF, TODAY

WORD = Approval(1, STAFF["director"], "director", "approve.programme")


def sign_draft(
    session: Session, programme: Programme, valid_from: str = TODAY, **more: Any
) -> Signed:
    """Keep a programme as a draft and sign it."""
    saved = save_draft(session, definition=to_json(programme))
    return sign(
        session, draft_id=saved.draft_id, valid_from=valid_from, **{"approval": WORD, **more}
    )


def faults(clinic: Clinic) -> list[str]:
    """What `verify` finds; people of tests have no search keys."""
    return [each.code for each in verify(clinic).faults if each.code != "search.missing"]
