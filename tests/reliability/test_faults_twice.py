"""P4 at the window: whatever a double click could count twice is sent under a command id.

Every place in `ui` that hands a writing command a session is found by reading the source. Its
session either comes from `once` with an id that was made before the click, or the place is listed
here with the reason why a second time does no harm.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import services
from services.commands import COMMANDS

UI = Path(__file__).parents[2] / "ui"

STATE = "a second time is refused by what is on record, or writes the same again"
EACH = "each time is meant, and what is on record is that it was done again"
HANDED = "whoever runs it hands it a session that has the id"

EXCEPTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    STATE: {
        "daily.py": ("clinic.daily",),  # every step says where the next begins
        "dialogs/consents.py": (
            "person.alert_close",
            "person.consent",
            "person.contact",
            "person.review",
        ),
        "dialogs/doctor_change.py": ("doctor_change.word",),
        "dialogs/first_start.py": ("clinic.confirm_recovery",),
        "dialogs/groups.py": ("group.retire",),
        "dialogs/holidays.py": ("clinic.calendar",),
        "dialogs/labels.py": ("label.presets", "label.retire"),
        "dialogs/merge.py": ("person.unmerge",),
        "dialogs/own_pin.py": ("staff.change_own_pin",),
        "dialogs/partner_contracts.py": ("partner.retire",),
        "dialogs/partners.py": ("partner.switch",),
        "dialogs/personal_data.py": (
            "privacy.finish",
            "privacy.take_back",
            "privacy.unfreeze",
        ),
        "dialogs/programme.py": ("programme.activate", "programme.retire"),
        "dialogs/recovery.py": ("clinic.confirm_recovery",),
        "dialogs/redeem.py": ("gift.issue",),  # the pieces of the grant are given already
        "dialogs/settings.py": ("clinic.logo", "clinic.settings"),
        "dialogs/staff.py": ("staff.add", "staff.change"),  # no two of one name
        "widgets/appointment_desk.py": (
            "appointment.arrive",
            "appointment.confirm",
            "appointment.no_show",
            "appointment.reopen",
        ),
        "widgets/call_page.py": ("followup.undo",),
        "widgets/friday_compare.py": ("reconciliation.recount",),
        "widgets/friday_page.py": ("reconciliation.abandon",),
        "widgets/invite_lists.py": ("tier.tell",),
        "widgets/letters_page.py": ("followup.channel",),
        "widgets/person_card.py": ("person.review",),
        "widgets/programme_draft.py": ("programme.draft",),  # the same draft
        "widgets/programme_drafts_page.py": ("programme.draft", "programme.drop_draft"),
        "widgets/receipt_details.py": ("case.open",),  # what is chosen then is a case, not a name
        "widgets/visit_keys.py": ("visit.change", "visit.reception", "visit.undo"),
    },
    EACH: {
        "app.py": ("clinic.way_in",),
        "copying.py": ("privacy.copied",),
        "dialogs/friday_export.py": ("export.workbook",),
        "dialogs/paper.py": ("export.workbook",),
        "dialogs/scheduled.py": ("schedule.change",),
        "paper_offers.py": ("outreach.send",),  # every print of labels is one
        "widgets/friday_export.py": ("export.workbook",),
        "widgets/programme_trial_page.py": ("export.workbook",),
    },
    HANDED: {
        "dialogs/complaint_step.py": (
            "complaint.acknowledge",
            "complaint.handle",
            "complaint.note",
            "complaint.reopen",
            "complaint.report",
            "request.answer",
            "request.drop",
            "request.reopen",
        ),
        "dialogs/cut_over.py": ("programme.cut_over", "programme.undo_cut_over"),
        "dialogs/doctor_change.py": ("doctor_change.submit", "doctor_change.withdraw"),
        "dialogs/import_roster.py": ("roster.import", "roster.undo"),
        "dialogs/letters.py": ("export.workbook", "outreach.send"),
        "dialogs/personal_data.py": ("privacy.freeze", "privacy.refuse"),
        "dialogs/passphrase.py": ("clinic.passphrase",),
        "dialogs/reports.py": ("report.make_calls",),
        "dialogs/stock_step.py": (
            "purchase.receive",
            "requisition.receive",
            "requisition.send",
        ),
        "dialogs/vouchers.py": ("voucher.recall", "voucher.return"),
        "widgets/activity_door.py": ("activity.attend", "activity.prize", "activity.untick"),
        "widgets/activity_form.py": ("activity.change",),
        "widgets/activity_invite.py": ("activity.invite",),
        "widgets/activity_money.py": ("activity.cost", "activity.cost_back"),
        "widgets/activity_signup.py": (
            "activity.decline",
            "activity.sign_up",
            "activity.withdraw",
        ),
        "widgets/activity_summary.py": ("activity.cancel", "activity.close"),
        "widgets/programme_sign_page.py": ("programme.sign",),
    },
}


def commands_of(tree: ast.Module) -> dict[str, str]:
    """The names a module imports that are writing commands → the command."""
    known = {id(run): action for action, run in COMMANDS.items()}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("services."):
            module = importlib.import_module(str(node.module))
            for each in node.names:
                action = known.get(id(getattr(module, each.name, None)))
                if action is not None:
                    found[each.asname or each.name] = action
    return found


def is_once(node: ast.expr, safe: set[str]) -> bool:
    """Whether a session comes from `once` with an id that outlives the click."""
    fresh = False
    once = False
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and ast.unparse(each.func) in ("uuid4", "uuid.uuid4"):
            fresh = True
        once |= isinstance(each, ast.Attribute) and each.attr == "once"
        once |= isinstance(each, ast.Name) and each.id in safe
    return once and not fresh


def safe_names(function: ast.FunctionDef) -> set[str]:
    """Local names that hold such a session."""
    safe: set[str] = set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Assign):
            continue
        target, value = node.targets[0], node.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=True))
        safe |= {to.id for to, of in pairs if isinstance(to, ast.Name) and is_once(of, safe)}
    return safe


def unprotected(path: Path) -> Iterator[str]:
    """The commands this file sends without such a session."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = commands_of(tree)
    for function in (n for n in ast.walk(tree) if named and isinstance(n, ast.FunctionDef)):
        safe = safe_names(function)
        for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
            words = [call.func, *call.args]
            for place, word in enumerate(words):
                if isinstance(word, ast.Name) and word.id in named:
                    following = words[place + 1 : place + 2]
                    if not following or not is_once(following[0], safe):
                        yield named[word.id]
                    break


