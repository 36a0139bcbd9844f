"""In which words does a page say what a permission allows? One without words is a mistake that a test finds."""

from collections.abc import Mapping

from gateway.console.words import Words
from security.staff import Permission

PERMISSION_WORDS: Mapping[Permission, Words] = {
    Permission.AGENCY_READ: Words("Xem đơn vị", "See agencies"),
    Permission.AGENCY_CREATE: Words("Thêm, sửa, nạp danh sách đơn vị", "Add, revise and import agencies"),
    Permission.SYSTEM_READ: Words("Xem hệ thống và khóa", "See systems and their keys"),
    Permission.SYSTEM_CREATE: Words("Thêm, sửa tên hệ thống", "Add and rename systems"),
    Permission.SYSTEM_KEYS: Words("Thêm, thu hồi khóa; cấp client_secret", "Add and revoke keys; make client secrets"),
    Permission.SYSTEM_SEALED_KEYS: Words("Cấp bí mật băm (WS-Security)", "Make digest secrets (WS-Security)"),
    Permission.SYSTEM_SUSPEND: Words("Tạm dừng, cho gọi lại", "Suspend and resume systems"),
    Permission.SYSTEM_LEGACY: Words("Đánh dấu hệ thống kiểu cũ", "Mark systems as legacy"),
    Permission.CATALOGUE_READ: Words("Xem danh mục", "See the catalogue"),
    Permission.DATABASE_CREATE: Words("Đăng ký cơ sở dữ liệu", "Register databases"),
    Permission.DATABASE_CHANGE: Words("Sửa thông tin cơ sở dữ liệu", "Revise what is said of databases"),
    Permission.PROVIDER_READ: Words("Xem nguồn dữ liệu", "See providers"),
    Permission.PROVIDER_CHANGE: Words("Thêm, sửa nguồn dữ liệu", "Add and change providers"),
    Permission.SERVICE_PUBLISH: Words("Công bố, ngừng dịch vụ", "Publish and retire services"),
    Permission.PUBLICATION_READ: Words("Xem bản chuẩn bị công bố", "See services being prepared"),
    Permission.PUBLICATION_PREPARE: Words("Chuẩn bị công bố dịch vụ", "Prepare services"),
    Permission.PUBLICATION_TRY: Words("Thử dịch vụ đang chuẩn bị", "Try services being prepared"),
    Permission.PURPOSE_CREATE: Words("Thêm mục đích sử dụng", "Add purposes"),
    Permission.AGREEMENT_READ: Words("Xem thỏa thuận", "See agreements"),
    Permission.AGREEMENT_REQUEST: Words("Yêu cầu chia sẻ dữ liệu", "Request data"),
    Permission.AGREEMENT_DECIDE: Words("Trả lại, từ chối yêu cầu", "Return or refuse requests"),
    Permission.AGREEMENT_APPROVE: Words("Duyệt yêu cầu", "Approve requests"),
    Permission.AGREEMENT_ACTIVATE: Words("Cho thỏa thuận có hiệu lực", "Put agreements in force"),
    Permission.AGREEMENT_SUSPEND_CONSUMER: Words("Tạm dừng phía khai thác", "Suspend as the consumer"),
    Permission.AGREEMENT_SUSPEND_PROVIDER: Words("Tạm dừng phía cung cấp", "Suspend as the provider"),
    Permission.AGREEMENT_SUSPEND_PLATFORM: Words("Tạm dừng phía nền tảng", "Suspend as the platform"),
    Permission.AGREEMENT_STANDARD: Words("Công bố điều khoản mẫu", "Declare standard terms"),
    Permission.AGREEMENT_END: Words("Chấm dứt thỏa thuận", "End agreements"),
    Permission.CALL_SANDBOX: Words("Thử gọi với dữ liệu giả lập", "Try calls in the sandbox"),
    Permission.CALL_PRODUCTION: Words("Thử gọi dữ liệu thật", "Try calls in production"),
    Permission.XROAD_CHANGE: Words("Sửa định danh X-Road", "Change X-Road identifiers"),
    Permission.STAFF_READ: Words("Xem nhân sự", "See the staff"),
    Permission.STAFF_CHANGE: Words("Thêm, sửa, đặt lại, cho nghỉ nhân sự", "Add, change, reset and deactivate staff"),
    Permission.RECORD_READ: Words("Xem và xuất nhật ký", "Read and export the record"),
    Permission.RECORD_REVEAL: Words("Yêu cầu, đồng ý mở danh tính", "Ask for and agree to open sealed values"),
    Permission.INCIDENT_KEEP: Words("Ghi và xử lý sự cố", "Keep incidents"),
    Permission.ALERT_READ: Words("Xem cảnh báo sử dụng sai", "See alerts of misuse"),
    Permission.ALERT_TRIAGE: Words("Kết luận cảnh báo, lập danh sách người", "Judge alerts, keep the list of people"),
    Permission.RECORD_HOLD: Words("Đặt, gỡ lệnh giữ nhật ký", "Set and lift holds of the record"),
    Permission.RECORD_ERASE: Words(
        "Đề nghị, xác nhận xóa khóa một tháng", "Ask for and confirm the erasure of a month"
    ),
    Permission.QUALITY_READ: Words("Xem chất lượng dữ liệu", "See the quality of data"),
    Permission.QUALITY_MEASURE: Words("Đo chất lượng", "Measure quality"),
    Permission.QUALITY_RULES: Words("Đặt quy tắc chất lượng", "Set rules of quality"),
    Permission.REPORT_READ: Words("Xem báo cáo của đơn vị", "See the agency's reports"),
    Permission.REPORT_READ_ALL: Words("Xem báo cáo toàn tỉnh", "See reports of the whole province"),
    Permission.PLATFORM_READ: Words("Xem tình trạng vận hành", "See how the platform runs"),
}
