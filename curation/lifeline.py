"""Die with the parent: a killed supervisor or runner leaves no process behind (Linux; elsewhere it does nothing)."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with(parent: int) -> None:
    """Have the kernel kill this process the moment `parent` (a process id) is gone, also when it is gone already.

    The kernel watches the *thread* that started this process: start children from the main thread.
    """
    if _libc is None:
        return
    _libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def tied() -> Callable[[], None]:
    """Return a `preexec_fn` for `subprocess.Popen` that ties the child to the process calling this."""
    parent = os.getpid()
    return lambda: die_with(parent)
