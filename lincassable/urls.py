"""All addresses. French, lower case, without a language in them: they are printed on cards."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

from lincassable import health
from lincassable.accounts.decorators import public
from lincassable.accounts.views import admin_login
from lincassable.messaging import webhooks

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("mails/suivi/<slug:provider>/", public(webhooks.events), name="mail_events"),
    # Exempt: it sets the language and nothing else, and pages whose address is a secret send no Origin.
    path("langue/", public(csrf_exempt(set_language)), name="set_language"),
    path("admin/login/", admin_login),
    path("admin/stock/", include("lincassable.reporting.stock_urls")),
    path("admin/previsions/", include("pickups.forecast_urls")),
    path("admin/recherche/", include("lincassable.portal.search_urls")),
    path("admin/bilans/", include("lincassable.reporting.weekly_urls")),
    path("admin/effets/", include("awareness.effects.urls")),
    path("admin/chiffres/", include("lincassable.reporting.figures.urls")),
    path("admin/", admin.site.urls),
    path("", include("lincassable.accounts.urls")),
    path("compte/", include("allauth.urls")),
    path("", include("lincassable.portal.problems.urls")),  # before the carriers' own, which take any word for a token
    path("", include("crates.urls")),
    path("", include("pickups.urls")),
    path("", include("lincassable.reporting.urls")),
    path("", include("lincassable.reminders.urls")),
    path("", include("lincassable.portal.public.urls")),
    path("", include("lincassable.portal.events.urls")),
    path("", include("lincassable.portal.training.urls")),
    path("", include("lincassable.portal.materials.urls")),
    path("", include("lincassable.portal.visits.urls")),
    path("", include("lincassable.portal.urls")),
]
