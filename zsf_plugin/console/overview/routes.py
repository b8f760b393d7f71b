"""The routes of the Overview page, and its numbers as CSV."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, abort, render_template

from zsf_plugin.console import request_context
from zsf_plugin.console.csv_files import Cell, csv_file
from zsf_plugin.console.overview.chart import Chart, Series
from zsf_plugin.console.overview.charts import calls_chart, results_chart
from zsf_plugin.console.overview.page import overview_page

blueprint = Blueprint("overview", __name__)


@blueprint.get("/overview")
def show() -> str:
    """The page."""
    page = overview_page(*request_context.current(), request_context.status())
    return render_template("overview/show.html", page=page)


@blueprint.get("/overview/results.csv")
def results() -> Response:
    """What entries came to, by day."""
    return _csv("results", results_chart(*request_context.current()))


@blueprint.get("/overview/calls.csv")
def calls() -> Response:
    """API calls by purpose, by day. 404 without a connection."""
    chart = calls_chart(request_context.application(), request_context.status())
    return _csv("api-calls", chart or abort(404))


def _csv(name: str, chart: Chart) -> Response:
    """The table of the chart, oldest day first."""
    series = chart.every_series
    heading = ["Day (UTC)", *(one.words for one in series)]
    days = (_row(day, numbers, series) for day, numbers in chart.days)
    return csv_file(name, heading, days)


def _row(
    day: datetime.date, numbers: Mapping[str, int], series: Sequence[Series]
) -> tuple[Cell, ...]:
    return (str(day), *(numbers.get(one.name, 0) for one in series))
