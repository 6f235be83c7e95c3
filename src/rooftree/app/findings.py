"""Everything that the checks of an application find."""

from __future__ import annotations

from typing import Any

from rooftree.app.checks import Finding, deploy_findings, development_findings, unread_findings

__all__ = ["findings_of"]


def findings_of(app: Any, *, deploy: bool) -> list[Finding]:
    """Return what the checks find.

    Args:
        app: The application.
        deploy: Tell also what matters in production only.
    """
    settings = app.settings
    found = [*(finding for check in app.checks for finding in check(app)), *unread_findings(settings)]
    if app.has_templates:
        from rooftree.app.pages import template_findings

        found.extend(template_findings(app.templates))
    if settings.openapi is not None:
        from rooftree.app.describing import description_findings

        found.extend(description_findings(app))
    if app.databases:
        from rooftree.db import mistakes_of_models

        for each in mistakes_of_models():
            place = f" At {each.at}." if each.at else ""
            found.append(Finding(each.code, "error", each.fact + place, each.remedy))
    if app.assets_in_use is not None or app.languages is not None or app.fallbacks:
        from rooftree.app.checks_places import place_findings

        found.extend(place_findings(app.languages, app.assets_in_use, app.fallbacks))
    if not deploy:
        return [*found, *development_findings(settings)]
    from rooftree.app.checks_security import security_findings

    return [*found, *deploy_findings(settings), *security_findings(app)]
