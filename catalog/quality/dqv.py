"""How does the quality of a database stand in its DCAT description? (W3C Data Quality Vocabulary)

One `dqv:QualityMeasurement` for each criterion that was measured and one for the whole, a percentage; each names its
`dqv:Metric`, which is described beside. Of a database that was never measured nothing is said.
"""

from collections.abc import Mapping
from types import MappingProxyType

from catalog.dcat import Site
from catalog.graph import Iri, Node, Typed, both, instant, node
from catalog.quality.criteria import Criterion
from catalog.quality.scores import QualityScore

_WHOLE = "score"
_METRICS: Mapping[str, tuple[str, str, str, str]] = MappingProxyType(
    {
        Criterion.ACCURACY: ("Đúng", "Accuracy", "Tỷ lệ giá trị đúng định dạng và có trong danh mục.",
                             "Share of values that keep their format and stand in their lists."),
        Criterion.COMPLETENESS: ("Đủ", "Completeness", "Tỷ lệ trường bắt buộc đã điền.",
                                 "Share of mandatory fields that are filled in."),
        Criterion.CLEANNESS: ("Sạch", "Consistency", "Tỷ lệ giá trị không trùng khóa, không phải giá trị cho có.",
                              "Share of values that are unique where they must be, and no fillers."),
        Criterion.TIMELINESS: ("Sống", "Timeliness", "Tuổi của thay đổi mới nhất so với tần suất cập nhật.",
                               "Age of the newest change against the update frequency."),
        _WHOLE: ("Điểm chung", "Quality score", "Trung bình có trọng số của các trường và tính sống.",
                 "Weighted mean of the fields and of timeliness."),
    }
)  # fmt: skip


def metric_nodes(site: Site) -> tuple[Node, ...]:
    """Return what is measured: described once in a document, wherever it is named."""
    return tuple(
        node(
            _metric(site, name),
            "dqv:Metric",
            said={
                "skos:prefLabel": both(label_vi, label_en),
                "skos:definition": both(definition_vi, definition_en),
                "dqv:expectedDataType": [Iri("http://www.w3.org/2001/XMLSchema#decimal")],
                "dqv:inDimension": [_dimension(site, name)],
            },
        )
        for name, (label_vi, label_en, definition_vi, definition_en) in _METRICS.items()
    ) + tuple(
        node(_dimension(site, name), "dqv:Dimension", said={"skos:prefLabel": both(label_vi, label_en)})
        for name, (label_vi, label_en, _, _) in _METRICS.items()
    )


def measurements(site: Site, score: QualityScore | None) -> tuple[Node, ...]:
    """Return the measurements of a database, none where there is no score."""
    if score is None or score.score is None:
        return ()
    values = {_WHOLE: score.score} | {criterion.value: points for criterion, points in score.criteria.items()}
    return tuple(
        node(
            None,
            "dqv:QualityMeasurement",
            said={
                "dqv:isMeasurementOf": [_metric(site, name)],
                "dqv:value": [Typed(str(value), "xsd:decimal")],
                "prov:generatedAtTime": [instant(score.measured_at)],
            },
        )
        for name, value in values.items()
    )


def _metric(site: Site, name: str) -> Iri:
    return site.part("quality", name)


def _dimension(site: Site, name: str) -> Iri:
    return site.part("quality-dimension", name)
