"""Within how many days a gift or a redemption comes back without a manager's word (E31)."""

from __future__ import annotations

from models.database import ClinicDatabase
from services.commands import read_setting
from services.setup import DEFAULT_RETURN_DAYS, GIFT_RETURN_DAYS


def return_days(db: ClinicDatabase) -> int:
    """The clinic's days, 7 until the director says otherwise in the settings."""
    return int(read_setting(db, GIFT_RETURN_DAYS, str(DEFAULT_RETURN_DAYS)))
