"""Every write of awareness. The admin, the phone pages and the tasks call the same functions."""

from awareness.services.events import cancel, delete_event, finish_past, publish, save_event, set_packed, to_draft
from awareness.services.materials import advance, delete_placement_photo, move_stock, order_material, place, save_material
from awareness.services.reports import add_photo, delete_photo, save_report
from awareness.services.signups import SignedUp, promote, sign_up, withdraw
from awareness.services.trainings import cancel_training, save_training, settle_wish, take_part, wish_training

__all__ = [
    "SignedUp",
    "add_photo",
    "advance",
    "cancel",
    "cancel_training",
    "delete_event",
    "delete_photo",
    "delete_placement_photo",
    "finish_past",
    "move_stock",
    "order_material",
    "place",
    "promote",
    "publish",
    "save_event",
    "save_material",
    "save_report",
    "save_training",
    "set_packed",
    "settle_wish",
    "sign_up",
    "take_part",
    "to_draft",
    "wish_training",
    "withdraw",
]
