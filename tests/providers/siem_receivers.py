"""How does a test get a real SIEM's receiver? rsyslog and syslog-ng of Debian, over TLS, each on a free port."""

import datetime
import ipaddress
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from servers import accepts, die_with_parent, free_port

PLACE = Path(__file__).parent.parent.parent / ".venv" / "siem"
HOW_TO_GET_IT = "rsyslog and syslog-ng are missing; get them with: sudo make test-siem (on Debian)"
LIBRARIES = ("usr/lib/syslog-ng", "usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu")
PATIENCE_SECONDS = 30.0

RSYSLOG = """
global(workDirectory="{directory}" defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{ca}"
  defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}" maxMessageSize="64k")
module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
module(load="mmpstrucdata")
template(name="event" type="string" string="%$!%\n")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="keep")
ruleset(name="keep") {{ action(type="mmpstrucdata") set $!pri = $pri; set $!kind = $msgid; set $!host = $hostname;
  set $!text = $msg;
  action(type="omfile" file="{events}" template="event") }}
"""
SYSLOG_NG = """@version: 3.38
options {{ keep-hostname(yes); time-reopen(1); log-msg-size(65536); stats-freq(0); use-dns(no); }};
source s {{ {source}(ip("127.0.0.1") port({port}) transport("tls") {flags}
  tls(key-file("{key}") cert-file("{certificate}") ca-file("{ca}") peer-verify(required-trusted))); }};
destination d {{ file("{events}" template("{template}\\n")); }};
log {{ source(s); destination(d); }};
"""
FIELDS = '$(format-json pri=int($PRI) kind=$MSGID host=$HOST at=$ISODATE text=$MSG --subkeys ".SDATA.lienthong@32473.")'


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and the files of a server's and a client's certificate by it."""

    directory: Path
    ca: Path = field(init=False)

    def __post_init__(self) -> None:
        self.directory.mkdir(exist_ok=True)
        key = ec.generate_private_key(ec.SECP256R1())
        object.__setattr__(self, "ca", self.directory / "ca.pem")
        self.ca.write_bytes(_certificate(key, key, "ca", is_ca=True).public_bytes(serialization.Encoding.PEM))
        for name in ("server", "client"):
            own = ec.generate_private_key(ec.SECP256R1())
            made = _certificate(key, own, name, is_ca=False)
            self.certificate(name).write_bytes(made.public_bytes(serialization.Encoding.PEM))
            form = serialization.PrivateFormat.PKCS8
            pem = own.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
            self.key(name).write_bytes(pem)

    def certificate(self, name: str) -> Path:
        return self.directory / f"{name}.pem"

    def key(self, name: str) -> Path:
        return self.directory / f"{name}.key"

    def context(self) -> ssl.SSLContext:
        """What a client connects with."""
        made = ssl.create_default_context(cafile=str(self.ca))
        made.load_cert_chain(self.certificate("client"), self.key("client"))
        return made


@dataclass
class Receiver:
    """A running receiver, and what it has kept."""

    port: int
    events: Path
    process: "subprocess.Popen[bytes]"

    def kept(self, count: int) -> list[dict[str, object]]:
        """Return the events when at least so many are there, as the receiver has read them."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < ends:
            lines = self.events.read_text(encoding="utf-8").splitlines() if self.events.exists() else []
            if len(lines) >= count:
                return [json.loads(line) for line in lines]
            time.sleep(0.02)
        pytest.fail(f"the receiver has kept {len(lines)} events of {count}")


@contextmanager
def rsyslog(directory: Path, authority: Authority, *, port: int = 0) -> Iterator[Receiver]:
    """A running rsyslog, which reads structured data back."""
    told = _paths(directory, authority, port)
    (directory / "rsyslog.conf").write_text(RSYSLOG.format(**told))
    modules = next(iter(PLACE.glob("usr/lib/*/rsyslog")), PLACE)
    command = [_program("rsyslogd"), "-n", "-f", directory / "rsyslog.conf", "-i", directory / "pid", "-M", modules]
    yield from _running(command, told)


@contextmanager
def syslog_ng(directory: Path, authority: Authority, *, lines: bool = False, port: int = 0) -> Iterator[Receiver]:
    """A running syslog-ng, which reads structured data back; with `lines` it keeps each line as it came."""
    told = _paths(directory, authority, port)
    plain = {"source": "network", "flags": "flags(no-parse)", "template": "$MSG"}
    parsed = {"source": "syslog", "flags": "", "template": FIELDS.replace('"', '\\"')}
    (directory / "syslog-ng.conf").write_text(SYSLOG_NG.format(**told, **(plain if lines else parsed)))
    modules = next(iter(PLACE.glob("usr/lib/syslog-ng/*/")), PLACE)
    files = {"cfgfile": "syslog-ng.conf", "persist-file": "persist", "pidfile": "pid", "control": "control"}
    places = [f"--{name}={directory / file}" for name, file in files.items()]
    yield from _running([_program("syslog-ng"), "-F", "--no-caps", f"--module-path={modules}", *places], told)


def _paths(directory: Path, authority: Authority, port: int) -> dict[str, object]:
    directory.mkdir(exist_ok=True)
    return {
        "directory": directory,
        "events": directory / "events.jsonl",
        "ca": authority.ca,
        "certificate": authority.certificate("server"),
        "key": authority.key("server"),
        "port": port or free_port(),
    }


def _running(command: list[object], told: dict[str, object]) -> Iterator[Receiver]:
    libraries = ":".join(str(PLACE / one) for one in LIBRARIES)
    errors = Path(str(told["directory"])) / "said"
    with errors.open("wb") as said:
        process = subprocess.Popen(
            [str(one) for one in command],
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=said,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
    try:
        ends = time.monotonic() + PATIENCE_SECONDS
        while not accepts(int(str(told["port"]))):
            if process.poll() is not None or time.monotonic() > ends:
                pytest.fail(f"the receiver does not start: {errors.read_text()[-1500:]}")
            time.sleep(0.02)
        yield Receiver(int(str(told["port"])), Path(str(told["events"])), process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _program(name: str) -> Path:
    found = PLACE / "usr" / "sbin" / name
    if not found.exists():
        pytest.fail(HOW_TO_GET_IT)
    return found


def _certificate(
    signing: ec.EllipticCurvePrivateKey, own: ec.EllipticCurvePrivateKey, name: str, *, is_ca: bool
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ca")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), critical=False)
    )
    if is_ca:
        usage = dict.fromkeys(
            ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"], False
        )
        builder = builder.add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False),
            critical=True,
        )
    else:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return builder.sign(signing, hashes.SHA256())
