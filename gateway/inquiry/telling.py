"""How is it put on record that somebody asks for sealed values, agrees, refuses or takes them?"""

from datetime import datetime

from catalog.staff import StaffMember
from gateway.api.control import Control
from gateway.lookups import note_reading


async def note_reveal(
    control: Control, member: StaffMember, what: str, reveal_id: str, *, incident: str, many: int, at: datetime
) -> None:
    """Put it on record, before it is done. Raises RecordUnavailable."""
    about = {"reveal": reveal_id, "incident": incident, "exchanges": str(many)}
    await note_reading(control.recorder, what, member=member.code, agency=member.agency, source="", at=at, about=about)
