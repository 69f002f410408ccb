"""Middleware of the whole project: request log, content policy of the admin, browser permissions."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from lincassable.logs import redact, work

logger = logging.getLogger("lincassable.request")
GetResponse = Callable[[HttpRequest], HttpResponse]

QUIET_PATHS = ("/healthz", "/readyz", "/static/")


class RequestLogMiddleware:
    """Gives each request an id, and logs it with its status and duration; tokens of access links never show.

    The outermost middleware: it sees what every other one answers. No address of a person's machine is kept.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, write its line, add `X-Request-ID`."""
        request_id = uuid.uuid4().hex[:12]
        mark = work.set({"request": request_id})
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            self._log(request, response.status_code, started)
        finally:
            work.reset(mark)
        response["X-Request-ID"] = request_id
        return response

    def _log(self, request: HttpRequest, status: int, started: float) -> None:
        level = logging.DEBUG if status < 400 and request.path.startswith(QUIET_PATHS) else logging.INFO
        if not logger.isEnabledFor(level):
            return
        path = redact(request.path)
        fields = {"method": request.method, "path": path, "status": status, "milliseconds": round((time.perf_counter() - started) * 1000)}
        actor = getattr(request, "actor", None)
        if actor is not None:
            fields |= {"actor_kind": actor.kind, "actor_id": actor.id}
        text = "{method} {path} {status} in {milliseconds} ms".format_map(fields)
        logger.log(level, "%s", text, extra={"fields": fields})


def admin_csp(get_response: GetResponse) -> GetResponse:
    """Relax the content security policy under /admin/ alone: django-unfold needs inline scripts and `unsafe-eval`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.path.startswith("/admin/"):
            response._csp_replace = settings.ADMIN_CSP  # type: ignore[attr-defined]
        return response

    return middleware


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Let our own pages use the camera and the position, and nobody else anything."""
    policy = "camera=(self), geolocation=(self), microphone=(), payment=(), usb=(), browsing-topics=()"

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", policy)
        return response

    return middleware
