"""Who may do what: roles × actions, one table, enforced by every command.

Roles follow the source documents: 前台 frontdesk, 收费 billing, 市场 marketing,
会员管理员 member_admin (a named receptionist), 院长 director.
"""

from __future__ import annotations

from services.i18n import tr

FRONTDESK = "frontdesk"
BILLING = "billing"
MARKETING = "marketing"
MEMBER_ADMIN = "member_admin"
DIRECTOR = "director"
ROLES = (FRONTDESK, BILLING, MARKETING, MEMBER_ADMIN, DIRECTOR)

_ALL = frozenset(ROLES)
_DESK = frozenset({FRONTDESK, BILLING, MEMBER_ADMIN, DIRECTOR})
_MANAGE = frozenset({MEMBER_ADMIN, DIRECTOR})
_STOCK = frozenset({MARKETING, MEMBER_ADMIN, DIRECTOR})
_REFUND = frozenset({BILLING, MEMBER_ADMIN, DIRECTOR})
_HAND_OUT = frozenset({BILLING, FRONTDESK, MEMBER_ADMIN, DIRECTOR})
_ONLY_DIRECTOR = frozenset({DIRECTOR})
_GROUPS = _MANAGE | {MARKETING}

RIGHTS: dict[str, frozenset[str]] = {
    # the clinic
    "clinic.create": _ONLY_DIRECTOR,
    "clinic.settings": _ONLY_DIRECTOR,
    "clinic.calendar": _MANAGE,
    "clinic.logo": _ONLY_DIRECTOR,
    "schedule.change": _MANAGE,
    "clinic.confirm_recovery": _ONLY_DIRECTOR,
    "clinic.passphrase": _ONLY_DIRECTOR,
    "clinic.way_in": _ALL,  # whoever signs in first after the code opened the clinic
    "staff.pin_by_code": _ONLY_DIRECTOR,  # by the recovery code instead of a PIN
    "backup.restore": _MANAGE,
    "backup.drilled": _MANAGE,
    "clinic.daily": _ALL,
    "staff.add": _ONLY_DIRECTOR,
    "staff.change": _ONLY_DIRECTOR,
    "staff.change_own_pin": _ALL,
    "doctor.add": _MANAGE,
    # programmes
    "programme.draft": _MANAGE,
    "programme.drop_draft": _MANAGE,
    "programme.sign": _ONLY_DIRECTOR,
    "programme.retire": _ONLY_DIRECTOR,
    "programme.activate": _ONLY_DIRECTOR,
    "programme.cut_over": _ONLY_DIRECTOR,
    "programme.undo_cut_over": _ONLY_DIRECTOR,
    # people
    "person.enrol": _DESK,
    "person.change": _DESK,
    "person.consent": _DESK,
    "person.contact": _DESK,
    "person.review": _DESK,
    "person.alert": _DESK,
    "person.alert_close": _DESK,
    "person.reveal": _DESK,
    "person.household": _DESK,
    "person.lunar_birthday": _DESK,
    "person.health_grade": _MANAGE,
    "person.merge": _MANAGE,
    "person.unmerge": _MANAGE,
    "referral.refuse": _MANAGE,
    "card.issue": _DESK,
    "card.change": _DESK,
    "roster.import": _MANAGE,
    "roster.undo": _MANAGE,
    # what people may ask about their own data
    "privacy.receive": _DESK,
    "privacy.copy": _DESK,
    "privacy.copied": _ALL,
    "privacy.finish": _DESK,
    "privacy.refuse": _MANAGE,
    "privacy.freeze": _MANAGE,
    "privacy.unfreeze": _ONLY_DIRECTOR,  # and who alone reads a frozen record
    "privacy.erase": _MANAGE,
    "privacy.disclose": _MANAGE,
    "privacy.take_back": _MANAGE,
    "privacy.retention": _ONLY_DIRECTOR,
    # membership and tiers
    "membership.join": _DESK,
    "membership.leave": _DESK,
    "membership.cancel": _ONLY_DIRECTOR,
    "membership.pay_fee": _DESK,
    "membership.void_fee": _DESK,
    "refund.prepare": _REFUND,
    "refund.cancel": _REFUND,
    "refund.sign": _REFUND,
    "tier.override": _ONLY_DIRECTOR,
    "tier.override_many": _ONLY_DIRECTOR,
    "tier.drop": _MANAGE,
    "tier.tell": _DESK,
    # money and points
    "receipt.post": _DESK,
    "receipt.pay": _DESK,
    "receipt.refund": _DESK,
    "receipt.void": _DESK,
    "receipt.move": _DESK,
    "receipt.undo": _DESK,
    "case.open": _DESK,
    "points.adjust": _MANAGE,
    "points.reverse": _MANAGE,
    "points.expire": _ALL,
    "award.give": _MANAGE,
    "award.void": _MANAGE,
    "benefit.confirm": _DESK,
    "benefit.give": _DESK,
    "points.redeem": _DESK,
    "points.unredeem": _DESK,
    # gifts and stock
    "gift.define": _STOCK,
    "gift.change": _STOCK,
    "gift.parts": _STOCK,
    "gift.issue": _HAND_OUT,
    "gift.promise": _HAND_OUT,
    "gift.return": _HAND_OUT,
    "service.use": _HAND_OUT,
    "service.void": _HAND_OUT,
    "service.bill": _HAND_OUT,
    "service.take_back_bill": _HAND_OUT,
    "voucher.claim": _HAND_OUT,
    "voucher.pledge": _HAND_OUT,
    "voucher.recall": _HAND_OUT,
    "voucher.return": _HAND_OUT,
    "purchase.request": _STOCK,
    "purchase.receive": _STOCK,
    "purchase.finish": _STOCK,
    "requisition.request": _ALL,
    "requisition.send": _STOCK,
    "requisition.receive": _HAND_OUT,
    "requisition.hand_over": _MANAGE,  # who may request, send and receive at once
    "document.cancel": _ALL,  # of a kind one may request
    "stock.receive": _STOCK,
    "stock.transfer": _STOCK | {BILLING},
    "stock.scrap": _STOCK | {BILLING},
    "stock.adjust": _ONLY_DIRECTOR,
    "reconciliation.open": _STOCK | {BILLING},
    "reconciliation.count": _STOCK | {BILLING},
    "reconciliation.abandon": _STOCK | {BILLING},
    "reconciliation.recount": _STOCK | {BILLING},
    "reconciliation.close": _STOCK | {BILLING},
    "reconciliation.reopen": _ONLY_DIRECTOR,
    "export.workbook": _STOCK | {BILLING},
    "export.clear": _STOCK,
    # labels and groups
    "label.presets": _MANAGE,
    "label.define": _MANAGE,
    "label.change": _MANAGE,
    "label.retire": _MANAGE,
    "label.put": _DESK,
    "label.take": _DESK,
    "label.health": _DESK,  # who sees labels about health, and the groups that ask for them
    "group.save": _GROUPS,
    "group.change": _GROUPS,
    "group.retire": _GROUPS,
    "group.life_cycle": _MANAGE,
    # reports
    "report.hand_over": frozenset({FRONTDESK, MEMBER_ADMIN, DIRECTOR}),
    "report.make_calls": _DESK,
    "outreach.send": _ALL,  # each kind takes a right of its own besides
    "paper.personal": _DESK,
    # the desk
    "visit.check_in": _DESK,
    "visit.change": _DESK,
    "visit.undo": _DESK,
    "visit.reception": _DESK,
    "appointment.book": _DESK,
    "appointment.change": _DESK,
    "appointment.cancel": _DESK,
    "appointment.confirm": _DESK,
    "appointment.arrive": _DESK,
    "appointment.no_show": _DESK,
    "appointment.reopen": _DESK,
    "appointment.reveal": _DESK,
    "care.team": _DESK,
    "doctor_change.draft": _DESK,
    "doctor_change.submit": _DESK,
    "doctor_change.word": _DESK,
    "doctor_change.decide": _DESK,  # writes down what the leader signs
    "doctor_change.in_force": _DESK,
    "doctor_change.withdraw": _DESK,
    "followup.create": _DESK,
    "followup.log": _DESK,
    "followup.plan_many": _DESK,
    "followup.plans": _ALL,  # catching up, like clinic.daily
    "plan.add": _MANAGE,
    "plan.change": _MANAGE,
    "plan.switch": _MANAGE,
    "followup.undo": _DESK,
    "followup.undo_any": _MANAGE,  # somebody else's call, or one of earlier today
    "followup.channel": _DESK,
    "followup.assign": _DESK,
    "followup.hand_over": _MANAGE,
    # what people say
    "duty.done": _ALL,  # of one's own post
    "duty.skip": _ALL,
    "duty.take_back": _ALL,  # one's own of the day; later by who oversees
    "duty.add": _MANAGE,
    "duty.change": _MANAGE,
    "duty.switch": _MANAGE,
    "complaint.open": _DESK,
    # activities
    "activity.plan": _STOCK,
    "activity.change": _STOCK,
    "activity.open": _STOCK,
    "activity.cancel": _STOCK,
    "activity.hold": _STOCK,
    "activity.close": _STOCK,
    "activity.invite": _STOCK,
    "activity.sign_up": _ALL,
    "activity.decline": _ALL,
    "activity.withdraw": _ALL,
    "activity.attend": _ALL,
    "activity.untick": _ALL,  # the same day; who may later:
    "activity.untick_later": _MANAGE,
    "activity.prize": _MANAGE,
    "activity.cost": _STOCK | {BILLING},
    "activity.cost_back": _STOCK | {BILLING},
    "complaint.acknowledge": _ALL,  # whoever looks after it
    "complaint.note": _ALL,
    "complaint.assign": _ALL,
    "complaint.report": _ALL,
    "complaint.handle": _ALL,
    "complaint.change": _MANAGE,
    "complaint.close": _MANAGE,
    "complaint.reopen": _MANAGE,
    "request.open": _ALL,
    "request.assign": _ALL,
    "request.answer": _ALL,
    "request.drop": _MANAGE,
    "request.reopen": _MANAGE,
    "feedback.deadlines": _MANAGE,
    # partner institutions
    "partner.switch": _ONLY_DIRECTOR,
    "partner.add": _MANAGE,
    "partner.change": _MANAGE,
    "partner.retire": _MANAGE,
    "partner.agree": _MANAGE,
    "partner.extend": _MANAGE,
    "partner.end": _MANAGE,
    "partner.introduce": _MANAGE,
    "partner.arrive": _MANAGE,
    "partner.report_value": _MANAGE,
    "partner.end_introduction": _MANAGE,
    "partner.draw": _MANAGE,
    "partner.settle": _MANAGE,
    "partner.void": _MANAGE,
}

