"""The runner: keeps Prefect in step with tribune.toml and starts a process for each run that is due."""

import logging
import os
import shlex
import signal
import sys
import threading
from typing import Any

import anyio
import anyio.abc
from prefect.utilities.callables import parameter_schema
from prefect.workers.process import ProcessWorker

from curation.config import Config
from flows import backfill, child, pull, tag, upkeep
from flows.reconcile import ensure_pool, reconcile, watch
from flows.rest import POOL, Prefect
from flows.tidy import resume_crashed, tidy, wait_healthy

AT_ONCE = 4
"""Flow runs at the same time; each is a process of about 150 MB."""

log = logging.getLogger("flows")


def run(config: Config) -> int:
    """Work until SIGTERM or SIGINT; 1 where Prefect's server does not answer."""
    _log_to_stdout()
    os.environ[child.RUNNER] = str(os.getpid())
    flows = {flow.name: flow for flow in (pull.pull, backfill.backfill, tag.tag, upkeep.upkeep)}
    schemas = {name: parameter_schema(flow).model_dump_for_openapi() for name, flow in flows.items()}
    with Prefect(config) as prefect:
        if not wait_healthy(prefect):
            log.error("Prefect's server does not answer at %s.", prefect.address)
            return 1
        ensure_pool(prefect, job_template(config))
        cleared = [*tidy(prefect, grace=0), *resume_crashed(prefect)]
        for sentence in [*cleared, *reconcile(prefect, config, schemas)]:
            log.info(sentence)
    stop = threading.Event()
    threading.Thread(target=watch, args=(config, schemas, stop), daemon=True).start()
    anyio.run(_work)
    stop.set()
    return 0


def job_template(config: Config) -> dict[str, Any]:
    """Prefect's template for a process, with our command: each run is a child of the runner and dies with it."""
    template = ProcessWorker.get_default_base_job_template()
    command = shlex.join([sys.executable, "-P", "-m", "flows.child"])
    template["job_configuration"] |= {"command": command, "working_dir": str(config.home)}
    return template


async def _work() -> None:
    worker = ProcessWorker(
        work_pool_name=POOL, name="runner", limit=AT_ONCE, prefetch_seconds=2, create_pool_if_not_found=False
    )
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_on_signal, group.cancel_scope)
        await worker.start(printer=log.info)
        group.cancel_scope.cancel()


async def _stop_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            log.info("Stopping")
            scope.cancel()
            return


def _log_to_stdout() -> None:
    """Prefect configures the root logger for itself; ours stands beside it."""
    lines = logging.StreamHandler(sys.stdout)
    lines.setFormatter(logging.Formatter("%(asctime)s | %(levelname)-7s | %(message)s"))
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    log.propagate = False
