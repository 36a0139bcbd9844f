"""In which words is told what a rule of misuse has found, and what may be behind it?

The innocent reasons stand beside the rule: most of what is found is explained, and whoever looks asks first.
"""

from collections.abc import Mapping
from typing import Final

from gateway.console.words import Status, Tone, Words
from security.misuse.alerts import AlertState, AlertStep
from security.misuse.findings import Rule
from security.misuse.keeping import ListedAs

RULES: Final[Mapping[Rule, Words]] = {
    Rule.MANY_PEOPLE: Words("Tra cứu nhiều người bất thường trong một giờ", "Unusually many people in an hour"),
    Rule.ENUMERATION: Words("Dò các số liền nhau", "One number after the other"),
    Rule.CASE_FILE: Words("Thiếu hồ sơ, hoặc một hồ sơ cho nhiều người", "No case file, or one for many people"),
    Rule.OFF_HOURS: Words("Tra cứu ngoài giờ làm việc", "Outside working hours"),
    Rule.FLAGGED_PERSON: Words("Tra cứu người cần giải trình", "A person of whom each look is explained"),
    Rule.MANY_AGENCIES: Words("Nhiều đơn vị cùng tra một người", "One person from many agencies"),
    Rule.NEW_PLACE: Words("Gọi từ mạng hoặc bằng khóa mới", "From a new network, or with a new key"),
    Rule.REFUSED_OFTEN: Words("Liên tục xin điều chưa thỏa thuận", "Keeps asking for what is not agreed"),
    Rule.FAILED_SIGN_IN: Words("Xác thực sai liên tục", "Proofs that do not hold, again and again"),
    Rule.NOT_FOUND: Words("Tra nhiều số không có thật", "Many numbers that are nobody's"),
    Rule.SELF_LOOKUP: Words("Cán bộ tự tra cứu mình", "An officer looks himself up"),
    Rule.DORMANT: Words("Hệ thống im lặng lâu nay gọi lại", "A system awakes after a long silence"),
    Rule.EMERGENCY: Words("Truy cập khẩn cấp chờ rà soát", "Emergency access to be looked at"),
    Rule.WIDENED_AND_USED: Words("Thỏa thuận vừa mở rộng đã dùng ngay", "An agreement widened and used at once"),
    Rule.REVEAL: Words("Mở danh tính khi không có sự cố", "Sealed values asked for without an incident"),
    Rule.LOG_HEALTH: Words("Nhật ký không trọn vẹn hoặc chậm", "The record is not whole, or late"),
    Rule.COUNTS_DIFFER: Words("Bên cung cấp đếm khác chúng ta", "The provider counts otherwise than we"),
}
MEANS: Final[Mapping[Rule, Words]] = {
    Rule.MANY_PEOPLE: Words(
        "Có thể đang sao chép dữ liệu. Thường vô hại: đợt làm hồ sơ tập trung, đầu tháng, sau kỳ nghỉ.",
        "Somebody may be copying data. Often harmless: a campaign, the month's beginning, after a holiday.",
    ),
    Rule.ENUMERATION: Words(
        "Số liền nhau hiếm khi của người đến cùng lúc: có thể đang dò. Vô hại: tra cả danh sách theo số.",
        "People with neighbouring numbers seldom come together: somebody may be searching. Harmless: a list by number.",
    ),
    Rule.CASE_FILE: Words(
        "Không rõ tra để làm gì, hoặc mượn một hồ sơ. Vô hại: gia đình đông, hồ sơ tập thể, tra để hướng dẫn.",
        "It is not said what for, or a case file is borrowed. Harmless: a large family, a collective file, advice.",
    ),
    Rule.OFF_HOURS: Words(
        "Người này không thường làm giờ đó. Vô hại: làm thêm giờ, trực đột xuất.",
        "This person does not usually work then. Harmless: overtime, standing in for somebody.",
    ),
    Rule.FLAGGED_PERSON: Words(
        "Mỗi lần tra người này phải có lý do. Đối chiếu hồ sơ với đơn vị đã tra.",
        "Each look at this person needs a reason. Compare the case file with the agency that looked.",
    ),
    Rule.MANY_AGENCIES: Words(
        "Có thể tò mò về một người. Vô hại: một việc phải qua nhiều nơi mà hồ sơ không nối nhau.",
        "People may be curious. Harmless: a matter that takes several agencies, each with its own file.",
    ),
    Rule.NEW_PLACE: Words(
        "Khóa hoặc máy có thể bị lấy. Vô hại: đổi khóa, chuyển máy chủ đã báo trước.",
        "A key or a machine may be stolen. Harmless: a renewed key, a move that was announced.",
    ),
    Rule.REFUSED_OFTEN: Words(
        "Ai đó thử những gì không được phép. Vô hại: phần mềm cấu hình sai.",
        "Somebody tries what he may not. Harmless: software that is set up wrongly.",
    ),
    Rule.FAILED_SIGN_IN: Words(
        "Có thể dò mật khẩu hoặc dùng lại chữ ký cũ. Vô hại: bí mật hết hạn, đồng hồ lệch.",
        "Secrets may be guessed or assertions replayed. Harmless: an expired secret, a clock that is wrong.",
    ),
    Rule.NOT_FOUND: Words(
        "Số bịa ra thường không có người. Vô hại: danh sách cũ, nhập sai.",
        "Numbers that are made up are mostly nobody's. Harmless: an old list, misprints.",
    ),
    Rule.SELF_LOOKUP: Words(
        "Không ai tự giải quyết hồ sơ của mình. Vô hại: thử phần mềm, do nhầm.",
        "Nobody handles his own file. Harmless: a test, a mistake.",
    ),
    Rule.DORMANT: Words(
        "Tài khoản bỏ quên dễ bị lấy. Vô hại: việc theo mùa.",
        "What is forgotten is easily taken. Harmless: seasonal work.",
    ),
    Rule.EMERGENCY: Words(
        "Ai dùng quyền khẩn cấp phải được rà soát trong 24 giờ.",
        "Each use of an emergency is to be looked at within 24 hours.",
    ),
    Rule.WIDENED_AND_USED: Words(
        "Không ai khác xem lại việc mở rộng. Kiểm tra căn cứ của phiên bản mới.",
        "Nobody else looked at the change. See what the new version is based on.",
    ),
    Rule.REVEAL: Words(
        "Danh tính chỉ được mở để điều tra một sự cố đã ghi nhận.",
        "Sealed values are opened only for an incident that is written down.",
    ),
    Rule.LOG_HEALTH: Words(
        "Chạy lienthong audit verify --database và xem tiến trình nền.",
        "Run lienthong audit verify --database, and look at the worker.",
    ),
    Rule.COUNTS_DIFFER: Words(
        "Có lượt hỏi không qua nền tảng, hoặc bị mất. Đối chiếu từng ngày với bên cung cấp.",
        "Calls go past the platform, or are lost. Compare the day with the provider.",
    ),
}
"""What may be behind a finding, the bad and the harmless."""

