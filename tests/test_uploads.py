"""What becomes of the pictures and documents that people send."""

from __future__ import annotations

from io import BytesIO
from time import perf_counter

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db.models.fields.files import FieldFile, FileField
from django.http import Http404
from PIL import Image

from lincassable.uploads import LONGEST_SIDE, clean_document, clean_image, serve
from tests.pictures import WIDE, bomb, exif_of_a_phone, picture, upload


def opened(file: ContentFile) -> Image.Image:
    """Return a cleaned file as a picture."""
    return Image.open(BytesIO(file.read()))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_every_format_of_phones_becomes_webp(form: str) -> None:
    kept = opened(clean_image(upload(picture((400, 300), form=form))))
    assert (kept.format, kept.size, kept.mode) == ("WEBP", (400, 300), "RGB")
    red, green, blue = kept.getpixel((200, 150))
    assert red > 230
    assert green < 30
    assert blue < 30


@pytest.mark.parametrize("form", ["JPEG", "HEIF"])
def test_a_photo_of_12_megapixels_becomes_1600_wide_and_small(form: str) -> None:
    content = picture(WIDE, form=form)
    started = perf_counter()
    kept = clean_image(upload(content))
    assert perf_counter() - started < 20  # about one second on two quiet cores
    assert opened(kept).size == (LONGEST_SIDE, 1200)
    assert kept.size < 300_000


# HEIC turns the pixels by a property of its own, which the reader follows; its EXIF says nothing about it.
@pytest.mark.parametrize(("form", "size"), [("JPEG", (300, 400)), ("WEBP", (300, 400)), ("HEIF", (400, 300))])
def test_where_and_by_whom_a_photo_was_taken_is_gone_and_the_right_side_is_up(form: str, size: tuple[int, int]) -> None:
    content = picture((400, 300), form=form, exif=exif_of_a_phone(orientation=6))
    assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)
    cleaned = clean_image(upload(content)).read()
    kept = Image.open(BytesIO(cleaned))
    assert kept.size == size
    assert not kept.getexif()
    assert not {"exif", "xmp", "icc_profile"} & set(kept.info)
    assert b"Camille" not in cleaned


def test_what_is_transparent_becomes_white() -> None:
    file = BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(clean_image(file)).getpixel((10, 10)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_rare_kinds_of_pixels_are_understood(mode: str) -> None:
    file = BytesIO()
    Image.new(mode, (20, 20)).save(file, "JPEG" if mode == "CMYK" else "PNG")
    assert opened(clean_image(file)).mode == "RGB"


@pytest.mark.parametrize("side", [9_000, 30_000])
def test_a_small_file_with_too_many_pixels_is_refused_before_it_is_unpacked(side: int) -> None:
    content = bomb(side)
    assert len(content) < 200_000
    with pytest.raises(ValidationError) as refused:
        clean_image(upload(content, "photo.png", "image/png"))
    assert refused.value.code == "pixels"


@pytest.mark.parametrize(
    "content",
    [
        b"<script>alert(1)</script>",
        b"%PDF-1.7\n",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\0" * 64,
    ],
    ids=["html", "pdf", "gif", "svg", "zeros"],
)
def test_a_file_that_only_calls_itself_a_photo_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        clean_image(upload(content, "photo.jpg"))
    assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_half_a_photo_is_refused(form: str) -> None:
    content = picture((800, 600), form=form)
    for kept in (len(content) // 2, 30):
        with pytest.raises(ValidationError) as refused:
            clean_image(upload(content[:kept]))
        assert refused.value.code == "not_a_picture"


def test_an_empty_file_and_a_too_large_one_are_refused(settings) -> None:
    settings.UPLOAD_MAX_MB = 1
    for content, code in ((b"", "empty"), (picture() + b"\0" * 1024 * 1024, "too_large")):
        for clean in (clean_image, clean_document):
            with pytest.raises(ValidationError) as refused:
                clean(upload(content))
            assert refused.value.code == code


def test_a_pdf_is_kept_as_it_is_and_a_photo_of_the_paper_becomes_webp() -> None:
    content = b"%PDF-1.7\nwhatever"
    kept, extension = clean_document(upload(content, "slip.pdf", "application/pdf"))
    assert (kept.read(), extension) == (content, "pdf")
    kept, extension = clean_document(upload(picture(form="HEIF"), "slip.heic", "image/heic"))
    assert (opened(kept).format, extension) == ("WEBP", "webp")


def test_a_document_is_known_by_its_first_bytes_not_by_its_name() -> None:
    with pytest.raises(ValidationError) as refused:
        clean_document(upload(b"MZ this is a program", "slip.pdf", "application/pdf"))
    assert refused.value.code == "not_a_document"
    with pytest.raises(ValidationError) as refused:
        clean_document(upload(bomb(9_000), "slip.pdf", "application/pdf"))
    assert refused.value.code == "pixels"


@pytest.fixture
def stored(tmp_path) -> FieldFile:
    """A picture kept under a private folder."""
    storage = FileSystemStorage(location=tmp_path)
    name = storage.save("photo.webp", clean_image(upload(picture())))
    return FieldFile(None, FileField(storage=storage), name)  # type: ignore[arg-type]


@pytest.mark.django_db  # closing a response looks after the connection
def test_a_private_file_is_shown_without_being_kept_or_run(stored: FieldFile) -> None:
    response = serve(stored, filename="Épicerie.webp", content_type="image/webp")
    assert b"".join(response.streaming_content)[:4] == b"RIFF"
    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"].startswith("inline")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert "sandbox" in response["Content-Security-Policy"]
    response.close()
    response = serve(stored, filename="slip.pdf", content_type="application/pdf")
    assert response["Content-Disposition"].startswith("attachment")
    response.close()


def test_a_file_that_is_gone_is_not_found(stored: FieldFile) -> None:
    stored.storage.delete(stored.name)
    for file in (stored, FieldFile(None, stored.field, "")):  # type: ignore[arg-type]
        with pytest.raises(Http404):
            serve(file, filename="photo.webp", content_type="image/webp")
