"""What a mailing says to each: variables, fields of its own, both languages; a broken text is refused with its line."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from lincassable.accounts import links
from lincassable.accounts.models import AccessLink
from lincassable.mailings import language, services
from lincassable.mailings.audience import Criteria, audience_of
from lincassable.mailings.models import MailingTemplate
from lincassable.mailings.personalising import known_of, shown
from lincassable.mailings.tests.factories import BY, MailingFactory, MailingTemplateFactory
from stores.tests.factories import ContactFactory, StoreFactory

pytestmark = pytest.mark.django_db


def mail_to(mailing, contact):
    """The mail as one contact gets it."""
    person = next(each for each in audience_of(Criteria.of(mailing.audience)).chosen if each.contact_id == contact.pk)
    return shown(mailing, person, known_of(mailing, [person]))


def test_a_mail_is_filled_in_for_its_contact_and_place():
    contact = ContactFactory(name="Ana & Léo", store=StoreFactory(name="Le <b>Cabas</b> *gros*", city="Arles"))
    mail = mail_to(MailingFactory(body_fr="Bonjour {{ contact_name }},\n\n**{{ store_name }}** à {{ store_city }}"), contact)
    assert mail.subject == "Des nouvelles pour Le <b>Cabas</b> *gros*"
    assert "Ana &amp; Léo" in mail.html
    assert "&lt;b&gt;Cabas&lt;/b&gt; *gros*" in mail.html
    assert "Bonjour Ana & Léo," in mail.text
    assert "Le <b>Cabas</b> *gros* à Arles" in mail.text
    assert "/rappels/arreter/" in mail.text
    assert "/rappels/arreter/" in mail.html


def test_readers_of_english_get_the_english_text_with_its_values_and_the_french_one_without():
    french, english = ContactFactory(), ContactFactory(language="en")
    mailing = MailingFactory(
        subject_fr="Le {{ when }}", body_fr="Venez le {{ when }}.", subject_en="On {{ when }}", body_en="Come on {{ when }}.",
        fields=[{"name": "when", "label": "date"}], values={"when": {"fr": "3 mars", "en": "3 March"}},
    )  # fmt: skip
    assert mail_to(mailing, french).subject == "Le 3 mars"
    assert "Come on 3 March." in mail_to(mailing, english).text
    mailing.values = {"when": {"fr": "3 mars", "en": ""}}
    assert mail_to(mailing, english).subject == "On 3 mars"
    mailing.body_en = ""
    assert mail_to(mailing, english).subject == "Le 3 mars"


def test_the_phone_page_is_linked_when_its_card_is_in_use():
    contact = ContactFactory()
    mailing = MailingFactory(body_fr="[Votre page]({{ store_page }})")
    link = links.link_for(AccessLink.STORE, contact.store_id)
    assert links.url(link) in mail_to(mailing, contact).text
    links.revoke(link, by=BY)
    assert "Votre page" not in mail_to(mailing, contact).text


@pytest.mark.parametrize(
    ("body", "line"),
    [("Bonjour\n{{ store_nmae }}", 2), ("{% if contact_name %}\n…", 1), ("a\n\n{% include 'x' %}", 3), ("{{ contact_name | raw }}", 1)],
)
def test_a_broken_text_is_refused_with_its_line_and_the_one_that_is_kept_stays(body, line):
    mailing = MailingFactory(body_fr="Bonjour")
    with pytest.raises(ValidationError) as refused:
        services.save_text(mailing, {"body_fr": body}, by=BY)
    assert str(line) in refused.value.message_dict["body_fr"][0]
    mailing.refresh_from_db()
    assert mailing.body_fr == "Bonjour"
    template = MailingTemplateFactory()
    template.body_fr = body
    with pytest.raises(ValidationError):
        services.save_template(template, by=BY)
    assert MailingTemplate.objects.get().body_fr.startswith("Bonjour")


def test_a_mailing_takes_a_copy_of_its_template_which_may_change_later():
    template = MailingTemplateFactory()
    mailing = services.begin("Salon", by=BY, template=template)
    template.body_fr = "Autre chose"
    services.save_template(template, by=BY)
    assert "Rendez-vous" in mailing.body_fr
    assert mailing.fields == [{"name": "event_date", "label": "Date de l'évènement"}]
    with pytest.raises(ValidationError, match="Date de l'évènement"):
        services.check_ready(mailing)
    services.save_text(mailing, {"values": {"event_date": {"fr": "3 mars"}, "gone": {"fr": "x"}}}, by=BY)
    mailing.refresh_from_db()
    assert mailing.values == {"event_date": {"fr": "3 mars"}}
    services.check_ready(mailing)


@pytest.mark.parametrize("texts", [{"subject_fr": ""}, {"body_fr": " "}, {"subject_en": "News"}, {"body_en": "News"}])
def test_a_mailing_that_lacks_a_half_is_not_sent(texts):
    with pytest.raises(ValidationError):
        services.check_ready(MailingFactory(**texts))


def test_fields_are_typed_one_a_line():
    typed = "event_date: Date of the event\n\nplace : Where\nlast_thing"
    fields = language.read_fields(typed)
    assert fields == [
        {"name": "event_date", "label": "Date of the event"},
        {"name": "place", "label": "Where"},
        {"name": "last_thing", "label": "last thing"},
    ]  # fmt: skip
    assert language.read_fields(language.write_fields(fields)) == fields
    for wrong in ("Été: x", "store_name: x", "a: x\na: y", "\n".join(f"f{n}: x" for n in range(21))):
        with pytest.raises(ValidationError):
            language.read_fields(wrong)


def test_two_people_at_once_the_second_is_told_and_nothing_is_overwritten():
    mailing = MailingFactory()
    services.save_text(mailing, {"subject_fr": "Premier"}, by=BY, seen=mailing.version)
    with pytest.raises(ValidationError) as refused:
        services.save_text(mailing, {"subject_fr": "Second"}, by=BY, seen=mailing.version)
    assert refused.value.code == "stale"
    mailing.refresh_from_db()
    assert mailing.subject_fr == "Premier"
