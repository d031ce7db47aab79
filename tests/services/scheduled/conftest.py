"""A clinic whose commands can be run, as for the backups."""

from tests.services.backups.conftest import desk, desk_template  # noqa: F401
