"""Events, who signs up for them, and what came of them; trainings and their quiz; materials; visits of coordinators."""

from awareness.models.events import Event, EventItem, EventLog, Partner
from awareness.models.materials import Material, MaterialMove, MaterialOrder, Placement
from awareness.models.reports import EventPhoto, EventReport
from awareness.models.signups import SignUp
from awareness.models.trainings import Participation, QuizQuestion, Training, TrainingWish
from awareness.models.visits import Visit, VisitAnswer, VisitCriterion, VisitLog, VisitPhoto

__all__ = [
    "Event",
    "EventItem",
    "EventLog",
    "EventPhoto",
    "EventReport",
    "Material",
    "MaterialMove",
    "MaterialOrder",
    "Participation",
    "Partner",
    "Placement",
    "QuizQuestion",
    "SignUp",
    "Training",
    "TrainingWish",
    "Visit",
    "VisitAnswer",
    "VisitCriterion",
    "VisitLog",
    "VisitPhoto",
]
