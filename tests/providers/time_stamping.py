"""What does a time-stamping authority do? A real one of OpenSSL, behind a real HTTP server."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[ tsa ]
default_tsa = here
[ here ]
serial = {directory}/serial
signer_cert = {directory}/tsa.pem
signer_key = {directory}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = yes
tsa_name = no
ess_cert_id_chain = no
[ v3_ca ]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[ v3_tsa ]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
authorityKeyIdentifier = keyid
"""


@dataclass
class Authority:
    """The authority: where it is asked, and its root's certificate. `spoil` changes an answer before it leaves."""

    directory: Path
    url: str = ""
    asked: int = 0
    status: int = 200
    spoil: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The certificate that everything of it leads to."""
        return self.directory / "ca.pem"

    def answer(self, query: bytes) -> bytes:
        """Return what OpenSSL answers."""
        self.asked += 1
        (self.directory / "query").write_bytes(query)
        openssl("ts", "-reply", "-config", self.directory / "tsa.cnf", "-section", "here",
                "-queryfile", self.directory / "query", "-out", self.directory / "reply")  # fmt: skip
        reply = (self.directory / "reply").read_bytes()
        for old, new in self.spoil.items():
            reply = reply.replace(old, new)
        return reply


@contextmanager
def authority(directory: Path) -> Iterator[Authority]:
    """Run an authority with keys of its own."""
    assert shutil.which("openssl"), "The tests of timestamps need OpenSSL's command: sudo apt-get install openssl"
    directory.mkdir()
    config = directory / "tsa.cnf"
    config.write_text(_CONFIG.format(directory=directory))
    (directory / "serial").write_text("01")
    make = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-config", "/dev/null")
    openssl(*make, "-subj", "/CN=Goc", "-keyout", directory / "ca.key", "-out", directory / "ca.pem",
            "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-config", "/dev/null", "-subj", "/CN=Dau thoi gian",
            "-keyout", directory / "tsa.key", "-out", directory / "tsa.csr")  # fmt: skip
    openssl("x509", "-req", "-in", directory / "tsa.csr", "-CA", directory / "ca.pem", "-CAkey", directory / "ca.key",
            "-CAcreateserial", "-days", "30", "-extfile", config, "-extensions", "v3_tsa",
            "-out", directory / "tsa.pem")  # fmt: skip
    running = Authority(directory)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == "application/timestamp-query"
            reply = running.answer(query)
            self.send_response(running.status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.url = f"http://127.0.0.1:{server.server_port}/tsa"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield running
    server.shutdown()
    server.server_close()


def openssl(*told: object) -> str:
    """Run OpenSSL; return what it says. Raises AssertionError when it fails."""
    done = subprocess.run(["openssl", *map(str, told)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
