"use strict";
// Draws what the server prepared: options come as JSON, colours of the theme from the style sheet.
const Charts = (() => {
  const drawn = new Map();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Names of bars take their own lines where there is little room.
  const NARROW = 420;
  function fitted(options, room) {
    if (options.yAxis?.type !== "category") return options;
    const [left, label] = room < NARROW ? [138, { width: 128, overflow: "break" }] : [options.grid.left, { width: null, overflow: "none" }];
    return { ...options, grid: { ...options.grid, left }, yAxis: { ...options.yAxis, axisLabel: { ...options.yAxis.axisLabel, ...label } } };
  }

  function themed(options, moving) {
    const text = { color: colour("--text"), fontFamily: getComputedStyle(document.body).fontFamily };
    const axis = (given) => given && {
      ...given,
      axisLabel: { ...given.axisLabel, color: colour("--muted"), hideOverlap: true },
      axisLine: { lineStyle: { color: colour("--line") } },
      splitLine: { lineStyle: { color: colour("--line") } },
    };
    const series = options.series.map((one) => ({
      ...one,
      ...(one.type === "bar" && { label: { ...one.label, color: colour("--text") }, color: colour("--accent") }),
      ...(one.type === "line" && { color: colour("--muted") }),
      ...(one.type === "pie" && { itemStyle: { borderColor: colour("--card"), borderWidth: 2 } }),
    }));
    return {
      ...options, series, textStyle: text, animation: moving && !still.matches, animationDuration: 300, animationDurationUpdate: 300,
      xAxis: axis(options.xAxis), yAxis: axis(options.yAxis),
      legend: options.legend && { ...options.legend, textStyle: text },
      tooltip: { ...options.tooltip, backgroundColor: colour("--card"), borderColor: colour("--line"), textStyle: text },
    };
  }

  function chartOf(element, open) {
    let chart = drawn.get(element);
    if (!chart) {
      chart = echarts.init(element, null, { renderer: "svg" });
      chart.on("click", (event) => event.data.href && open(event.data.href, element));
      new ResizeObserver(() => chart.resize()).observe(element);
      drawn.set(element, chart);
    }
    return chart;
  }

  return {
    // `moving`: shapes go from what they were to what they are, as a reader sees what a click changed.
    draw(all, open, moving) {
      for (const [element, chart] of drawn) {
        if (!element.isConnected) {
          chart.dispose();
          drawn.delete(element);
        }
      }
      for (const element of document.querySelectorAll("[data-chart]")) {
        const options = all[element.dataset.chart];
        if (!options) continue;
        chartOf(element, open).setOption(themed(fitted(options, element.clientWidth), moving), { replaceMerge: ["series"] });
      }
    },
  };
})();