# rights that only an approver's own PIN can lend to somebody else's action
APPROVALS: dict[str, frozenset[str]] = {
    "approve.backdated": _MANAGE,
    "approve.adjustment": _ONLY_DIRECTOR,
    "approve.programme": _ONLY_DIRECTOR,
    "approve.late_void": _MANAGE,
    "approve.return": _MANAGE,
    "approve.fee": _MANAGE,
    "approve.owed_gift": _MANAGE,
    "approve.doctor_change": _MANAGE,
    "sign.marketing": frozenset({MARKETING, MEMBER_ADMIN}),
    "sign.billing": frozenset({BILLING, FRONTDESK}),
    "sign.refund": _MANAGE,
    "sign.handover": frozenset({MARKETING, DIRECTOR}),
    "approve.clear_export": _MANAGE,
    "approve.partner": _ONLY_DIRECTOR,
    "approve.erase": _ONLY_DIRECTOR,
}


def role_title(role: str) -> str:
    """The role as the desk calls it."""
    return {
        FRONTDESK: tr("前台"),
        BILLING: tr("收费"),
        MARKETING: tr("市场"),
        MEMBER_ADMIN: tr("会员管理员"),
        DIRECTOR: tr("院长"),
    }[role]


def may(role: str, action: str) -> bool:
    """Whether `role` holds the right of `action` (a command or an approval)."""
    return role in RIGHTS.get(action, APPROVALS.get(action, frozenset()))


def holders(action: str) -> str:
    """The titles of the roles that hold a right, for refusals: '会员管理员、院长'."""
    allowed = RIGHTS.get(action) or APPROVALS[action]
    return "、".join(role_title(role) for role in ROLES if role in allowed)
