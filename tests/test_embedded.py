"""The embedded servers: they start, share, survive a kill -9 and a deleted folder. Real servers, in folders of their own."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from lincassable.embedded import postgres, valkey
from lincassable.embedded.postgres import EmbeddedPostgres
from lincassable.embedded.secrets import generated_secret
from lincassable.embedded.testruns import TestRun, drop_leftovers
from lincassable.embedded.valkey import EmbeddedValkey

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that the user `nobody` may enter (pytest's own is long and closed)."""
    path = Path(tempfile.mkdtemp(prefix="lc-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def shared_folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="lc-"))
    path.chmod(0o755)
    yield path
    EmbeddedPostgres(path / "pg").stop("immediate")
    EmbeddedValkey(path / "valkey").stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def database(shared_folder: Path) -> EmbeddedPostgres:
    """A durable server that the tests of this file share, and may kill."""
    return EmbeddedPostgres(shared_folder / "pg").start()


@pytest.fixture
def broker(shared_folder: Path) -> EmbeddedValkey:
    return EmbeddedValkey(shared_folder / "valkey").start()


def ask(server: EmbeddedPostgres, question: str, database: str = "app") -> object:
    with psycopg.connect(server.address(database), autocommit=True) as connection:
        cursor = connection.execute(question)
        return cursor.fetchone()[0] if cursor.description else None


def postmaster(server: EmbeddedPostgres) -> psutil.Process:
    return psutil.Process(int((server.data / "postmaster.pid").read_text().split()[0]))


def valkey_process(server: EmbeddedValkey) -> psutil.Process:
    with server.client() as client:
        return psutil.Process(client.info("server")["process_id"])


def kill(process: psutil.Process) -> None:
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process], timeout=10)


def start_in_many_processes(code: str, count: int = 8) -> list[str]:
    """Run `code` in `count` processes at once and return what each printed."""
    processes = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(count)
    ]
    return [process.communicate(timeout=120)[0].strip() for process in processes]


def test_postgres_keeps_its_data_after_a_kill_of_the_server(database: EmbeddedPostgres) -> None:
    ask(database, "CREATE TABLE kept AS SELECT 42 AS answer")
    kill(postmaster(database))
    database.start()
    assert ask(database, "SELECT answer FROM kept") == 42


def test_postgres_starts_after_a_stop_and_a_second_start_changes_nothing(database: EmbeddedPostgres) -> None:
    database.stop()
    first = postmaster(database.start()).pid
    assert postmaster(database.start()).pid == first


def test_postgres_starts_although_its_pid_file_names_a_living_stranger(database: EmbeddedPostgres) -> None:
    said = (database.data / "postmaster.pid").read_text()
    kill(postmaster(database))
    (database.data / "postmaster.pid").write_text(said.replace(said.split("\n", 1)[0], str(os.getpid()), 1))
    database.start()
    assert ask(database, "SELECT 1") == 1


def test_postgres_starts_again_after_its_folder_was_deleted_under_it(database: EmbeddedPostgres) -> None:
    orphan = postmaster(database)
    shutil.rmtree(database.data)
    database.start()
    assert ask(database, "SELECT 1") == 1
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_postgres_starts_although_its_first_creation_was_cut_short(folder: Path) -> None:
    (folder / "pg.new").mkdir()
    (folder / "pg.new" / "PG_VERSION").write_text("18\n")
    server = EmbeddedPostgres(folder / "pg", durable=False).start()
    try:
        assert ask(server, "SELECT 1") == 1
    finally:
        server.stop("immediate")


def test_eight_processes_starting_postgres_at_once_share_one_server(folder: Path) -> None:
    code = (
        "from pathlib import Path; import psycopg; from lincassable.embedded.postgres import EmbeddedPostgres\n"
        f"server = EmbeddedPostgres(Path({str(folder / 'pg')!r}), durable=False).start()\n"
        "print(psycopg.connect(server.address('app')).execute('SELECT pg_postmaster_start_time()').fetchone()[0])"
    )
    try:
        answers = start_in_many_processes(code)
        assert len(set(answers)) == 1, answers
        assert answers[0].startswith("20")
    finally:
        EmbeddedPostgres(folder / "pg").stop("immediate")


