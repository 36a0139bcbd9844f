"""What do we say about each refusal, in Vietnamese and English, and whose side is it on?

A table, no logic: title (what), detail (what happened), next (what to do). docs/problems/ has a page for each.
"""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Who can do something about it."""

    CALLER = "caller"
    AGREEMENT = "agreement"
    PROVIDER = "provider"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of refusal: its slug, its one status, its side and its texts."""

    slug: str
    status: int
    side: Side
    title_vi: str
    title_en: str
    detail_vi: str
    detail_en: str
    next_vi: str
    next_en: str


_C, _A, _P, _G = Side.CALLER, Side.AGREEMENT, Side.PROVIDER, Side.PLATFORM

_ROWS: tuple[tuple[str, int, Side, str, str, str, str, str, str], ...] = (
    # --- who calls
    ("token-missing", 401, _C, "Thiếu mã truy cập", "Access token missing",
     "Lời gọi không mang mã truy cập (Authorization: Bearer).", "The call carries no access token (Authorization: Bearer).",
     "Lấy mã truy cập tại /oauth2/token rồi gọi lại.", "Get an access token from /oauth2/token and call again."),
    ("token-invalid", 401, _C, "Mã truy cập không hợp lệ", "Access token invalid",
     "Mã truy cập không do nền tảng này cấp, đã bị sửa, hoặc cấp cho nơi khác.", "The access token was not issued by this platform, was changed, or is for another audience.",
     "Lấy mã truy cập mới; kiểm tra địa chỉ máy chủ cấp mã.", "Get a new access token; check which server issued it."),
    ("token-expired", 401, _C, "Mã truy cập đã hết hạn", "Access token expired",
     "Mã truy cập từng hợp lệ nhưng nay đã hết hạn.", "The access token was good once and has expired.",
     "Lấy mã truy cập mới (mỗi mã sống năm phút) rồi gọi lại.", "Get a new access token (each lives five minutes) and call again."),
    ("client-unknown", 401, _C, "Không nhận ra hệ thống gọi", "Client not recognised",
     "Không xác thực được hệ thống gọi: sai mã hệ thống, khóa, bí mật hoặc chữ ký.", "The client could not be authenticated: wrong client id, key, secret or signature.",
     "Kiểm tra client_id, khóa đã đăng ký và đồng hồ máy; hệ thống cũ mới được dùng client_secret.", "Check the client id, the registered key and your clock; only systems marked legacy may use a client_secret."),
    ("client-suspended", 403, _A, "Hệ thống đang bị tạm dừng", "Client suspended",
     "Hệ thống gọi đã bị tạm dừng trên nền tảng.", "The calling system is suspended on the platform.",
     "Liên hệ quản trị thỏa thuận của đơn vị hoặc Sở Khoa học và Công nghệ.", "Ask your agency's agreement administrator or the Department of Science and Technology."),
    ("client-differs", 403, _C, "Hệ thống nêu tên không phải hệ thống đã xác thực", "Another client is named",
     "Lời gọi nêu tên một hệ thống, nhưng hệ thống đã xác thực là hệ thống khác.", "The call names one system as its caller, and another one has proven itself.",
     "Dùng thông tin xác thực của chính hệ thống nêu trong lời gọi (X-Road: X-Road-Client).", "Use the credentials of the very system that the call names (X-Road: X-Road-Client)."),
    # --- what was agreed
    ("agreement-missing", 403, _A, "Chưa có thỏa thuận", "No agreement",
     "Hệ thống gọi không có thỏa thuận chia sẻ dữ liệu nào với dịch vụ này.", "The calling system holds no data-sharing agreement for this service.",
     "Gửi yêu cầu chia sẻ tới đơn vị chủ quản cơ sở dữ liệu.", "Send a sharing request to the agency that owns the database."),
    ("agreement-suspended", 403, _A, "Thỏa thuận đang tạm dừng", "Agreement suspended",
     "Thỏa thuận có thật nhưng đang bị một bên hoặc nền tảng tạm dừng.", "The agreement exists but is suspended by a side or by the platform.",
     "Hỏi bên đã tạm dừng; gọi lại khi thỏa thuận được tiếp tục.", "Ask the side that suspended it; call again when it is resumed."),
    ("agreement-expired", 403, _A, "Thỏa thuận đã hết hạn", "Agreement expired",
     "Thỏa thuận đã qua ngày cuối hiệu lực hoặc đã kết thúc.", "The agreement is past its last day or has ended.",
     "Đề nghị gia hạn: tạo phiên bản mới của thỏa thuận.", "Ask for renewal: a new version of the agreement."),
    ("agreement-not-yet-valid", 403, _A, "Thỏa thuận chưa có hiệu lực", "Agreement not yet valid",
     "Thỏa thuận chưa tới ngày hiệu lực hoặc chưa được kích hoạt.", "The agreement's first day has not come, or it is not active yet.",
     "Chờ tới ngày hiệu lực, hoặc hỏi quản trị thỏa thuận.", "Wait for its first day, or ask the agreement administrator."),
    ("agreement-ambiguous", 400, _C, "Không rõ thỏa thuận nào", "Which agreement is not clear",
     "Hệ thống có nhiều thỏa thuận cho thao tác này và lời gọi không nêu thỏa thuận.", "The system holds several agreements for this operation and the call names none.",
     "Gửi tiêu đề Agreement với mã thỏa thuận muốn dùng.", "Send the Agreement header with the code of the one you mean."),
    ("purpose-required", 400, _C, "Thiếu mục đích sử dụng", "Purpose missing",
     "Thỏa thuận có nhiều mục đích và lời gọi không nêu mục đích nào.", "The agreement has several purposes and the call names none.",
     "Gửi tiêu đề Purpose với mã mục đích.", "Send the Purpose header with a purpose code."),
    ("purpose-not-agreed", 403, _A, "Mục đích chưa được thỏa thuận", "Purpose not agreed",
     "Mục đích nêu trong lời gọi không có trong thỏa thuận.", "The purpose that the call names is not in the agreement.",
     "Dùng mục đích đã thỏa thuận, hoặc đề nghị mở rộng thỏa thuận.", "Use an agreed purpose, or ask to widen the agreement."),
    ("operation-not-agreed", 403, _A, "Thao tác chưa được thỏa thuận", "Operation not agreed",
     "Hệ thống có thỏa thuận với dịch vụ này nhưng không gồm thao tác được gọi.", "The system has an agreement for this service, but not for this operation.",
     "Đề nghị bổ sung thao tác vào thỏa thuận.", "Ask to have the operation added to the agreement."),
    ("field-not-agreed", 403, _A, "Trường dữ liệu chưa được thỏa thuận", "Field not agreed",
     "Lời gọi yêu cầu, hoặc lọc theo, trường dữ liệu ngoài thỏa thuận.", "The call asks for a field outside the agreement, or filters by one.",
     "Bỏ trường đó khỏi tham số fields, bỏ tham số lọc theo nó, hoặc đề nghị mở rộng thỏa thuận.", "Leave the field out of the fields parameter, leave out what filters by it, or ask to widen the agreement."),
    ("case-file-required", 400, _C, "Thiếu mã hồ sơ", "Case file missing",
     "Thỏa thuận yêu cầu mỗi lời gọi nêu mã hồ sơ đang giải quyết.", "The agreement asks each call to name the case file it is for.",
     "Gửi tiêu đề Case-File với mã hồ sơ.", "Send the Case-File header with the case-file number."),
    ("officer-required", 400, _C, "Thiếu cán bộ thực hiện", "Officer missing",
     "Lời gọi phải nêu cán bộ đang thực hiện.", "The call must name the officer who makes it.",
     "Gửi tiêu đề Officer với mã cán bộ.", "Send the Officer header with the officer's code."),
    ("outside-hours", 403, _A, "Ngoài giờ được thỏa thuận", "Outside agreed hours",
     "Thỏa thuận chỉ cho phép gọi trong khung giờ đã định.", "The agreement allows calls only within its hours.",
     "Gọi lại trong khung giờ, hoặc đề nghị đổi khung giờ.", "Call again within the hours, or ask to change them."),
    ("source-not-allowed", 403, _A, "Địa chỉ nguồn không được phép", "Source not allowed",
     "Lời gọi đến từ địa chỉ mạng ngoài thỏa thuận.", "The call comes from a network outside the agreement.",
     "Gọi từ mạng đã đăng ký, hoặc đề nghị bổ sung mạng.", "Call from a registered network, or ask to add yours."),
    # --- how much
    ("rate-exceeded", 429, _C, "Gọi quá nhanh", "Too fast",
     "Đã vượt tần suất của thỏa thuận.", "The agreement's rate is exceeded.",
     "Chờ số giây trong Retry-After rồi gọi lại; dàn đều lời gọi.", "Wait the seconds in Retry-After, then call again; spread your calls."),
    ("quota-exceeded", 429, _A, "Hết hạn mức trong ngày", "Daily quota used up",
     "Đã dùng hết hạn mức trong ngày của thỏa thuận.", "The agreement's calls for today are used up.",
     "Gọi lại vào ngày mai, hoặc đề nghị tăng hạn mức.", "Call again tomorrow, or ask for a larger quota."),
    ("limits-unavailable", 503, _G, "Không đếm được hạn mức", "Limits cannot be counted",
     "Bộ đếm chung không trả lời nên không thể biết lời gọi còn trong hạn mức.", "The shared counters do not answer, so nobody can say whether the call is within its limits.",
     "Gọi lại sau ít giây.", "Call again in a few seconds."),
    ("overloaded", 503, _G, "Nền tảng đang quá tải", "Overloaded",
     "Số lời gọi đang xử lý đã tới giới hạn.", "As many calls are under way as the platform carries.",
     "Gọi lại sau ít giây, giãn cách tăng dần.", "Call again in a few seconds, backing off."),
    # --- the request itself
    ("request-malformed", 400, _C, "Thông điệp HTTP sai", "Malformed HTTP",
     "Các byte nhận được không phải thông điệp HTTP hợp lệ; kết nối đã đóng.", "The bytes received are not a valid HTTP message; the connection was closed.",
     "Kiểm tra thư viện HTTP và các máy trung gian.", "Check your HTTP library and the proxies between."),
    ("request-invalid", 400, _C, "Nội dung yêu cầu sai", "Invalid request",
     "Tham số, tiêu đề hoặc thân yêu cầu không đúng mô tả của thao tác.", "A parameter, a header or the body is not as the operation declares.",
     "Xem những chỗ được nêu (errors) và mô tả dịch vụ trong danh mục, sửa rồi gọi lại.", "See the errors list and the service's description, correct it and call again."),
    ("request-too-large", 413, _C, "Yêu cầu quá lớn", "Request too large",
     "Thân yêu cầu vượt kích thước cho phép.", "The body is larger than allowed.",
     "Chia nhỏ yêu cầu.", "Split the request."),
    ("request-timeout", 408, _C, "Yêu cầu tới quá chậm", "Request too slow",
     "Thân yêu cầu không tới đủ trong thời hạn; kết nối đã đóng.", "The body did not arrive in time; the connection was closed.",
     "Kiểm tra đường truyền và Content-Length, rồi gọi lại.", "Check the line and the Content-Length, then call again."),
    ("media-type-unsupported", 415, _C, "Kiểu nội dung không hỗ trợ", "Media type not supported",
     "Thân yêu cầu không phải kiểu nội dung mà địa chỉ này nhận.", "The body is not of a type that this address takes.",
     "Gửi Content-Type đúng (application/json cho lời gọi REST).", "Send the right Content-Type (application/json for REST calls)."),
    ("soap-version-unknown", 400, _C, "Phiên bản SOAP không đúng", "SOAP version not known",
     "Envelope không phải SOAP 1.1 hay 1.2, hoặc khác với Content-Type.", "The Envelope is neither SOAP 1.1 nor 1.2, or another than its Content-Type says.",
     "Gửi text/xml với Envelope SOAP 1.1, hoặc application/soap+xml với Envelope SOAP 1.2.", "Send text/xml with a SOAP 1.1 Envelope, or application/soap+xml with a SOAP 1.2 one."),
    ("soap-header-unknown", 400, _C, "Không hiểu tiêu đề SOAP", "SOAP header not understood",
     "Một khối tiêu đề có mustUnderstand mà nền tảng không biết.", "A header block has mustUnderstand, and the platform does not know it.",
     "Bỏ khối tiêu đề đó hoặc bỏ mustUnderstand; xem các khối được hiểu trong tài liệu cửa SOAP.", "Leave the block out, or its mustUnderstand; the SOAP door's document lists the blocks that are understood."),
    ("soap-operation-unclear", 404, _C, "Không rõ thao tác SOAP", "SOAP operation unclear",
     "Phần tử trong Body không phải yêu cầu của thao tác nào, hoặc của nhiều thao tác mà SOAPAction không phân biệt.", "The element in the Body is no operation's request, or that of several and the SOAPAction does not tell which.",
     "Lấy WSDL mới ở địa chỉ dịch vụ kèm ?wsdl; kiểm tra tên, không gian tên và SOAPAction.", "Get the WSDL anew at the service's address with ?wsdl; check name, namespace and SOAPAction."),
    ("not-found", 404, _C, "Không tìm thấy", "Not found",
     "Không có dữ liệu khớp với yêu cầu trong phạm vi thỏa thuận.", "Nothing matches the request within the agreement.",
     "Kiểm tra giá trị tra cứu.", "Check the value that you look for."),
    ("path-unknown", 404, _C, "Không có địa chỉ này", "Unknown path",
     "Không có thao tác nào được công bố ở đường dẫn này.", "No operation is published at this path.",
     "Xem đường dẫn đúng trong danh mục /catalog/v1/services.", "See the right path in the catalogue, /catalog/v1/services."),
    ("method-not-allowed", 405, _C, "Phương thức không được phép", "Method not allowed",
     "Đường dẫn có thật nhưng không nhận phương thức này.", "The path is published, but not for this method.",
     "Xem phương thức đúng trong danh mục.", "See the right method in the catalogue."),
    ("service-unspecified", 501, _G, "Dịch vụ chưa có đặc tả", "Service not specified yet",
     "Dịch vụ có trong danh mục nhưng chưa có đặc tả kỹ thuật công khai nên chưa gọi được.", "The service is in the catalogue, but has no public specification, so nobody can call it.",
     "Theo dõi danh mục; liên hệ đơn vị chủ quản.", "Watch the catalogue; ask its owner."),
    ("service-retired", 410, _P, "Phiên bản đã ngừng", "Version retired",
     "Phiên bản này của dịch vụ đã ngừng phục vụ.", "This version of the service is not served any more.",
     "Chuyển sang phiên bản nêu ở successor, hoặc xem danh mục; thỏa thuận phải nêu phiên bản mới.",
     "Go on to the version named in successor, or see the catalogue; the agreement must name the new version."),
    # --- the other side
    ("provider-refused", 502, _P, "Bên cung cấp từ chối", "Provider refused",
     "Bên cung cấp dữ liệu đã nhận và từ chối yêu cầu.", "The data provider received the request and refused it.",
     "Xem provider_code; liên hệ đơn vị cung cấp, nêu mã tra cứu.", "See provider_code; ask the provider, quoting the correlation id."),
    ("provider-timeout", 504, _P, "Bên cung cấp không trả lời kịp", "Provider timed out",
     "Bên cung cấp không trả lời trong thời hạn.", "The provider did not answer in time.",
     "Gọi lại sau; thao tác chỉ đọc nên gọi lại là an toàn.", "Call again later; reading again is safe."),
    ("provider-unreachable", 502, _P, "Không tới được bên cung cấp", "Provider unreachable",
     "Không kết nối được tới bên cung cấp; yêu cầu chưa được gửi.", "No connection to the provider; the request was not sent.",
     "Gọi lại sau; nền tảng đã ghi nhận sự cố.", "Call again later; the platform has noted the failure."),
    ("provider-nonsense", 502, _P, "Bên cung cấp trả lời sai", "Provider's answer unusable",
     "Câu trả lời của bên cung cấp không đúng đặc tả nên không được chuyển đi.", "The provider's answer breaks its own specification, so nothing of it was released.",
     "Liên hệ đơn vị cung cấp, nêu mã tra cứu.", "Ask the provider, quoting the correlation id."),
    ("provider-saturated", 503, _P, "Bên cung cấp đang kín chỗ", "Provider saturated",
     "Số lời gọi tới bên cung cấp này đã tới giới hạn.", "As many calls to this provider are under way as it may have.",
     "Gọi lại sau ít giây, giãn cách tăng dần.", "Call again in a few seconds, backing off."),
    ("outcome-unknown", 504, _P, "Không rõ kết quả", "Outcome unknown",
     "Yêu cầu làm thay đổi dữ liệu đã tới bên cung cấp nhưng không có câu trả lời.", "A request that changes data reached the provider, and no answer came.",
     "Đừng gửi lại với khóa khác: hỏi bên cung cấp xem việc đã được thực hiện chưa.", "Do not send it again under another key: ask the provider whether it was done."),
    # --- once only
    ("idempotency-key-required", 400, _C, "Thiếu Idempotency-Key", "Idempotency-Key missing",
     "Thao tác làm thay đổi dữ liệu phải mang tiêu đề Idempotency-Key.", "An operation that changes data needs the Idempotency-Key header.",
     "Gửi một khóa mới cho mỗi việc, giữ nguyên khi gửi lại.", "Send a new key for each action, the same when you repeat it."),
    ("idempotency-conflict", 422, _C, "Idempotency-Key đã dùng cho việc khác", "Idempotency-Key used for another request",
     "Khóa này đã được dùng cho một yêu cầu có nội dung khác.", "This key was used for a request with other content.",
     "Dùng khóa mới cho việc mới.", "Use a new key for a new action."),
    ("idempotency-in-progress", 409, _C, "Yêu cầu đầu đang xử lý", "First request still under way",
     "Yêu cầu đầu tiên với khóa này chưa xong.", "The first request with this key is not finished.",
     "Chờ ít giây rồi gọi lại với cùng khóa.", "Wait a few seconds, then call again with the same key."),
    # --- the platform
    ("record-unavailable", 503, _G, "Không ghi được nhật ký", "Record unavailable",
     "Nền tảng không ghi được nhật ký bền vững, nên không hỏi và không trả dữ liệu.", "The platform cannot record the exchange durably, so nothing was asked or released.",
     "Gọi lại sau; với thao tác làm thay đổi dữ liệu, giữ nguyên Idempotency-Key.", "Call again later; for an operation that changes data, keep the same Idempotency-Key."),
    ("log-behind", 503, _G, "Sổ nhật ký chưa theo kịp", "The log is behind",
     "Bản ghi đã chờ đưa vào sổ có ký số quá lâu, nên nền tảng tạm ngừng trao đổi; bên cung cấp chưa được hỏi.", "What was recorded has waited too long for the signed log, so nothing is exchanged for now; the provider was not asked.",
     "Gọi lại sau vài phút; nếu kéo dài, báo đơn vị vận hành.", "Call again in some minutes; if it lasts, tell the operators."),
    ("data-key-unusable", 503, _G, "Không đọc được khóa dữ liệu của nhật ký", "A data key of the record cannot be read",
     "Một khóa dữ liệu của nhật ký bị thiếu hoặc hỏng mà không ai xóa, nên chưa giao giá trị niêm phong nào.", "A data key of the record is missing or damaged, and nobody has erased it; so no sealed value was handed out.",
     "Đơn vị vận hành đặt lại tệp khóa từ bản sao lưu, rồi lấy tệp lần nữa.", "The operators put the key file back from a backup; then take the file again."),
    ("policy-unavailable", 503, _G, "Chưa đọc được chính sách", "Policy unavailable",
     "Nền tảng chưa đọc được thỏa thuận đang hiệu lực.", "The platform cannot read the agreements in force.",
     "Gọi lại sau ít giây.", "Call again in a few seconds."),
    ("internal", 500, _G, "Lỗi nền tảng", "Internal error",
     "Nền tảng gặp lỗi không lường trước; lỗi đã được ghi lại.", "The platform met an error that it did not foresee; it was logged.",
     "Báo mã tra cứu cho đơn vị vận hành.", "Report the correlation id to the operators."),
    # --- the control API
    ("staff-unauthorized", 401, _C, "Chưa đăng nhập", "Not signed in",
     "Cần mã của cán bộ quản trị để dùng địa chỉ này.", "This address needs a staff token.",
     "Gửi Authorization: Bearer với mã đã được cấp.", "Send Authorization: Bearer with the token you were given."),
    ("staff-forbidden", 403, _C, "Không đủ quyền", "Not permitted",
     "Vai trò của bạn không được làm việc này.", "Your role does not allow this.",
     "Nhờ người có quyền, hoặc đề nghị cấp vai trò.", "Ask someone who may, or ask for the role."),
    ("sign-in-refused", 401, _C, "Không đăng nhập được", "Sign-in refused",
     "Tên đăng nhập, mật khẩu hoặc mã xác thực không đúng, hoặc tài khoản đang tạm khóa vì sai nhiều lần.", "The name, the password or the code is not right, or the account is locked for a while after too many failures.",
     "Kiểm tra lại rồi thử nữa; sau năm lần sai, mỗi lần phải chờ lâu hơn, nhiều nhất 30 phút. Quên mật khẩu hoặc mất thiết bị: nhờ quản trị nền tảng đặt lại.",
     "Check and try again; after five failures each wait is longer, half an hour at most. Password forgotten or device lost: ask the platform's administrator to reset it."),
    ("sso-failed", 502, _G, "Đăng nhập một lần không dùng được", "Single sign-on unusable",
     "Hệ thống đăng nhập một lần của tỉnh không trả lời, hoặc trả lời không đúng quy cách.", "The province's single sign-on does not answer, or not as it must.",
     "Thử lại sau ít phút; nếu vẫn vậy, báo đơn vị vận hành kèm mã tra cứu.", "Try again in some minutes; if it stays so, report the correlation id to the operators."),
    ("proof-needed", 403, _C, "Cần xác nhận lại danh tính", "Proof of identity needed",
     "Việc này cần một lần xác nhận danh tính trong ít phút gần đây.", "This needs a proof of who you are that is minutes old.",
     "Nhập lại mật khẩu và mã xác thực rồi làm tiếp.", "Enter your password and code again, then go on."),
    ("form-foreign", 403, _C, "Biểu mẫu không từ trang này", "Form from elsewhere",
     "Biểu mẫu được gửi từ trang khác, hoặc từ một phiên đã kết thúc.", "The form was sent by another site, or from a session that has ended.",
     "Mở lại trang rồi gửi lại biểu mẫu.", "Open the page again and send the form once more."),
    # --- citizens
    ("citizen-unproven", 401, _C, "Chưa xác thực được công dân", "Citizen not proven",
     "Lời hỏi không mang, hoặc mang một xác nhận không dùng được, rằng chính công dân vừa đăng nhập để xem dữ liệu của mình.", "Nothing says, or not in a form that can be accepted, that the citizen himself has just signed in to see his own data.",
     "Đăng nhập lại rồi hỏi lại; mỗi xác nhận dùng được mười phút.", "Sign in once more and ask again; what is said of a sign-in is good for ten minutes."),
    ("portal-not-allowed", 403, _C, "Hệ thống không được hỏi thay công dân", "System may not ask for citizens",
     "Hệ thống gọi không nằm trong danh sách cổng mà đơn vị vận hành cho phép để công dân xem lượt khai thác dữ liệu của mình.", "The calling system is not among the portals through which the operator lets citizens see the use of their data.",
     "Đề nghị đơn vị vận hành nền tảng đưa hệ thống vào danh sách cổng công dân.", "Ask the platform's operator to name the system as a citizen portal."),
    ("citizen-too-often", 429, _C, "Hỏi về một người quá nhiều lần", "Asked too often about one person",
     "Lượt khai thác dữ liệu của một công dân bị hỏi quá nhiều lần trong thời gian ngắn.", "The use of one citizen's data was asked for too often in a short time.",
     "Chờ số giây trong Retry-After rồi hỏi lại.", "Wait the seconds in Retry-After, then ask again."),
    ("state-forbids", 409, _C, "Trạng thái không cho phép", "State forbids",
     "Trạng thái hiện tại không cho phép chuyển như yêu cầu.", "The present state does not allow this change.",
     "Xem trạng thái hiện tại rồi chọn bước hợp lệ.", "Look at the present state and choose a valid step."),
    ("already-there", 409, _C, "Đã tồn tại", "Already there",
     "Đã có mục cùng mã.", "Something with this code exists already.",
     "Dùng mã khác, hoặc sửa mục đang có.", "Use another code, or change what exists."),
    ("content-invalid", 422, _C, "Nội dung không hợp lệ", "Content invalid",
     "Nội dung gửi lên không hợp lệ.", "The content sent is not valid.",
     "Sửa những chỗ được nêu rồi gửi lại.", "Correct what is named and send again."),
    ("four-eyes", 403, _C, "Cần người thứ hai", "Second person needed",
     "Người đề nghị không được tự phê duyệt.", "The one who asks may not approve.",
     "Nhờ người có thẩm quyền khác phê duyệt.", "Ask another person with the right to approve."),
)  # fmt: skip

PROBLEMS: dict[str, ProblemType] = {row[0]: ProblemType(*row) for row in _ROWS}
