"""Pictures as phones make them, for the tests of uploads."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image

WIDE = (4032, 3024)  # 12 megapixels


def picture(size: tuple[int, int] = (40, 30), *, form: str = "JPEG", colour: str = "red", exif: Image.Exif | None = None) -> bytes:
    """Return the bytes of a picture of one colour. form: a format of Pillow's."""
    result = BytesIO()
    Image.new("RGB", size, colour).save(result, form, **({"exif": exif} if exif else {}))
    return result.getvalue()


def exif_of_a_phone(orientation: int = 6) -> Image.Exif:
    """Return what a phone writes into a photo: who made it, where, and which side is up."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "Telephone of Camille"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (48.0, 35.0, 2.0), 3: "E", 4: (7.0, 45.0, 3.0)})
    return exif


def bomb(side: int = 30_000) -> bytes:
    """Return a small PNG that says it has side × side pixels, all there, packed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\0" + bytes(side // 8 + 1)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", data)
        + chunk(b"IEND", b"")
    )


def upload(content: bytes, name: str = "photo.jpg", content_type: str = "image/jpeg") -> SimpleUploadedFile:
    """Return `content` as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type)