@pytest.mark.parametrize("name", ["with spaces and é", "l" * 120, "it's, quoted"])
def test_postgres_and_valkey_accept_any_folder_name(folder: Path, name: str) -> None:
    server = EmbeddedPostgres(folder / name / "pg", durable=False).start()
    broker = EmbeddedValkey(folder / name / "valkey", durable=False).start()
    try:
        assert ask(server, "SELECT upper('été')") == "ÉTÉ"
        assert broker.answers()
    finally:
        server.stop("immediate")
        broker.stop()
        for temporary in (server.socket_folder, broker.socket.parent):
            shutil.rmtree(temporary, ignore_errors=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root meets a folder that the server's account may not enter")
def test_postgres_works_for_root_in_a_closed_folder_and_opens_no_folder(folder: Path) -> None:
    folder.chmod(0o700)
    server = EmbeddedPostgres(folder / "deep" / "pg", durable=False).start()
    try:
        assert ask(server, "SELECT 1") == 1
        server.stop()
        assert ask(server.start(), "SELECT 1") == 1
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert postmaster(server).uids().real != 0
    finally:
        server.stop("immediate")


def test_postgres_has_the_extensions_that_migrations_may_require(database: EmbeddedPostgres) -> None:
    for extension in ("pg_trgm", "unaccent", "btree_gist"):
        ask(database, f"CREATE EXTENSION {extension}")
    assert ask(database, "SELECT unaccent('Œuvre à côté')") == "OEuvre a cote"


def test_no_other_user_may_enter_the_data_folder(database: EmbeddedPostgres) -> None:
    assert stat.S_IMODE(database.data.stat().st_mode) == 0o700
    assert ask(database, "SHOW listen_addresses") == ""


def test_valkey_keeps_the_queue_after_a_kill_of_the_server(broker: EmbeddedValkey) -> None:
    with broker.client() as client:
        client.lpush("queue", "a message")
        client.execute_command("WAITAOF", 1, 0, 5000)  # the file is written every second; wait for that, not for time
    kill(valkey_process(broker))
    broker.start()
    with broker.client() as client:
        assert client.lrange("queue", 0, -1) == [b"a message"]


def test_valkey_starts_after_a_stop_and_a_second_start_changes_nothing(broker: EmbeddedValkey) -> None:
    broker.stop()
    assert not broker.answers()
    first = valkey_process(broker.start()).pid
    assert valkey_process(broker.start()).pid == first


def test_valkey_starts_again_after_its_folder_was_deleted_under_it(broker: EmbeddedValkey) -> None:
    orphan = valkey_process(broker)
    shutil.rmtree(broker.folder)
    broker.start()
    assert broker.answers()
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE


def test_eight_processes_starting_valkey_at_once_share_one_server(folder: Path) -> None:
    code = (
        "from pathlib import Path; from lincassable.embedded.valkey import EmbeddedValkey\n"
        f"server = EmbeddedValkey(Path({str(folder / 'valkey')!r})).start()\n"
        "print(server.client().info('server')['run_id'])"
    )
    try:
        answers = start_in_many_processes(code)
        assert len(set(answers)) == 1, answers
        assert len(answers[0]) == 40
    finally:
        EmbeddedValkey(folder / "valkey").stop()


def test_valkey_gives_up_cache_keys_under_pressure_and_never_the_queue(broker: EmbeddedValkey) -> None:
    with broker.client() as client:
        client.config_set("maxmemory", "4mb")
        client.lpush("queue", "a message")
        for number in range(400):
            client.set(f"cached-{number}", "x" * 20_000, ex=3600)
        assert client.llen("queue") == 1
        assert client.info("stats")["evicted_keys"] > 0


def test_test_processes_get_databases_of_their_own(folder: Path) -> None:
    code = (
        "from pathlib import Path; from lincassable.embedded.valkey import embedded_urls\n"
        f"print(*embedded_urls(Path({str(folder)!r}), testing=True))\n"
        "import sys; sys.stdout.flush(); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **pipes) for _ in range(3)]
    try:
        urls = [url for process in processes for url in process.stdout.readline().split()]
        assert len(urls) == len(set(urls)) == 6
    finally:
        for process in processes:
            process.communicate("\n", timeout=30)
        EmbeddedValkey(folder / "test-valkey").stop()


def test_leftover_test_databases_are_dropped_only_when_no_run_lasts(folder: Path, database: EmbeddedPostgres) -> None:
    ask(database, "CREATE DATABASE test_left_by_a_killed_run")
    run = TestRun(folder)
    with run.if_nobody_else() as alone:
        assert alone
        assert drop_leftovers(database.address("postgres")) == ["test_left_by_a_killed_run"]
    run.join()
    with TestRun(folder).if_nobody_else() as alone:
        assert not alone


def test_stopping_a_server_that_does_not_run_does_nothing(folder: Path) -> None:
    EmbeddedPostgres(folder / "pg").stop()
    EmbeddedValkey(folder / "valkey").stop()
    assert not (folder / "pg").exists()


def test_a_machine_without_the_wheel_is_told_to_name_its_own_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(postgres.EmbeddedServerError, match="DATABASE_URL"):
        postgres.binaries()


def test_a_broken_valkey_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EmbeddedValkey, "_command", lambda self: ["/bin/sh", "-c", "echo no memory left >&2; exit 1"])
    monkeypatch.setattr(valkey, "START_LIMIT", 0.5)
    with pytest.raises(postgres.EmbeddedServerError, match="no memory left"):
        EmbeddedValkey(folder / "valkey").start()


def test_a_generated_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"
    first = generated_secret(path)
    assert generated_secret(path) == first
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]


def test_processes_that_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from lincassable.embedded.secrets import generated_secret\n"
        f"print(generated_secret(Path({str(tmp_path / 'secret')!r})))"
    )
    answers = start_in_many_processes(code)
    assert len(set(answers)) == 1, answers
