"""A little mail server that takes letters, or refuses, hangs up and demands as it is told (RFC 5321, 3207, 4954)."""

import base64
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass
class MailServer:
    """A running server. `letters` is what it took; `refuse` gives an answer of its own to a command."""

    directory: Path
    implicit_tls: bool = False
    password: str = ""
    refuse: dict[str, str] = field(default_factory=dict)
    letters: list[Message] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)

    def __enter__(self) -> "MailServer":
        self._make_certificate()
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                owner._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client needs to believe this server."""
        return ssl.create_default_context(cafile=str(self.directory / "mail.crt"))

    def _talk(self, handler: socketserver.StreamRequestHandler) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "mail.crt", self.directory / "mail.key")
        line: socket.socket = handler.connection
        try:
            if self.implicit_tls:
                line = context.wrap_socket(line, server_side=True)
            self._serve(line, context, secured=self.implicit_tls)
        except (OSError, ssl.SSLError):
            line.close()

    def _serve(self, line: socket.socket, context: ssl.SSLContext, *, secured: bool) -> None:
        try:
            stream = line.makefile("rwb", buffering=0)
            stream.write(f"{self.refuse.get('CONNECT', '220 ready')}\r\n".encode())
            while command := stream.readline():
                words = command.decode().split()
                verb = words[0].upper() if words else ""
                answer = self.refuse.get(verb) or self._answer(verb, words, secured=secured)
                stream.write(f"{answer}\r\n".encode())
                if verb == "STARTTLS" and answer.startswith("220"):
                    line, secured = context.wrap_socket(line, server_side=True), True
                    stream = line.makefile("rwb", buffering=0)
                elif verb == "DATA" and answer.startswith("354"):
                    content = b""
                    while (part := stream.readline()) not in (b".\r\n", b""):
                        content += part
                    self.letters.append(message_from_bytes(content, policy=SMTP))
                    self.secured.append(secured)
                    stream.write(b"250 taken\r\n")
                elif verb == "QUIT":
                    return
        finally:
            line.close()

    def _answer(self, verb: str, words: list[str], *, secured: bool) -> str:
        match verb:
            case "EHLO":
                offers = ["250-mail.test"] + ([] if secured else ["250-STARTTLS"]) + ["250 AUTH PLAIN"]
                return "\r\n".join(offers)
            case "AUTH":
                user = base64.b64decode(words[2]).split(b"\0")
                return "235 in" if user[2].decode() == self.password else "535 no"
            case "DATA":
                return "354 go on"
            case "STARTTLS":
                return "220 go on"
            case "QUIT":
                return "221 bye"
            case _:
                return "250 ok"

    def _make_certificate(self) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        (self.directory / "mail.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        (self.directory / "mail.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
