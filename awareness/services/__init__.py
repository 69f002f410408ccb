"""Every write of awareness. The admin, the phone pages and the tasks call the same functions."""

from awareness.services.events import cancel, delete_event, finish_past, publish, save_event, set_packed, to_draft
from awareness.services.materials import advance, delete_placement_photo, move_stock, order_material, place, save_material
from awareness.services.reports import add_photo, delete_photo, save_report
from awareness.services.signups import SignedUp, promote, sign_up, withdraw
from awareness.services.trainings import cancel_training, save_training, settle_wish, take_part, wish_training
from awareness.services.visit_reports import Checklist, Seen, delete_visit_photo, report_visit
from awareness.services.visits import PlannedDay, Wanted, cancel_visit, move_visit, order_visits, plan_visits, save_visit

__all__ = [
    "Checklist",
    "PlannedDay",
    "Seen",
    "SignedUp",
    "Wanted",
    "add_photo",
    "advance",
    "cancel",
    "cancel_training",
    "cancel_visit",
    "delete_event",
    "delete_photo",
    "delete_placement_photo",
    "delete_visit_photo",
    "finish_past",
    "move_stock",
    "move_visit",
    "order_material",
    "order_visits",
    "place",
    "plan_visits",
    "promote",
    "publish",
    "report_visit",
    "save_event",
    "save_material",
    "save_report",
    "save_training",
    "save_visit",
    "set_packed",
    "settle_wish",
    "sign_up",
    "take_part",
    "to_draft",
    "wish_training",
    "withdraw",
]
