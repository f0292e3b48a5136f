"""Will it work? Every check before anything is made, and again as a run's first step."""

from app.report.asked import Asked
from app.report.checks import nothing_answered, report
from app.report.lines import Line, Report, State

__all__ = ["Asked", "Line", "Report", "State", "nothing_answered", "report"]
