"""Which identifiers of X-Road has the demo province, so that its door can be tried?

Invented: no X-Road instance is called VN. The document management system calls as a subsystem whose network (this very
machine) is trusted; the register of officials is offered by another.
"""

from catalog.descriptions import XRoadMember, XRoadSubsystem
from gateway.demo.consumers import agency_of
from gateway.demo.described.databases import owner_of

INSTANCE, MEMBER_CLASS = "VN", "GOV"
CONSUMER, CONSUMER_CODE = "qlvb", "H32-VP"
DATABASE, PROVIDER_CODE = "cbccvc", "H32-SNV"
_HERE = "127.0.0.0/8"


def describe_members() -> tuple[XRoadMember, ...]:
    """Return the members."""
    codes = ((agency_of(CONSUMER), CONSUMER_CODE), (owner_of(DATABASE), PROVIDER_CODE))
    return tuple(
        XRoadMember(agency=agency, instance=INSTANCE, member_class=MEMBER_CLASS, member_code=code)
        for agency, code in codes
    )


def describe_subsystems() -> tuple[XRoadSubsystem, ...]:
    """Return the subsystems: one that calls and one that is called."""
    return (
        XRoadSubsystem(agency=agency_of(CONSUMER), code=CONSUMER, system=CONSUMER, networks=(_HERE,)),
        XRoadSubsystem(agency=owner_of(DATABASE), code=DATABASE, database=DATABASE),
    )
