"""May what somebody typed twice be his new password?"""

from catalog.errors import ContentInvalid, Fault
from catalog.staff import StaffMember
from gateway.console.forms import Form
from gateway.console.words import Words
from security.errors import PasswordUnfit
from security.passwords import MAX_LENGTH, MIN_LENGTH, check_password

_UNFIT = {
    "short": Words(f"phải có ít nhất {MIN_LENGTH} ký tự", f"must have at least {MIN_LENGTH} characters"),
    "long": Words(f"không quá {MAX_LENGTH} ký tự", f"must have at most {MAX_LENGTH} characters"),
    "name": Words("không được chứa tên hay mã của bạn", "must not contain your name or code"),
    "common": Words("nằm trong danh sách mật khẩu hay bị đoán", "is among those that are guessed first"),
    "monotonous": Words("lặp lại quá ít ký tự khác nhau", "repeats too few different characters"),
}


def new_password(form: Form, member: StaffMember) -> str:
    """Return the password in `new_password`, the same as in `repeated`. Raises ContentInvalid naming the field."""
    typed = form.text("new_password")
    try:
        check_password(typed, forbidden=(member.code, *member.name.split()))
    except PasswordUnfit as error:
        said = _UNFIT[error.reason]
        raise ContentInvalid([Fault("new_password", said.vi, said.en)]) from error
    if typed != form.text("repeated"):
        raise ContentInvalid([Fault("repeated", "không giống mật khẩu đã gõ ở trên", "is not the same as above")])
    return typed
