"""Runs Lighthouse on the public pages: `.venv/bin/python docs/lighthouse/run.py [--runs 5] [--pages map,place,bottle,event]`.

Starts the site by itself as in production (DEBUG off, gunicorn, compressed files with hashed names) on localhost with an own demo
network, measures each page as a phone (Lighthouse's mobile default), takes the median of the runs, and writes report.md and
report.json here. Ends with code 1 when a target is missed. Needs node ≥ 18 with npm, and Debian's chromium (or CHROMIUM=path);
Lighthouse itself is installed with npm below var/lighthouse/ the first time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = Path(os.environ.get("LIGHTHOUSE_DIR") or ROOT / "var" / "lighthouse")
VERSION = "12.8.2"  # the last that runs on node 18 and 20
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
MEASURES = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift", "speed-index"]
NAMES = {"map": "the map", "place": "a store page", "bottle": "the bottle question", "event": "an event page"}
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage --disable-background-networking --no-first-run"


def environment(port: int) -> dict[str, str]:
    """Return the settings of a production site on localhost: all defaults, without the certificate that localhost has not."""
    own = {
        "VAR_DIR": str(WORK / "site"),
        "SITE_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "LINK_SECRET": secrets.token_urlsafe(48),
        "HTTPS": "0",
        "DEBUG": "0",
        "LOG_LEVEL": "WARNING",
    }
    return {key: value for key, value in os.environ.items() if key not in ("LOCAL", "DATABASE_URL", "REDIS_URL")} | own


def fetched(address: str) -> str:
    """Return a page's text."""
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310  our own localhost
        return str(answer.read().decode())


@contextmanager
def site(port: int) -> Iterator[str]:
    """Start the site with a demo network of its own; give its address; stop it at the end."""
    env, python = environment(port), str(ROOT / ".venv" / "bin" / "python")
    WORK.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(WORK / "site", ignore_errors=True)
    # One process keeps the embedded servers up for the whole run, so that seeding and serving share them.
    gunicorn = [python, "-m", "gunicorn", "lincassable.wsgi", "-b", f"127.0.0.1:{port}", "-w", "2", "--threads", "4", "--no-control-socket"]
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["seed_demo"]):
        subprocess.run([python, "manage.py", *command], cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen(gunicorn, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _try in range(120):
            try:
                fetched(f"http://localhost:{port}/healthz")
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(30)


def program() -> list[str]:
    """Return the command of Lighthouse, installed below var/ when missing."""
    script = WORK / "node" / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not script.exists():
        (WORK / "node").mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", f"lighthouse@{VERSION}", "--no-save", "--no-audit", "--no-fund", "--prefix", str(WORK / "node")]
        subprocess.run(install, check=True, env={**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}, stdout=subprocess.DEVNULL)
    return ["node", str(script)]


def addresses(base: str, wanted: list[str]) -> dict[str, str]:
    """Return the pages to measure, by short name; the place and the event are the first ones of their lists with something to tell."""
    found = {"map": f"{base}/carte/", "bottle": f"{base}/bouteille/"}
    place = re.search(r'"place-name" href="(/carte/[^"]+)"', fetched(f"{base}/carte/?boisson=beer"))
    event = re.search(r'href="(/evenements/[a-z0-9-]+-[0-9a-f]{12}/)"', fetched(f"{base}/evenements/"))
    found |= {name: base + match.group(1) for name, match in (("place", place), ("event", event)) if match}
    missing = [name for name in wanted if name not in found]
    if missing:
        raise SystemExit(f"No page to measure for: {', '.join(missing)}.")
    return {name: found[name] for name in wanted}


def measured(command: list[str], address: str) -> dict:
    """Return what Lighthouse says of a page, one run."""
    chrome = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    options = [address, "--quiet", "--output=json", "--output-path=stdout", f"--chrome-flags={FLAGS}"]
    options.append(f"--only-categories={','.join(TARGETS)}")
    answer = subprocess.run([*command, *options], check=True, capture_output=True, env={**os.environ, "CHROME_PATH": chrome}, timeout=300)
    return json.loads(answer.stdout)


def summed_up(runs: list[dict]) -> dict:
    """Return the median scores and measures of some runs, and which audits failed in any of them."""
    scores = {each: statistics.median(round(100 * (run["categories"][each]["score"] or 0)) for run in runs) for each in TARGETS}
    measures = {each: round(statistics.median(run["audits"][each]["numericValue"] for run in runs), 3) for each in MEASURES}
    weights = {ref["id"] for run in runs for each in TARGETS for ref in run["categories"][each]["auditRefs"] if ref["weight"]}
    failed = {name for run in runs for name, audit in run["audits"].items() if name in weights and (audit["score"] or 0) < 0.9}
    failed -= {name for name in failed if all(run["audits"][name]["score"] is None for run in runs)}
    performances = [round(100 * run["categories"]["performance"]["score"]) for run in runs]
    return {"scores": scores, "measures": measures, "performance of each run": performances, "below 90 in a run": sorted(failed)}


def written(results: dict[str, dict], runs: int, user_agent: str) -> str:
    """Return the report as Markdown."""
    lines = [
        "# Lighthouse",
        "",
        f"Mobile, simulated throttling, medians of {runs} runs on {dt.datetime.now(dt.UTC):%d %B %Y}; Lighthouse {VERSION}, {user_agent}.",
        "Production settings on localhost: DEBUG off, gunicorn, compressed files with hashed names; a demo network of 130 places.",
        "Made by `.venv/bin/python docs/lighthouse/run.py`; all figures are in report.json.",
        "On a phone the map itself is drawn when its button is touched: the page measured is the list with that button.",
        "",
        "| page | performance | accessibility | best practices | SEO | LCP s | TBT ms | CLS |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, result in results.items():
        scores = " | ".join(f"{result['scores'][each]:.0f}" for each in TARGETS)
        values = result["measures"]
        paint, blocked, shift = (values[each] for each in ("largest-contentful-paint", "total-blocking-time", "cumulative-layout-shift"))
        rest = f"{paint / 1000:.1f} | {blocked:.0f} | {shift:.3f}"
        lines.append(f"| {NAMES[name]} | {scores} | {rest} |")
    return "\n".join([*lines, "", "Targets: performance 95, the others 100.", ""])


def main() -> int:
    """Measure; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--port", type=int, default=8190)
    parser.add_argument("--pages", default=",".join(NAMES))
    parser.add_argument("--keep", metavar="FOLDER", help="where to leave the whole reports, one file a run")
    chosen = parser.parse_args()
    results: dict[str, dict] = {}
    user_agent = ""
    with site(chosen.port) as base:
        command = program()
        for name, address in addresses(base, chosen.pages.split(",")).items():
            runs = [measured(command, address) for _run in range(chosen.runs)]
            user_agent = re.search(r"Chrome/\d+", runs[0]["environment"]["hostUserAgent"]).group().replace("/", " ")  # type: ignore[union-attr]
            results[name] = summed_up(runs)
            sys.stdout.write(f"{name} {results[name]}\n")
            sys.stdout.flush()
            if chosen.keep:
                for number, run in enumerate(runs):
                    (Path(chosen.keep) / f"{name}-{number}.json").write_text(json.dumps(run))
    (HERE / "report.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    (HERE / "report.md").write_text(written(results, chosen.runs, user_agent))
    return int(any(result["scores"][each] < target for result in results.values() for each, target in TARGETS.items()))


if __name__ == "__main__":
    sys.exit(main())
