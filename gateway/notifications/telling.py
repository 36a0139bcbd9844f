"""What does the worker do so that people are told?

Three jobs: find what happened and keep it with its notifications, notice which providers went or came back, and hand
letters over. A letter that cannot be handed over holds up no other.
"""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError

from gateway.db import Database
from gateway.notifications.gathering import gather
from gateway.notifications.mail import FilePost, NotSent, Post, Security, SmtpPost, compose
from gateway.notifications.outbox import settle_failed, settle_sent, take_letters, tell
from gateway.notifications.providers import turns
from gateway.settings import Settings, SettingsInvalid


async def tell_news(database: Database, *, zone: ZoneInfo, with_mail: bool, now: datetime) -> int:
    """Tell people what happened; return how many notifications that made. Raises SQLAlchemyError, OSError."""
    async with database.reading() as session:
        happenings = await gather(session, zone=zone, now=now)
    try:
        async with database.transaction() as session:
            return await tell(session, happenings, with_mail=with_mail, now=now)
    except IntegrityError:
        return 0  # another worker told it first; what it did not is found again


async def watch_providers(database: Database, *, with_mail: bool, now: datetime) -> int:
    """Tell people which providers went or came back. Raises SQLAlchemyError, OSError."""
    try:
        async with database.transaction() as session:
            return await tell(session, await turns(session, now=now), with_mail=with_mail, now=now)
    except IntegrityError:
        return 0


async def post_letters(database: Database, post: Post, *, sender: str, public_url: str, now: datetime) -> int:
    """Hand over the letters that are due; return how many were. Raises SQLAlchemyError, OSError."""
    async with database.transaction() as session:
        letters = await take_letters(session, now=now)
    sent = 0
    for letter in letters:
        try:
            await post.send(compose(letter, sender=sender, public_url=public_url))
        except NotSent as error:
            async with database.transaction() as session:
                await settle_failed(session, letter, str(error), for_good=error.for_good, now=now)
        else:
            async with database.transaction() as session:
                await settle_sent(session, letter)
            sent += 1
    return sent


def post_of(settings: Settings) -> Post | None:
    """Return by which way letters leave under these settings, None where they do not. Raises SettingsInvalid."""
    if settings.mail_host:
        return SmtpPost(
            settings.mail_host,
            settings.mail_port,
            Security(settings.mail_security),
            settings.mail_user,
            _password(settings),
        )
    return FilePost(Path(settings.mail_dir)) if settings.mail_dir else None


def _password(settings: Settings) -> str:
    if not settings.mail_password_file:
        return ""
    try:
        return Path(settings.mail_password_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsInvalid("LIENTHONG_MAIL_PASSWORD_FILE: the file cannot be read") from error
