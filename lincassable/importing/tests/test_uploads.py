"""Uploaded files are private, belong to one user and one importer, are imported once, and go."""

import os
import stat
import time
import uuid

import pytest

from lincassable.importing.limits import ADMIN_KEEP_HOURS
from lincassable.importing.report import Mode, Problem, Report
from lincassable.importing.uploads import Upload, root, sweep


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def keep(user=7):
    return Upload.keep(user, b"id;name\n", importer="toys", file="toys.csv", source="test")


def test_a_file_is_readable_by_the_server_alone():
    upload = keep()
    assert stat.S_IMODE(upload.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in upload.folder.iterdir()} == {0o600}


def test_it_belongs_to_one_user_and_one_importer():
    upload = keep()
    assert Upload.of(7, upload.token, "toys") is not None
    assert Upload.of(8, upload.token, "toys") is None
    assert Upload.of(7, upload.token, "movements") is None
    assert Upload.of(7, uuid.uuid4(), "toys") is None


def test_only_one_of_two_requests_gets_it():
    upload = keep()
    assert upload.is_waiting
    assert upload.claim() == b"id;name\n"
    assert upload.claim() is None
    assert not upload.is_waiting
    assert not any(file.read_bytes() == b"id;name\n" for file in upload.folder.iterdir())


def test_the_report_is_kept_as_plain_values():
    upload, report = keep(), Report(Mode.DRY_RUN, lines=1, problems=[Problem(2, "nom", "why")])
    upload.note(report, [["nom", "reason"], ["A", "why"]])
    assert upload.report["problems"] == [{"line": 2, "column": "nom", "reason": "why"}]
    assert upload.refused.read_bytes().startswith(b"\xef\xbb\xbfnom;reason")


def test_old_ones_are_swept_and_young_ones_stay():
    old, young = keep(), keep(8)
    past = time.time() - (ADMIN_KEEP_HOURS + 1) * 3600
    os.utime(old.folder, (past, past))
    assert sweep() == 1
    assert not old.folder.exists()
    assert young.is_waiting
    young.forget()
    assert not young.folder.exists()
    assert root().exists()
