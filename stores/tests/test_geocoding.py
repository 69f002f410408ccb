"""Finding a position: asked of a real HTTP server of our own, that answers as the address base does, or badly."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import ValidationError

from stores.geocoding import geocoder

FOUND = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [5.3698, 43.2965]},
            "properties": {"label": "12 Rue des Consignes 13001 Marseille", "score": 0.93},
        }
    ],
}


@pytest.fixture
def service(settings):
    """The address service: `answer` is what it says, `asked` what it was asked."""
    state = {"status": 200, "body": json.dumps(FOUND), "asked": [], "wait": threading.Event(), "slow": False}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            """Answer as told."""
            state["asked"].append(self.path)
            if state["slow"]:
                state["wait"].wait(10)
            body = state["body"].encode()
            self.send_response(state["status"])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.GEOCODER = {"service": "ban", "url": f"http://127.0.0.1:{server.server_port}", "timeout": 0.5}
    yield state
    state["wait"].set()
    server.shutdown()
    server.server_close()


def test_it_is_off_unless_the_settings_name_a_service(settings):
    assert settings.GEOCODER["service"] == ""
    assert geocoder() is None


def test_an_address_is_found_at_the_present_home_of_the_address_base(service):
    found = geocoder().find("12 rue des Consignes, 13001 Marseille")
    assert (found.latitude, found.longitude, found.score) == (43.2965, 5.3698, 0.93)
    assert found.label == "12 Rue des Consignes 13001 Marseille"
    asked = urlsplit(service["asked"][0])
    assert asked.path.rstrip("/") == "/geocodage/search"
    assert parse_qs(asked.query)["q"] == ["12 rue des Consignes, 13001 Marseille"]


def test_an_address_that_nobody_knows_is_no_error(service):
    service["body"] = json.dumps({"type": "FeatureCollection", "features": []})
    assert geocoder().find("nulle part") is None


@pytest.mark.parametrize(("status", "body"), [(500, "{}"), (429, "{}"), (200, "<html>"), (200, '{"features": [{}]}')])
def test_a_service_that_answers_badly_is_told_as_a_sentence(service, status, body):
    service["status"], service["body"] = status, body
    with pytest.raises(ValidationError):
        geocoder().find("12 rue des Consignes")


def test_a_slow_service_is_given_up(service):
    service["slow"] = True
    with pytest.raises(ValidationError):
        geocoder().find("12 rue des Consignes")


def test_a_service_that_is_away_is_told_as_a_sentence(service, settings):
    settings.GEOCODER = {**settings.GEOCODER, "url": "http://127.0.0.1:9"}
    with pytest.raises(ValidationError):
        geocoder().find("12 rue des Consignes")
