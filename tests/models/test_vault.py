"""Where this PC keeps its half of the key."""

from __future__ import annotations

import sys

import pytest

from models import vault
from models.vault import DpapiVault, FileVault, system_vault


class Ring:
    """A Secret Service in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, text: str) -> None:
        self.kept[service, name] = text


@pytest.mark.parametrize("made", [FileVault, lambda folder: vault.KeyringVault(Ring())])
def test_a_secret_is_kept_replaced_and_nobody_elses(tmp_path, made):
    kept = made(tmp_path / "not there yet")
    assert kept.get("a") is None
    kept.set("a", b"1" * 32)
    kept.set("b", b"2" * 32)
    kept.set("a", b"3" * 32)
    assert (kept.get("a"), kept.get("b")) == (b"3" * 32, b"2" * 32)


def test_a_file_vault_is_this_users_alone(tmp_path):
    FileVault(tmp_path / "v").set("a", b"x")
    assert (tmp_path / "v" / "a.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "v").stat().st_mode & 0o077 == 0


def test_a_secret_of_an_earlier_version_is_found_and_kept_in_the_new_place(tmp_path):
    earlier = tmp_path / "data"
    FileVault(earlier).set("a", b"1" * 32)
    before = sorted(earlier.iterdir())
    assert FileVault(tmp_path / "pc").get("a") is None  # without it the code would be asked for
    kept = FileVault(tmp_path / "pc", earlier)
    assert kept.get("a") == b"1" * 32
    assert kept.get("b") is None
    assert FileVault(tmp_path / "pc").get("a") == b"1" * 32
    kept.set("a", b"2" * 32)
    assert kept.get("a") == b"2" * 32
    assert (sorted(earlier.iterdir()), FileVault(earlier).get("a")) == (before, b"1" * 32)


def test_a_place_that_takes_no_secret_still_reads_the_earlier_one(tmp_path):
    FileVault(tmp_path / "data").set("a", b"1" * 32)
    (tmp_path / "pc").mkdir()
    (tmp_path / "pc" / "a.key").symlink_to(tmp_path / "none" / "a.key")
    assert FileVault(tmp_path / "pc", tmp_path / "data").get("a") == b"1" * 32


def test_the_best_this_pc_offers(monkeypatch):
    ring = vault.KeyringVault(Ring())
    monkeypatch.setattr(sys, "platform", "win32")
    assert isinstance(system_vault(), DpapiVault)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    assert type(system_vault()) is FileVault
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "x")
    monkeypatch.setattr(vault, "_secret_service", lambda: ring)
    assert system_vault() is ring
    monkeypatch.setattr(vault, "_secret_service", lambda: None)
    assert type(system_vault()) is FileVault


def test_the_file_vault_lies_outside_the_data_folder():
    assert vault.config_folder().name == "haochi-desk"


def test_on_windows_the_key_lies_beside_the_clinic_not_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vault.sys, "platform", "win32")
    assert vault.config_folder().name == "haochi-desk-pc"
    kept = system_vault()
    assert isinstance(kept, DpapiVault)
    assert kept._earlier == vault.config_folder().with_name("haochi-desk")
