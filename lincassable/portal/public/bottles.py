"""« Can I bring this bottle back? » Told by the bottle's silhouette, or by the product when it is in the catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from crates.models import BottleModel
from lincassable.accounts.decorators import public
from lincassable.portal.public.filters import Wish, find
from lincassable.portal.public.places import Place
from lincassable.web_addresses import web_address
from references.models import Reference

OTHER = "autre"  # none of the silhouettes
MOST_PLACES = 5
# Starts of the codes of bottle models → the silhouette that is drawn (templates/public/_bottle.html). Others get a plain one.
SHAPES = {"beer-33": "small", "beer": "beer", "bordeaux": "shouldered", "burgundy": "sloping", "sparkling": "heavy", "water": "slender",
          "juice": "wide", "milk": "milk"}  # fmt: skip
# Ends of the codes → the glass.
GLASS = {"brown": "brown", "dead-leaf": "leaf", "white": "clear", "ebony": "brown"}


@dataclass(frozen=True)
class Drawn:
    """A bottle model with how it is drawn."""

    model: BottleModel
    shape: str
    glass: str


@dataclass(frozen=True)
class Answer:
    """Yes, no or "we do not know" (None), why, and what one may do then. Sentences in the current language."""

    is_taken: bool | None
    title: str
    why: str
    model: BottleModel | None = None


def drawn(model: BottleModel) -> Drawn:
    """Return how `model` is drawn, by its code."""
    shape = next((shape for start, shape in SHAPES.items() if model.code.startswith(start)), "plain")
    glass = next((glass for end, glass in GLASS.items() if model.code.endswith(end)), "brown" if shape in ("beer", "small") else "clear")
    return Drawn(model, shape, glass)


def answer_about_model(model: BottleModel | None) -> Answer:
    """Return whether bottles of `model` are taken back; None stands for a bottle that is none of the models."""
    if model is None or not model.is_active:
        why = _(
            "Our washing centres and producers reuse the bottles shown here. Any other one goes to the glass container, where it is melted."
        )
        return Answer(False, _("No, not this one"), why)
    why = _(
        "It is one of the bottles that are washed and filled again. Bring it back empty and rinsed, without its cap; the label may stay."
    )
    return Answer(True, _("Yes, bring it back"), why, model)


def answer_about_product(product: Reference) -> Answer:
    """Return whether the bottle of a product of the catalogue is taken back: as its bottle model is, unless its label stops it."""
    if product.bottle_model is None:
        why = _("We do not know this product's bottle well enough. Compare it with the silhouettes below.")
        return Answer(None, _("We are not sure"), why)
    if product.label_washable is False:
        return Answer(False, _("No, not this one"), _("Its label does not come off in the wash, so that it cannot be filled again."))
    return answer_about_model(product.bottle_model)


def products_on_sale() -> list[Reference]:
    """Return the products on the market today, of active producers, by producer and name."""
    today = timezone.localdate()
    sold = Reference.objects.filter(Q(on_market_from=None) | Q(on_market_from__lte=today), producer__is_active=True)
    return list(sold.select_related("producer", "bottle_model").order_by("producer__name", "name", "volume_cl"))


@public
@require_safe
@gzip_page
def question(request: HttpRequest) -> HttpResponse:
    """Choose the bottle; read yes or no, why, and where."""
    models = [drawn(model) for model in BottleModel.objects.filter(is_active=True).order_by("position", "code")]
    code, products = request.GET.get("modele", ""), products_on_sale()
    product = next((row for row in products if row.uuid == _uuid(request.GET.get("produit", ""))), None)
    chosen = next((row.model for row in models if row.model.code == code), None)
    answer = answer_about_product(product) if product else answer_about_model(chosen) if chosen or code == OTHER else None
    wish = Wish.of({**request.GET.dict(), "bouteille": answer.model.code if answer and answer.model else "", "type": "", "embed": ""})
    near: list[Place] = find(wish)[:MOST_PLACES] if answer and answer.is_taken and (wish.text or wish.origin) else []
    context = {
        "models": models,
        "products": products,
        "product": product,
        "chosen": chosen or (answer.model if answer else None),
        "chosen_code": code,
        "other": OTHER,
        "answer": answer,
        "wish": wish,
        "near": near,
        "map_query": wish.query(),
        "canonical": web_address("public:bottle"),
    }
    return render(request, "public/bottle.html", context)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
