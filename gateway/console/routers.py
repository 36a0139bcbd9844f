"""Which pages does the console have, all together?"""

from fastapi import FastAPI

from gateway.api.routers import add_routes
from gateway.console import assets, home, language, notifications, platform, problems
from gateway.console.agreements import acts as agreement_acts
from gateway.console.agreements import pages as agreements
from gateway.console.agreements import papers as agreement_papers
from gateway.console.agreements import standard_terms
from gateway.console.agreements import wizard as agreement_wizard
from gateway.console.alerts import pages as alerts
from gateway.console.alerts import people as alert_people
from gateway.console.calls import tryit, why
from gateway.console.catalogue import calls as catalogue_calls
from gateway.console.catalogue import database as catalogue_database
from gateway.console.catalogue import service as catalogue_service
from gateway.console.catalogue import start as catalogue_start
from gateway.console.citizen import pages as citizen
from gateway.console.inquiry import incidents, reveals
from gateway.console.people import (
    account,
    agencies,
    agency_import,
    permissions,
    sign_in,
    sso,
    staff,
    staff_acts,
    system_keys,
    systems,
)
from gateway.console.quality import pages as quality
from gateway.console.quality import ranking as quality_ranking
from gateway.console.quality import rules as quality_rules
from gateway.console.record import exchange as record_exchange
from gateway.console.record import exports as record_exports
from gateway.console.record import holds as record_holds
from gateway.console.record import pages as record
from gateway.console.record import person as record_person
from gateway.console.record import receipt as record_receipt
from gateway.console.record import results as record_results
from gateway.console.reports import pack as report_pack
from gateway.console.reports import pages as reports
from gateway.console.sharing import databases, drafts, providers, publishing, releases, services, trials

ROUTERS = (
    assets.router,
    language.router,
    sign_in.router,
    account.router,
    home.router,
    platform.router,
    sso.router,
    agency_import.router,
    agencies.router,
    system_keys.router,
    systems.router,
    staff.router,
    staff_acts.router,
    permissions.router,
    tryit.router,
    why.router,
    alert_people.router,
    alerts.router,
    incidents.router,
    reveals.router,
    record.router,
    record_exports.router,
    record_person.router,
    record_results.router,
    record_exchange.router,
    record_receipt.router,
    record_holds.router,
    problems.router,
    report_pack.router,
    reports.router,
    notifications.router,
    citizen.router,
    catalogue_start.entrance,
    catalogue_start.router,
    catalogue_database.router,
    catalogue_service.router,
    catalogue_calls.router,
    standard_terms.router,
    agreement_wizard.router,
    agreement_acts.router,
    agreement_papers.router,
    agreements.router,
    databases.router,
    publishing.router,
    trials.router,
    releases.router,
    drafts.router,
    services.router,
    providers.router,
    quality_ranking.router,
    quality_rules.router,
    quality.router,
)


def mount_console(app: FastAPI) -> None:
    """Give the application its pages: for the staff below /console, for everybody below /catalogue."""
    for router in ROUTERS:
        add_routes(app, router)
