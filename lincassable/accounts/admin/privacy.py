"""What we hold about a person: search, export, erase. For administrators."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from phonenumber_field.formfields import PhoneNumberField
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminTextInputWidget

from lincassable.accounts import privacy
from lincassable.accounts.models import User


class PersonForm(forms.Form):
    """Whom the search is about."""

    email = forms.EmailField(label=gettext_lazy("e-mail"), required=False, widget=UnfoldAdminEmailInputWidget)
    phone = PhoneNumberField(label=gettext_lazy("phone"), required=False, widget=UnfoldAdminTextInputWidget)
    name = forms.CharField(
        label=gettext_lazy("name"),
        required=False,
        max_length=120,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("as people wrote it; also finds first names given with declarations, whoever they belong to"),
    )

    def clean(self) -> dict[str, Any]:
        """Refuse an empty search."""
        data = super().clean() or {}
        if not self.errors and not any(data.values()):
            raise ValidationError(_("Give an e-mail, a phone or a name."))
        return data

    def identity(self) -> privacy.Identity:
        """Return whom the valid form is about, with the other names known for the address and phone."""
        data = self.cleaned_data
        names = frozenset({data["name"].strip()} if data["name"].strip() else ())
        phone = data["phone"].as_e164 if data["phone"] else ""
        return privacy.widen(privacy.Identity(data["email"].strip().lower(), phone, names))


@never_cache
def personal_data_view(request: HttpRequest) -> HttpResponse:
    """Search by POST (an address in a URL would stay in logs), show what is held; export it, or erase it once confirmed."""
    if not request.user.has_perm("accounts.handle_personal_data"):
        raise PermissionDenied
    form, held, identity, button = PersonForm(request.POST or None), None, None, request.POST.get("do", "search")
    if form.is_valid():
        identity = form.identity()
        if button == "erase" and request.POST.get("confirmed") == "yes":
            return _erase(request, identity)
        if button == "erase":
            messages.error(request, _("Tick the box to confirm the erasure. Nothing was erased."))
        held = privacy.export(identity)
        if button == "export":
            return _export(identity, held)
    what = {kind.key: kind.what for kind in privacy.kinds()}
    context = {
        **admin.site.each_context(request),
        "title": _("Personal data of a person"),
        "opts": User._meta,
        "form": form,
        "identity": identity,
        "held": None if held is None else [{"what": what[key], "rows": rows} for key, rows in held.items()],
    }
    return TemplateResponse(request, "admin/accounts/personal_data.html", context)


def _export(identity: privacy.Identity, held: Any) -> HttpResponse:
    kinds = {kind.key: kind for kind in privacy.kinds()}
    data = {
        "generated_at": timezone.now(),
        "person": {"email": identity.email, "phone": identity.phone, "names": sorted(identity.names)},
        "held": [
            {"kind": key, "what": str(kinds[key].what), "purpose": str(kinds[key].purpose), "kept_for": kinds[key].retention, "rows": rows}
            for key, rows in held.items()
        ],
    }
    response = JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="donnees-personnelles-{timezone.localdate()}.json"'
    return response


def _erase(request: HttpRequest, identity: privacy.Identity) -> HttpResponse:
    own = getattr(request.user, "email", "").lower() == identity.email
    if own:
        messages.error(request, _("This is your own account: ask another administrator to erase it."))
        return HttpResponseRedirect(reverse("admin:accounts_personal_data"))
    changed = privacy.erase(identity)
    # That it was done, by whom and how much; not about whom.
    LogEntry.objects.create(
        user_id=cast(int, request.user.pk),
        content_type=ContentType.objects.get_for_model(User),
        object_repr=_("personal data erased"),
        action_flag=CHANGE,
        change_message=", ".join(f"{key}: {count}" for key, count in changed.items()),
    )
    messages.success(request, _("Done: %(n)s rows were erased or made anonymous.") % {"n": sum(changed.values())})
    return HttpResponseRedirect(reverse("admin:accounts_personal_data"))
