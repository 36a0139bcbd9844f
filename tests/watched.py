"""Has anybody opened a file, or called a port, that a hostile document names?

Asked of the kernel and of a listening socket, not of the interpreter: what libxml2 opens no audit hook hears.
"""

import ctypes
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_IN_OPEN, _IN_NONBLOCK = 0x20, 0o4000  # inotify(7)


@dataclass(frozen=True, slots=True)
class Bait:
    """A file that holds a secret and a port of this machine; `taken` says what was touched of both."""

    file: Path
    listener: socket.socket
    inotify: int

    @property
    def address(self) -> str:
        """The port's address."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/x"

    def taken(self) -> list[str]:
        """Return which of both were touched since the last time, by any process."""
        return [*(["file"] if self._opened() else []), *(["port"] if self._called() else [])]

    def _opened(self) -> bool:
        try:
            return len(os.read(self.inotify, 4096)) >= struct.calcsize("iIII")
        except BlockingIOError:
            return False

    def _called(self) -> bool:
        try:
            self.listener.accept()[0].close()
        except BlockingIOError:
            return False
        return True


@contextmanager
def laid_out(directory: Path) -> Iterator[Bait]:
    """Yield a bait in `directory`."""
    file = directory / "mật khẩu.xml"
    file.write_text("<bi-mat/>", encoding="utf-8")
    libc = ctypes.CDLL(None, use_errno=True)
    inotify = libc.inotify_init1(_IN_NONBLOCK)
    assert inotify >= 0
    assert libc.inotify_add_watch(inotify, os.fsencode(file), _IN_OPEN) >= 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Bait(file, listener, inotify)
    os.close(inotify)
