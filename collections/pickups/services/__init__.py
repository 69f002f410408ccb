"""Every write of this app. Admin, phones, importers and tasks call these, always with `by=`, the author."""

from pickups.lines import ActualLine, ActualPallet, NewProof, PaloxNumbers, PlannedLine, PlannedPallet, StopPlan
from pickups.services.answers import accept_with_vehicle
from pickups.services.carriers import (
    check_carrier,
    delete_carrier,
    delete_row,
    delete_vehicle,
    save_carrier,
    save_row,
    save_vehicle,
    why_carrier_stays,
)
from pickups.services.closing import HubLine, count_at_hub
from pickups.services.corrections import correct_stop, undo_stop
from pickups.services.differences import Reply, answer_differences
from pickups.services.links import driver_link, links_of
from pickups.services.moves import next_states, parties_of
from pickups.services.on_the_phone import request_on_the_phone
from pickups.services.paloxes import register_stop_palox
from pickups.services.parts import change_note, withdraw
from pickups.services.planning import (
    add_stop,
    can_change_stops,
    changeable_fields,
    check_store,
    create_tour,
    remove_stop,
    revise_tour,
    who_would_be_told,
)
from pickups.services.proofs import add_proofs, remove_proof
from pickups.services.requests import cancel_request, refuse_request, request_pickup
from pickups.services.series import (
    bring_up_to_date,
    create_series,
    delete_series,
    delete_series_row,
    make_drafts,
    pause_series,
    resume_series,
    save_series,
    save_series_row,
    why_series_stays,
)
from pickups.services.slips import can_upload, delete_slip, upload_slip
from pickups.services.stops import complete_on_the_way, complete_stop
from pickups.services.tours import (
    accept_tour,
    cancel_tour,
    close_tour,
    decline_tour,
    finish_tour,
    reopen_tour,
    send_tour,
    start_tour,
    transition,
)

__all__ = [
    "ActualLine",
    "ActualPallet",
    "HubLine",
    "NewProof",
    "PaloxNumbers",
    "PlannedLine",
    "PlannedPallet",
    "Reply",
    "StopPlan",
    "accept_tour",
    "accept_with_vehicle",
    "add_proofs",
    "add_stop",
    "answer_differences",
    "bring_up_to_date",
    "can_change_stops",
    "can_upload",
    "cancel_request",
    "cancel_tour",
    "change_note",
    "changeable_fields",
    "check_carrier",
    "check_store",
    "close_tour",
    "complete_on_the_way",
    "complete_stop",
    "correct_stop",
    "count_at_hub",
    "create_series",
    "create_tour",
    "decline_tour",
    "delete_carrier",
    "delete_row",
    "delete_series",
    "delete_series_row",
    "delete_slip",
    "delete_vehicle",
    "driver_link",
    "finish_tour",
    "links_of",
    "make_drafts",
    "next_states",
    "parties_of",
    "pause_series",
    "refuse_request",
    "register_stop_palox",
    "remove_proof",
    "remove_stop",
    "reopen_tour",
    "request_on_the_phone",
    "request_pickup",
    "resume_series",
    "revise_tour",
    "save_carrier",
    "save_row",
    "save_series",
    "save_series_row",
    "save_vehicle",
    "send_tour",
    "start_tour",
    "transition",
    "undo_stop",
    "upload_slip",
    "who_would_be_told",
    "why_carrier_stays",
    "why_series_stays",
    "withdraw",
]
