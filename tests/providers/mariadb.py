"""How does a test get a MariaDB of our own? Its directory's conftest imports the fixtures."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncmy
import pytest
import servers

HOW_TO_GET_IT = "mariadbd is missing; get it with: apt-get install mariadb-server"


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
    if found is None:
        pytest.fail(HOW_TO_GET_IT)
    return found


def _owner() -> dict[str, int | list[int]]:
    """It runs as nobody when we are root: it refuses root."""
    if os.geteuid() != 0:
        return {}
    return {"user": servers.NOBODY, "group": servers.NOBODY, "extra_groups": []}


def _run(statements: Sequence[str], port: int) -> None:
    async def carry_out() -> None:
        connection = await asyncmy.connect(host="127.0.0.1", port=port, user="lt", password="mat-khau", autocommit=True)
        for statement in statements:
            await connection.query(statement)
        await connection.ensure_closed()

    with ThreadPoolExecutor(max_workers=1) as executor:  # where no loop of a test is near
        executor.submit(lambda: asyncio.run(carry_out())).result()


@pytest.fixture(scope="session")
def mariadb_port() -> Iterator[int]:
    """A MariaDB of the session on a free port, with a user `lt` who may do everything."""
    directory = Path(tempfile.mkdtemp(prefix="lienthong-mariadb-"))
    directory.chmod(0o755)
    data, port = directory / "data", servers.free_port()
    data.mkdir()
    if os.geteuid() == 0:
        os.chown(data, servers.NOBODY, servers.NOBODY)
    install = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={data}", "--skip-test-db"]
    # Without native AIO: its requests are counted over the whole machine, and run out beside other servers.
    made = subprocess.run(
        [*install, "--auth-root-authentication-method=normal", "--innodb-use-native-aio=0"],
        check=False,
        capture_output=True,
        cwd=directory,
        **_owner(),
    )
    if made.returncode != 0:
        pytest.fail(f"mariadb-install-db: {made.stdout.decode()[-1500:]} {made.stderr.decode()[-1500:]}")
    (data / "user.sql").write_text(
        "CREATE USER lt@'127.0.0.1' IDENTIFIED BY 'mat-khau';\nGRANT ALL ON *.* TO lt@'127.0.0.1';\n"
    )
    log = directory / "mariadb.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                _program("mariadbd"),
                "--no-defaults",
                f"--datadir={data}",
                f"--port={port}",
                "--bind-address=127.0.0.1",
                f"--socket={data}/s",
                f"--tmpdir={data}",  # in a shared one the names of two servers' tables can be the same
                f"--pid-file={data}/pid",
                f"--init-file={data}/user.sql",
                "--skip-name-resolve",
                "--innodb-use-native-aio=0",
                "--innodb-flush-log-at-trx-commit=0",
            ],
            stdout=output,
            stderr=output,
            preexec_fn=servers.die_with_parent(signal.SIGKILL),
            **_owner(),
        )
    try:
        servers.wait_until(lambda: servers.accepts(port), process=process, log=log)
        yield port
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(directory, ignore_errors=True)


def new_mariadb(port: int) -> str:
    """Return the address of a new, empty MariaDB database; the password of its user is `mat-khau`."""
    name = f"lienthong_{uuid.uuid4().hex}"
    _run([f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"], port)
    return f"mysql://lt@127.0.0.1:{port}/{name}"


@pytest.fixture
def mariadb_url(mariadb_port: int) -> Iterator[str]:
    """A new, empty MariaDB database; the password of its user is `mat-khau`."""
    url = new_mariadb(mariadb_port)
    yield url
    _run([f"DROP DATABASE {url.rpartition('/')[2]}"], mariadb_port)
