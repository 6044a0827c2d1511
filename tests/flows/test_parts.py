"""The supervisor's pieces with small processes: restarts, logs, locks, ports, and nothing left by a kill."""

import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from curation import parts
from curation.config import Config
from curation.errors import ConfigError, StoreBusy, TryAgain
from curation.parts import Part
from curation.up import _only_one, check_ports, up
from flows import rest
from tests.flows.started import new_home
from tests.patience import eventually


class Stage:
    """Parts to be looked after, and what was said about them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, []
        self.selector = selectors.DefaultSelector()
        self.parts: list[Part] = []

    def start(self, code: str, **more: bool) -> Part:
        command = [sys.executable, "-c", code]
        part = Part(
            "part",
            "the part",
            command,
            self.folder / "logs",
            os.environ,
            self.folder,
            self.selector,
            self.said.append,
            **more,
        )
        self.parts.append(part)
        part.start()
        return part

    def turn(self) -> None:
        """Do one turn of the supervisor's loop."""
        for key, _ in self.selector.select(0.05):
            key.data()
        for part in self.parts:
            part.look_after(restart=True)

    def until(self, text: str) -> None:
        """Turn until something with `text` was said."""
        eventually(lambda: (self.turn(), any(text in line for line in self.said))[1], 0)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    for part in stage.parts:
        part.kill()
    stage.selector.close()


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_part_that_dies_is_started_again(stage: Stage) -> None:
    part = stage.start("print('no luck'); exit(3)")
    stage.until("The part ended with code 3; starting it again in 1 s. Its last words: no luck")
    stage.until("starting it again in 2 s")
    assert part.quick == 2


def test_after_five_quick_failures_it_is_left_alone(stage: Stage) -> None:
    part = stage.start("exit(3)")
    part.quick = parts.TRIES - 1
    stage.until("5 times in a row, and is left alone; the rest keeps running.")
    assert part.due is None and not part.running


def test_a_part_that_lived_long_starts_counting_anew(stage: Stage) -> None:
    part = stage.start("exit(3)")
    part.quick, part.began = parts.TRIES - 1, time.monotonic() - parts.QUICK - 1
    stage.until("starting it again in 1 s")
    assert part.due is not None


def test_a_part_that_was_killed_is_said_to_be(stage: Stage) -> None:
    part = stage.start("import time; time.sleep(60)")
    assert part.process
    part.process.kill()
    stage.until("The part was ended by SIGKILL; starting it again in 1 s.")


def test_what_runs_once_may_end_well(stage: Stage) -> None:
    part = stage.start("print('done')", once=True)
    eventually(lambda: (stage.turn(), not part.running)[1], every=0)
    assert stage.said == []
    assert part.file.read_text() == "done\n"


def test_errors_are_shown_shortened_and_cannot_steer_the_terminal(stage: Stage) -> None:
    stage.start(
        r"print('all well'); print('12:00 | ERROR | \x1b[2J\x07 evil ' + 'x' * 1000); import time; time.sleep(60)"
    )
    stage.until("evil")
    assert len(stage.said) == 1
    assert stage.said[0].startswith("the part: 12:00 | ERROR |") and stage.said[0].isprintable()
    assert len(stage.said[0]) < 320


def test_a_flood_of_errors_stays_in_the_log(stage: Stage) -> None:
    part = stage.start("for n in range(50): print('ERROR', n)\nimport time; time.sleep(60)")
    eventually(lambda: (stage.turn(), "ERROR 49" in part.file.read_text())[1], every=0)
    assert len(stage.said) == parts.SHOWN


def test_a_quiet_part_keeps_its_errors_in_its_log(stage: Stage) -> None:
    part = stage.start("print('ERROR again'); import time; time.sleep(60)", quiet=True)
    eventually(lambda: (stage.turn(), "ERROR again" in part.file.read_text())[1], every=0)
    assert stage.said == []


def test_logs_do_not_grow_for_ever(stage: Stage) -> None:
    part = stage.start("for n in range(120_000): print('x' * 99)")
    eventually(lambda: (stage.turn(), part.file.with_name("part.log.2").exists())[1], every=0)
    assert all(file.stat().st_size <= parts.LOG_BYTES for file in part.file.parent.iterdir())


CHILD = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); "


def test_killing_a_part_kills_what_it_started(stage: Stage) -> None:
    part = stage.start(
        CHILD + "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    )
    child = int(eventually(lambda: (stage.turn(), part.last)[1], every=0))
    part.terminate()
    part.kill()
    eventually(lambda: gone(child))
    assert stage.said == []


def test_a_part_that_dies_leaves_no_child(stage: Stage) -> None:
    stage.start(CHILD + "exit(1)")
    stage.until("starting it again in 1 s. Its last words: ")
    child = int(stage.said[0].rpartition(" ")[2])
    assert eventually(lambda: gone(child))


def test_a_killed_supervisor_takes_its_children_along() -> None:
    code = """
import subprocess, sys, time
from curation.lifeline import tied
print(subprocess.Popen(["sleep", "60"], preexec_fn=tied()).pid, flush=True)
time.sleep(60)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout
    child = int(supervisor.stdout.readline())
    assert psutil.pid_exists(child)
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.communicate()
    eventually(lambda: gone(child))


def test_a_child_born_too_late_ends_at_once() -> None:
    code = "import os; from curation.lifeline import die_with; die_with(1 if os.getppid() != 1 else 2); print('alive')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")


def test_a_second_start_on_the_same_home_is_refused(config: Config) -> None:
    with _only_one(config), pytest.raises(StoreBusy, match=f"process {os.getpid()}") as refused:
        up(config)
    assert f"http://127.0.0.1:{config.app.port}" in str(refused.value)
    with _only_one(config):
        pass


def test_a_taken_port_names_its_holder_and_the_key(tmp_path: Path) -> None:
    config = new_home(tmp_path / "home")
    check_ports(config)
    with (
        socket.create_server(("127.0.0.1", config.app.port)),
        socket.create_server(("127.0.0.1", config.flows.prefect_port)),
        pytest.raises(ConfigError) as refused,
    ):
        up(config)
    app, prefect = str(refused.value).splitlines()
    assert app.startswith(f"Port {config.app.port} is not free (process {os.getpid()}: ")
    assert app.endswith(f"set port under [app] in {config.file}.")
    assert prefect.endswith(f"set prefect_port under [flows] in {config.file}.")


def test_one_port_given_twice_is_refused(tmp_path: Path) -> None:
    config = new_home(tmp_path / "home")
    same = config.model_copy(
        update={"flows": config.flows.model_copy(update={"prefect_port": config.app.port})}
    )
    with pytest.raises(ConfigError, match="given twice"):
        check_ports(same)


def test_logs_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    config = new_home(tmp_path / "home")
    (config.home / "logs").write_text("a file where the folder should be")
    with pytest.raises(ConfigError, match=r"Cannot write in .*logs"):
        up(config)


def test_a_prefect_that_is_busy_is_not_said_to_be_gone(tmp_path: Path) -> None:
    config = new_home(tmp_path / "home")
    with socket.create_server(("127.0.0.1", config.flows.prefect_port)) as listening:
        hangs_up = threading.Thread(target=lambda: listening.accept()[0].close())
        hangs_up.start()
        with rest.Prefect(config) as prefect, pytest.raises(TryAgain, match="too busy"):
            prefect.call("GET", "/health")
        hangs_up.join()
    with rest.Prefect(config) as prefect, pytest.raises(TryAgain, match="tribune up"):
        prefect.call("GET", "/health")
