"""In which words do reports say what was counted, and how?"""

from collections.abc import Mapping

from gateway.console.words import Words
from gateway.figures.indicators import Indicator
from gateway.figures.readiness import Step

UNKNOWN_RESULT = Words("Không rõ kết quả", "Outcome unknown")
DOORS: Mapping[str, Words] = {
    "rest": Words("REST", "REST"),
    "soap": Words("SOAP", "SOAP"),
    "xroad": Words("X-Road", "X-Road"),
    "axis": Words("Trục NDXP (dạng WSO2)", "National axis (WSO2 style)"),
    "console": Words("Thử gọi trên trang quản trị", "Tried from the console"),
    "?": Words("Cửa khác", "Another door"),
}
PROBLEM_SIDES: Mapping[str, Words] = {
    "caller": Words("Hệ thống gọi", "Calling system"),
    "agreement": Words("Thỏa thuận", "Agreement"),
    "provider": Words("Bên cung cấp dữ liệu", "Data provider"),
    "platform": Words("Nền tảng", "Platform"),
}
STEPS: Mapping[Step, Words] = {
    Step.PROVIDER: Words("Kết nối nguồn", "Source connected"),
    Step.SERVICE: Words("Có dịch vụ", "Service published"),
    Step.AGREEMENT: Words("Có thỏa thuận", "Agreement in force"),
    Step.ANSWERED: Words("Khai thác 30 ngày", "Answered in 30 days"),
    Step.MEASURED: Words("Đã đo chất lượng", "Quality measured"),
}
INDICATORS: Mapping[Indicator, Words] = {
    Indicator.OFFERED: Words("CSDL dùng chung đã cung cấp dịch vụ", "Shared databases that offer a service"),
    Indicator.IN_USE: Words("CSDL dùng chung đang được khai thác", "Shared databases in use"),
    Indicator.MEASURED: Words("CSDL dùng chung đã đo chất lượng", "Shared databases whose quality was measured"),
    Indicator.GREEN: Words("CSDL dùng chung đạt chất lượng (xanh)", "Shared databases of good quality (green)"),
    Indicator.AGENCIES: Words("Đơn vị có khai thác dữ liệu", "Agencies that use data"),
    Indicator.SERVICES_USED: Words("Dịch vụ dữ liệu có khai thác", "Services that are used"),
    Indicator.AGREEMENTS_USED: Words("Thỏa thuận có hiệu lực được sử dụng", "Agreements in force that are used"),
    Indicator.SUCCESS: Words("Lượt trao đổi thành công", "Exchanges answered"),
    Indicator.AVAILABILITY: Words("Mức sẵn sàng của trao đổi", "Availability of exchanges"),
    Indicator.CASE_FILES: Words("Lượt khai thác gắn với mã hồ sơ", "Answers given for a case file"),
}
FORMULAS: Mapping[Indicator, Words] = {
    Indicator.OFFERED: Words(
        "số CSDL của tỉnh có nguồn kết nối và ít nhất một dịch vụ chưa thu hồi ÷ số CSDL của tỉnh trong danh mục",
        "the province's databases with a provider and a service that is not retired ÷ its databases in the catalogue",
    ),
    Indicator.IN_USE: Words(
        "số CSDL của tỉnh có nguồn, dịch vụ, thỏa thuận có hiệu lực, lượt thành công trong 30 ngày ÷ số CSDL của tỉnh",
        "the province's databases with provider, service, agreement in force and an answer in 30 days ÷ its databases",
    ),
    Indicator.MEASURED: Words(
        "số CSDL của tỉnh đã có kết quả đo chất lượng ÷ số CSDL của tỉnh",
        "the province's databases with a finished quality profile ÷ its databases",
    ),
    Indicator.GREEN: Words(
        "số CSDL của tỉnh có điểm mới nhất từ 90 trở lên và định danh đúng 100 % ÷ số CSDL của tỉnh",
        "the province's databases whose newest score is 90 or more, all identifiers right ÷ its databases",
    ),
    Indicator.AGENCIES: Words(
        "số đơn vị có ít nhất một lượt thành công trong kỳ ÷ số đơn vị trong danh sách",
        "agencies with an answer in the period ÷ agencies in the list",
    ),
    Indicator.SERVICES_USED: Words(
        "số phiên bản dịch vụ có lượt thành công trong kỳ ÷ số phiên bản dịch vụ chưa thu hồi của các CSDL của tỉnh",
        "service versions with an answer in the period ÷ versions of the province's databases that are not retired",
    ),
    Indicator.AGREEMENTS_USED: Words(
        "số thỏa thuận có hiệu lực có lượt thành công từ đầu kỳ đến nay ÷ số thỏa thuận có hiệu lực",
        "agreements in force with an answer since the period began ÷ agreements in force",
    ),
    Indicator.SUCCESS: Words(
        "lượt thành công ÷ tổng số lượt (thành công + bị từ chối + lỗi + không rõ)",
        "answered ÷ all exchanges (answered + refused + failed + unknown)",
    ),
    Indicator.AVAILABILITY: Words(
        "lượt thành công ÷ (tổng số lượt − bị từ chối đúng quy định)",
        "answered ÷ (all exchanges − rightly refused)",
    ),
    Indicator.CASE_FILES: Words(
        "lượt thành công có mã hồ sơ ÷ lượt thành công; mỗi lượt là một lần không phải yêu cầu người dân nộp giấy tờ, "
        "nếu giấy tờ đó trước đây phải nộp",
        "answers with a case file ÷ answers; each is a paper not handed in, where one was asked for before",
    ),
}