STATES: Final[Mapping[AlertState, Status]] = {
    AlertState.OPEN: Status(Words("Chưa xem xét", "Open"), Tone.WAITING),
    AlertState.EXPLAINED: Status(Words("Đã giải trình", "Explained"), Tone.GOOD),
    AlertState.MISUSE: Status(Words("Sử dụng sai", "Misuse"), Tone.BAD),
    AlertState.FALSE_ALARM: Status(Words("Báo nhầm", "False alarm"), Tone.QUIET),
}
STEPS: Final[Mapping[AlertStep, Words]] = {
    AlertStep.EXPLAIN: Words("Đã giải trình: có lý do chính đáng", "Explained: there is a good reason"),
    AlertStep.CALL_MISUSE: Words("Sử dụng sai: phải xử lý", "Misuse: something is to be done"),
    AlertStep.CALL_FALSE: Words("Báo nhầm: quy tắc đã hiểu sai", "False alarm: the rule was wrong"),
    AlertStep.REOPEN: Words("Mở lại để xem xét tiếp", "Open it again"),
}
FACTS: Final[Mapping[str, Words]] = {
    "what": Words("Loại", "Kind"),
    "of": Words("Trong số lượt gần nhất", "Of the last"),
    "person": Words("Mục trong danh sách", "Entry of the list"),
    "agencies": Words("Các đơn vị", "Agencies"),
    "reason": Words("Lý do từ chối", "Reason of refusal"),
    "cause": Words("Nguyên nhân", "Cause"),
    "source": Words("Từ địa chỉ", "From"),
    "searches": Words("Số lượt tra trong giờ", "Searches of the hour"),
    "value": Words("Mạng hoặc khóa", "Network or key"),
    "purpose": Words("Mục đích", "Purpose"),
    "agreement": Words("Thỏa thuận", "Agreement"),
    "version": Words("Phiên bản", "Version"),
    "by": Words("Người duyệt", "Approved by"),
    "stream": Words("Chuỗi", "Stream"),
    "database": Words("Cơ sở dữ liệu", "Database"),
    "day": Words("Ngày", "Day"),
    "ours": Words("Chúng ta đếm", "We counted"),
    "theirs": Words("Bên cung cấp đếm", "They counted"),
}
KINDS_OF_FACT: Final[Mapping[str, Words]] = {
    "one-case": Words("một hồ sơ cho nhiều người", "one case file for many people"),
    "no-case": Words("không nêu hồ sơ", "no case file"),
    "network": Words("mạng mới", "new network"),
    "key": Words("khóa mới", "new key"),
    "unknown": Words("nhiều lượt gọi không rõ kết quả", "many calls without a known end"),
    "waiting": Words("bản ghi chờ chứng minh quá lâu (giây)", "records wait too long for their proof (seconds)"),
    "gap": Words("thiếu bản ghi trong chuỗi", "records are missing from a stream"),
    "assertion-replayed": Words("chữ ký đã dùng rồi", "an assertion that was used before"),
}
LISTED: Final[Mapping[ListedAs, Words]] = {
    ListedAs.FLAGGED: Words("Người cần giải trình khi tra cứu (R5)", "Each look is to be explained (R5)"),
    ListedAs.OFFICER: Words("Cán bộ, để phát hiện tự tra cứu (R11)", "Officer, to notice self-lookups (R11)"),
}
