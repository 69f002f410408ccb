"""Secrets of a local installation: made once, kept under `var/`."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path


def generated_secret(path: Path) -> str:
    """Return the secret kept in the file `path` (mode 0600), creating it at the first call.

    Safe when several processes ask at once: the first complete file wins and everybody reads that one.
    Raises OSError when the folder cannot be written.
    """
    path = Path(path)
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)  # unlike rename, never replaces a file that another process made meanwhile
    finally:
        os.unlink(name)
    return path.read_text().strip()
