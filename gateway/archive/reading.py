"""Is an archive, a directory of files with their indexes, just what was signed?"""

from collections.abc import Iterable
from pathlib import Path

from gateway.archive.files import ArchiveUnusable, digest_of_file, indexes_in, read_rows
from security.audit.verify_archive import ArchiveReport, Index, verify_archive
from security.audit.verify_body import Finding
from security.audit.verify_log import Known


def verify_archived(directory: Path, known: Known) -> ArchiveReport:
    """Return what was found in an archive. What is no file or index of an archive any more is a finding too."""
    try:
        indexes = indexes_in(directory)
        lone = {path.name for path in directory.glob("[!.]*.parquet")} - {index.file for index in indexes}
        if lone:
            raise ArchiveUnusable(f"{min(lone)} stands without its index")
        report = verify_archive([(index, read_rows(directory / index.file)) for index in indexes], known)
    except ArchiveUnusable as error:
        return ArchiveReport(0, 0, {}, Finding("archive", 0, str(error)))
    return report if report.finding is not None else _with_digests(directory, indexes, report)


def _with_digests(directory: Path, indexes: Iterable[Index], report: ArchiveReport) -> ArchiveReport:
    """Compare the files as a whole, last: the records say better where a change is."""
    for index in indexes:
        if digest_of_file(directory / index.file) != index.sha256:
            what = "every record is what was signed, but the file is not the one that was written"
            return ArchiveReport(report.files, report.records, report.reaches, Finding(index.file, 0, what))
    return report
