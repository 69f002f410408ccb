"""Where the settings come from: the environment, `.env`, and what `./run` left; read before every other part."""

import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# The apps of `collections/` are imported by their own names (`crates`, `pickups`). The folder is deliberately not a
# package: with an `__init__.py`, it would hide Python's own `collections`. It goes last, so it can hide nothing.
if str(BASE_DIR / "collections") not in sys.path:
    sys.path.append(str(BASE_DIR / "collections"))

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
# `./run` and `./test` leave LOCAL=1 and the address there, so that `manage.py` commands agree with the running site.
# A server that has its own SECRET_KEY never reads it.
# The tests neither: they must not depend on the port of the last `./run`.
TESTING = "pytest" in sys.modules
if "SECRET_KEY" not in os.environ and not TESTING and (VAR_DIR / "local.env").exists():
    env.read_env(VAR_DIR / "local.env")
DEBUG = env.bool("DEBUG", default=False)
# True on a developer's machine: embedded servers, secrets generated under var/, plain HTTP. Never in production.
LOCAL = env.bool("LOCAL", default=TESTING)
SITE_NAME = env("SITE_NAME", default="Lincassable")


def secret(name: str) -> str:
    """Return the secret called `name` from the environment, or, on a local machine, one generated under `var/`.

    Raises ImproperlyConfigured in production when it is not set.
    """
    value = env(name, default="")
    if value:
        return value
    if not LOCAL:
        raise ImproperlyConfigured(f"Set {name} to a long random value (see docs/operator.md), or LOCAL=1 on your own machine.")
    from lincassable.embedded.secrets import generated_secret

    return generated_secret(VAR_DIR / name.lower().replace("_", "-"))