def _found() -> dict[str, set[str]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        importlib.import_module(module.name)
    found = {}
    for path in sorted(UI.rglob("*.py")):
        actions = set(unprotected(path))
        if actions:
            found[path.relative_to(UI).as_posix()] = actions
    return found


def test_p4_what_a_double_click_could_count_twice_has_a_command_id():
    allowed = {
        (file, action)
        for files in EXCEPTIONS.values()
        for file, actions in files.items()
        for action in actions
    }
    found = {(file, action) for file, actions in _found().items() for action in actions}
    assert found - allowed == set(), "send these under `session.once`, or say why not"
    assert allowed - found == set(), "these are protected now: take them off the list"


def test_the_reader_knows_what_it_looks_for(tmp_path):
    source = tmp_path / "sample.py"
    source.write_text(
        "from services.loyalty.receipts import post_receipt, refund\n"
        "from services.gifts.handout import issue_gift\n"
        "def a(self):\n"
        "    session, other = self.context.session.once(self._op), 1\n"
        "    run(post_receipt, session, amount_fen=1)\n"
        "def b(self):\n"
        "    refund(self.context.session.once(uuid.uuid4()), receipt_id=1)\n"
        "def c(self):\n"
        "    self.alerts.run_command(issue_gift, self.context.session, grant_id=1)\n",
        encoding="utf-8",
    )
    assert sorted(unprotected(source)) == ["gift.issue", "receipt.refund"]
