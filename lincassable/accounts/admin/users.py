"""People with an account, and the roles they have."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from lincassable.accounts import services
from lincassable.accounts.actors import Actor
from lincassable.accounts.admin.privacy import personal_data_view
from lincassable.accounts.base_admin import Base
from lincassable.accounts.models import User
from lincassable.accounts.roles import LABELS, label


class NewUserForm(UserCreationForm):
    """An account is made by its address."""

    class Meta:
        model = User
        fields = ("email",)

    def clean_email(self) -> str:
        """Return the address in lower case; refuse one that is taken, whatever its case."""
        email = self.cleaned_data["email"].strip().lower()
        if User.objects.filter(email=email).exists():
            raise forms.ValidationError(_("Somebody already has an account with this address: change that account instead."))
        return email


@admin.register(User)
class UserAdmin(DjangoUserAdmin, Base):
    """Accounts. Administrators handle everybody but superusers; nobody is deleted, accounts are closed or erased."""

    form, add_form, change_password_form = UserChangeForm, NewUserForm, AdminPasswordChangeForm
    list_display = ("email", "name", "roles", "is_staff", "is_active", "second_factor", "last_login")
    list_filter = ("groups", "is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    actions = ("remove_second_factor",)
    actions_list = ("personal_data",)
    fieldsets = (
        (None, {"fields": ("email", "password", "name", "language", "wants_weekly_report")}),
        (_("Access"), {"fields": ("is_active", "is_staff", "groups")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "name", "language", "groups", "password1", "password2")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return users with whether each has a second factor."""
        totp = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
        return super().get_queryset(request).prefetch_related("groups").annotate(has_second_factor=Exists(totp))

    @display(description=_("roles"))
    def roles(self, user: User) -> str:
        """The user's roles, as they are called on screen."""
        return ", ".join(label(group.name) for group in user.groups.all())

    @display(description=_("second factor"), boolean=True)
    def second_factor(self, user: User) -> bool:
        """Whether the user has set one up."""
        return user.has_second_factor  # type: ignore[attr-defined]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers are handled by superusers only: an administrator must not take such an account over."""
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody is deleted: history keeps its authors. Close the account, or erase the person (personal data)."""
        return False

    def has_handle_personal_data_permission(self, request: HttpRequest) -> bool:
        """Whether the export and erasure of people is open to this user."""
        return request.user.has_perm("accounts.handle_personal_data")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Call the roles by their names on screen."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if db_field.name == "groups" and field is not None:
            field.label_from_instance = lambda group: label(group.name)  # type: ignore[method-assign, assignment]
            field.help_text = _("What the person may do. Coordinators and administrators open the admin.")
        return field

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Save; a changed address leaves no other address behind that still signs in."""
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            EmailAddress.objects.filter(user=obj).delete()

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        """Save the roles; those who work in the admin may open it."""
        super().save_related(request, form, formsets, change)
        if services.open_admin_to_staff_roles(form.instance):
            messages.info(request, _("This role works in the admin: the account may now open it."))

    @admin.action(description=_("Remove the second factor (lost phone)"), permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people set up a new second factor at their next sign-in."""
        users = [user for user in queryset if self.has_change_permission(request, user)]
        by = Actor.of_user(cast(User, request.user))
        count = sum([services.remove_second_factor(user, by=by) for user in users])
        for user in users:
            self.log_change(request, user, "second factor removed")
        text = ngettext("%(n)s second factor was removed.", "%(n)s second factors were removed.", count)
        messages.success(request, text % {"n": count})

    @action(description=_("Personal data of a person"), url_path="go-to-personal-data", permissions=["handle_personal_data"])
    def personal_data(self, request: HttpRequest) -> HttpResponse:
        """Lead to the search, export and erasure of a person."""
        return HttpResponseRedirect(reverse("admin:accounts_personal_data"))

    def get_urls(self) -> list[URLPattern]:
        """Add the page on personal data."""
        page = path("personal-data/", self.admin_site.admin_view(personal_data_view), name="accounts_personal_data")
        return [page, *super().get_urls()]


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, Base):
    """Roles and their permissions."""

    list_display = ("name", "on_screen")
    filter_horizontal = ("permissions",)

    @display(description=_("on screen"))
    def on_screen(self, group: Group) -> str:
        """How the role is called for people."""
        return label(group.name)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        """The names of the four roles are used by the code."""
        return ("name",) if obj is not None and obj.name in LABELS else ()
