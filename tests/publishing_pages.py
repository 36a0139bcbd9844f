"""How does a test do on pages what a data owner does there: register, upload, publish?"""

import re
import uuid

from gateways import CONSUMER_AGENCY, PROVIDER_AGENCY
from visitors import Visitor

CSV = """Số đăng ký,Chủ sở hữu,Số định danh,Công suất
KH-1,Nguyễn Văn An,056099000001,120
KH-2,Trần Bình,056099000002,90
"""
NEWER = CSV + "KH-3,Lê Văn Cường,056099000003,80\n"
OTHERS_SECRET = f"LIENTHONG_SECRET_{CONSUMER_AGENCY.replace('.', '_')}__KHO"
DATABASE = {"title_vi": "Tàu cá", "domain_vi": "Thủy sản", "sharing": "on-request"}


def new_code() -> str:
    return f"d{uuid.uuid4().hex[:8]}"


def register(owner: Visitor) -> str:
    """Register a database and return its code."""
    code = new_code()
    owner.go("/console/databases/new")
    answer = owner.send("/console/databases/new", {**DATABASE, "code": code, "owner": PROVIDER_AGENCY})
    assert answer.status_code == 303, owner.text
    return code


def upload(owner: Visitor, database: str, content: str | bytes = CSV, name: str = "tau.csv", **values: str) -> str:
    """Draft a service from a file, look at what is shown, and return the draft's code."""
    owner.go("/console/publishing/new/file")
    sent = {"database": database, "title_vi": "Tàu cá", "key": "Số đăng ký", **values}
    content = content.encode() if isinstance(content, str) else content
    answer = owner.upload("/console/publishing/new/file", sent, "file", name, content)
    owner.page = answer.text
    assert answer.status_code == 201, owner.text
    return f"{database}.tau-ca.v1"


def fields_of(page: str) -> dict[str, str]:
    """Return what the form of a draft would send as it was shown: everything ticked, nothing changed."""
    found = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    found |= dict.fromkeys(re.findall(r'name="([fo]\d+(?:\.p\d+)?\.keep)"', page), "on")
    found |= dict(re.findall(r'name="([fop][\w.]*title_(?:vi|en)|[\w.]+\.example)"[^>]* value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="(f\d+\.class)"[^>]*>(.*?)</select>', page, re.DOTALL):
        found[name] = re.findall(r'value="(\w+)" selected', options)[0]
    return found


def publish(owner: Visitor, draft: str) -> str:
    """Publish a draft and return the address of the service's page."""
    owner.go(f"/console/publishing/{draft}/release")
    answer = owner.send(f"/console/publishing/{draft}/release", {"replace_provider": "on"})
    assert answer.status_code == 303, owner.text
    return answer.headers["location"].partition("?")[0]
