"""Check the types of the modules where rules live: services, queries, and the platform's own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKED = ("**/services*.py", "**/services/*.py", "**/queries*.py", "**/queries/*.py", "**/actors.py", "**/links.py", "**/enums.py")
PLATFORM = ("lincassable/*.py", "lincassable/embedded/*.py")
APART = {"settings.py"}  # read by the plugin itself


def modules() -> list[str]:
    """Return the files to check, relative to the root."""
    found = set()
    for top in ("lincassable", "stores", "collections", "awareness"):
        for pattern in CHECKED:
            found |= set((ROOT / top).glob(pattern))
    for pattern in PLATFORM:
        found |= set(ROOT.glob(pattern))
    return sorted(str(path.relative_to(ROOT)) for path in found if path.name not in APART and not {"tests", "admin"} & set(path.parts))


if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, "-m", "mypy", *modules()], cwd=ROOT).returncode)
