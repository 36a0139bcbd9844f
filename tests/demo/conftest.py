"""What do the tests of the demo share? One province, one demo on disk, one running server of providers."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.demo.creation import create_demo
from gateway.demo.providers import ProviderApp, provider_server
from gateway.demo.province import DEFAULT_SEED, Province, make_province


@pytest.fixture(scope="session")
def province() -> Province:
    return make_province(DEFAULT_SEED)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("demo") / "demo"
    create_demo(directory, seed=DEFAULT_SEED)
    return directory


@pytest.fixture(scope="session")
def providers(demo: Path) -> Iterator[str]:
    """The address of the providers' real server, on a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        server = provider_server(ProviderApp(demo, port=port))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join(timeout=30)
