"""The charts' options for ECharts; the browser adds the theme's colours and nothing else. Pure.

Series have ids: by these ECharts knows what it has drawn already, and draws on from there.
"""

from __future__ import annotations

from typing import Any

from queries.page.state import PageState
from queries.page.texts import Texts
from queries.summary import Summary, Trend, TrendPoint

_DIMMED = 0.35


def source_charts(state: PageState, summary: Summary, texts: Texts) -> dict[str, Any]:
    """Bar and pie by source: data, and the address behind every bar and slice."""
    opened = state.only_filters().source
    data = [
        {
            "name": texts.source(row.source),
            "value": row.count,
            "href": state.narrowed({"source": [row.source]}),
            "label": {"formatter": texts.number(row.count)},
            "tooltip": {
                "formatter": f"{texts.source(row.source)}\n{texts.number(row.count)}"
                f" ({texts.percent(row.percent)})"
            },
            "itemStyle": {
                "color": row.source.colour,
                "opacity": _DIMMED if opened and row.source not in opened else 1,
            },
        }
        for row in summary.sources
    ]
    return {"bar": _bar(data), "pie": _pie(data)}


def _bar(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "grid": {"left": 180, "right": 60, "top": 8, "bottom": 28},
        "tooltip": {"renderMode": "richText", "trigger": "item"},
        "xAxis": {"type": "value", "splitNumber": 3, "minInterval": 1},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [item["name"] for item in data],
            "axisLabel": {"interval": 0},
            "axisTick": {"show": False},
        },
        "series": [
            {
                "id": "bar",
                "type": "bar",
                "data": data,
                "barMaxWidth": 26,
                "label": {"show": True, "position": "right"},
            }
        ],
    }


def _pie(data: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "tooltip": {"renderMode": "richText", "trigger": "item"},
        "series": [
            {
                "id": "pie",
                "type": "pie",
                "radius": ["52%", "92%"],
                "data": [{**item, "label": {"show": False}} for item in data],
                "labelLine": {"show": False},
                "emphasis": {"scaleSize": 4},
            }
        ],
    }


def trend_chart(state: PageState, current: Trend, earlier: Trend, texts: Texts) -> dict[str, Any]:
    """The period as bars, the one before it as a line, bucket by bucket."""
    labels = [texts.tick(point.start, current.step) for point in current.points]
    this, before = texts("chart.this_period"), texts("chart.previous_period")
    return {
        "grid": {"left": 52, "right": 12, "top": 34, "bottom": 28},
        "legend": {"top": 0, "left": 0, "data": [this, before]},
        "tooltip": {"renderMode": "richText", "trigger": "item"},
        "xAxis": {"type": "category", "data": labels, "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitNumber": 3, "minInterval": 1},
        "series": [
            {
                "id": "this",
                "name": this,
                "type": "bar",
                "barMaxWidth": 32,
                "data": [
                    _point(p, state.between(p.start, p.end), this, texts) for p in current.points
                ],
            },
            {
                "id": "before",
                "name": before,
                "type": "line",
                "symbolSize": 7,
                "lineStyle": {"type": "dashed", "width": 2},
                "data": [
                    _point(p, state.during(p.start, p.end), before, texts)
                    for p in earlier.points[: len(labels)]
                ],
            },
        ],
    }


def _point(point: TrendPoint, href: str | None, name: str, texts: Texts) -> dict[str, Any]:
    return {
        "value": point.count,
        "href": href,
        "tooltip": {
            "formatter": f"{name}\n{texts.moment(point.start)}\n{texts.number(point.count)}"
        },
    }
