"""How does a letter look, and how is it handed to a mail server?

Vietnamese first, English below. It says what happened in the words of the console and where to read on: no person's
data, no secret. Its Message-ID is made of the notification, so that a letter that was handed over twice is one letter
to whoever receives it.
"""

import asyncio
import hashlib
import smtplib
import ssl
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from gateway.notifications.kinds import TITLES, told
from gateway.notifications.outbox import Letter

_TIMEOUT_SECONDS = 15.0
_HOPELESS = range(500, 600)


class Security(StrEnum):
    """How the connection to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class NotSent(Exception):
    """The letter could not be handed over; the text says why, without addresses. `for_good`: never will be."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Post(Protocol):
    """Takes letters."""

    async def send(self, message: EmailMessage) -> None:
        """Hand a letter over. Raises NotSent."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpPost:
    """A mail server (RFC 5321), by STARTTLS (RFC 3207), TLS (RFC 8314) or, on a line of one's own, neither."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)
    trust: ssl.SSLContext | None = None

    async def send(self, message: EmailMessage) -> None:
        """See Post."""
        await asyncio.to_thread(self._send, message)

    def _send(self, message: EmailMessage) -> None:
        try:
            with closing(self._connected()) as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
                # The letter is handed over: however the server says goodbye, it is not sent again for that.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
        except smtplib.SMTPRecipientsRefused as error:
            code = next((code for code, _ in error.recipients.values()), 0)
            raise NotSent(f"the mail server refuses the recipient ({code})", for_good=code in _HOPELESS) from error
        except smtplib.SMTPAuthenticationError as error:
            raise NotSent(f"the mail server does not take our user and password ({error.smtp_code})") from error
        except smtplib.SMTPResponseException as error:
            for_good = error.smtp_code in _HOPELESS and not isinstance(error, smtplib.SMTPConnectError)
            raise NotSent(f"the mail server refuses the letter ({error.smtp_code})", for_good=for_good) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(f"the mail server cannot be reached ({type(error).__name__})") from error

    def _connected(self) -> smtplib.SMTP:
        trust = self.trust or ssl.create_default_context()
        if self.security is Security.TLS:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT_SECONDS, context=trust)
        server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        if self.security is Security.STARTTLS:
            try:
                server.starttls(context=trust)
            except (smtplib.SMTPException, OSError):
                server.close()
                raise
        return server


@dataclass(frozen=True, slots=True)
class FilePost:
    """A directory in which each letter becomes a file: for a demo, and where another program takes them from."""

    directory: Path

    async def send(self, message: EmailMessage) -> None:
        """See Post."""
        name = hashlib.sha256(str(message["message-id"]).encode()).hexdigest()[:24]
        try:
            await asyncio.to_thread(self._write, f"{name}.eml", message.as_bytes(policy=SMTP))
        except OSError as error:
            raise NotSent(f"the letter cannot be written ({type(error).__name__})") from error

    def _write(self, name: str, content: bytes) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        part = self.directory / f".{name}.part"
        part.write_bytes(content)
        part.replace(self.directory / name)


def compose(letter: Letter, *, sender: str, public_url: str) -> EmailMessage:
    """Return the letter as it is sent."""
    title, words = TITLES[letter.kind], told(letter.kind, letter.facts)
    address = f"{public_url}{letter.address}"
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = f"[Liên Thông] {title.vi} / {title.en}"
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = f"<notification-{letter.id}@{urlsplit(public_url).hostname or 'lienthong'}>"
    # RFC 3834: nobody's holiday answers this.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(
        f"{title.vi}\n\n{words.vi}\n\nXem: {address}\n"
        f"Chọn loại thông báo nhận qua thư: {public_url}/console/notifications/choices\n\n"
        f"-- \n{title.en}\n\n{words.en}\n\nRead on: {address}\n"
        f"Choose what you get by e-mail: {public_url}/console/notifications/choices\n"
    )
    return message
