# SPDX-License-Identifier: GPL-2.0-or-later
"""The plots of scripts/bench, made by gnuplot, and what their axes have."""

import statistics
import subprocess

# What is timed beside what, and what the counts are of
TIME_TITLES = {"idle": "idle machine", "100": "100 sleepers", "1000": "1,000 sleepers",
               "timed": "1,000 sleepers with deadlines", "10000": "10,000 sleepers",
               "place.1000": "1,000 sleepers, consistency per function",
               "place.10000": "10,000 sleepers, consistency per function",
               "inside": "a sleeper inside the function"}

# How many tasks sleep while work is counted
TASKS = (0, 100, 1000, 10000, 50000)

# In which a task crosses, as tracepoints call them
WAYS = ("exit", "idle", "loop", "place", "sleep", "stack")

HEAD = """
set terminal svg size 720,420 font "sans,13" background "#ffffff"
set style line 1 lc rgb "#2a78b8" lw 2 pt 7 ps 0.6
set style line 2 lc rgb "#d05a28" lw 2 pt 5 ps 0.6
set style line 3 lc rgb "#e8a888" lw 2 pt 5 ps 0.6
set border 3
set tics nomirror
set grid y lc rgb "#dddddd"
set key top left
"""


def gnuplot(script):
    subprocess.run(["gnuplot"], input=HEAD + script, text=True, check=True)


def block(name, rows):
    return f"${name} << EOD\n" + "".join(
        " ".join(f'"{c}"' if isinstance(c, str) else str(c) for c in row) + "\n"
        for row in rows) + "EOD\n"


def plot_times(samples, path):
    rows = []
    for name, title in TIME_TITLES.items():
        kgraft = samples.median(f"apply.{name}", "kgraft")
        livepatch = samples.get(f"apply.{name}", "livepatch")
        if kgraft is not None and livepatch:
            short = title.replace("a sleeper inside the function", "one inside")
            short = short.replace("with deadlines", "timed")
            rows.append([short.replace(" sleepers, consistency", ","), kgraft, min(livepatch),
                         statistics.median(livepatch)])
    if rows:
        gnuplot(block("data", rows) + f"""
set output "{path}"
set title "From insmod until every task has crossed (ms, logarithmic)"
set style data histogram
set style histogram clustered gap 1
set style fill solid
set boxwidth 0.9
set logscale y
set yrange [10:100000]
plot $data using 2:xtic(1) ls 1 title "kGraft, median", \\
     "" using 3 ls 3 title "livepatch, fastest", "" using 4 ls 2 title "livepatch, median", \\
     "" using ($0-0.27):($2*1.25):(sprintf("%.0f", $2)) with labels notitle, \\
     "" using ($0):($3*1.25):(sprintf("%.0f", $3)) with labels notitle, \\
     "" using ($0+0.27):($4*1.25):(sprintf("%.0f", $4)) with labels notitle
""")


def plot_calls(samples, path):
    base = samples.median("call.unpatched", "none")
    rows = []
    for name, title in (("call.settled", "settled"), ("call.transition.old", "in transition"),
                        ("call.second.1", "traced, too"),
                        ("call.second.100", "traced, 100 patched")):
        row = [samples.median(name, who) for who in ("kgraft", "livepatch")]
        if None not in row:
            rows.append([title, *(v - base for v in row)])
    if rows:
        gnuplot(block("data", rows) + f"""
set output "{path}"
set title "Instructions added to a call of a patched function (logarithmic)"
set style data histogram
set style histogram clustered gap 1
set style fill solid
set boxwidth 0.9
set logscale y
set yrange [1:10000]
plot $data using 2:xtic(1) ls 1 title "kGraft", "" using 3 ls 2 title "livepatch", \\
     "" using ($0-0.2):($2*1.2):(sprintf("%.0f", $2)) with labels notitle, \\
     "" using ($0+0.2):($3*1.2):(sprintf("%.0f", $3)) with labels notitle
""")


def plot_lines(samples, path, title, xlabel, names, scale):
    blocks, plots = "", []
    for index, who in enumerate(("kgraft", "livepatch"), 1):
        rows = [(x, samples.median(name, who) / scale) for x, name in names
                if samples.median(name, who) is not None]
        if len(rows) > 1:
            blocks += block(who, rows)
            label = "kGraft" if who == "kgraft" else who
            plots.append(f'${who} using 1:2 with linespoints ls {index} title "{label}"')
    if plots:
        gnuplot(blocks + f"""
set output "{path}"
set title "{title}"
set xlabel "{xlabel}"
set logscale xy
plot {", ".join(plots)}
""")


def plot_cross(samples, path):
    """The share of tasks that have crossed after so many ms, by way."""
    blocks, plots = "", []
    for index, way in enumerate(WAYS, 1):
        times = sorted(samples.get(f"cross.1000.{way}", "kgraft"))
        if times:
            blocks += block(way, [(max(t, 0.1), (i + 1) * 100 / len(times))
                                  for i, t in enumerate(times)])
            plots.append(f'${way} using 1:2 with steps lw 2 lc {index} title "{way} ({len(times)})"')
    if plots:
        gnuplot(blocks + f"""
set output "{path}"
set title "1,000 sleepers: tasks that have crossed, by way (%)"
set xlabel "ms after the change began"
set logscale x
set yrange [0:105]
set key center center
plot {", ".join(plots)}
""")


def plots(samples, out):
    plot_times(samples, f"{out}/times.svg")
    plot_calls(samples, f"{out}/calls.svg")
    plot_lines(samples, f"{out}/tasks.svg", "Work of applying a patch (instructions)",
               "sleeping tasks", [(nr, f"work.apply.{nr}") for nr in TASKS if nr], 1)
    plot_lines(samples, f"{out}/functions.svg", "Applying a patch of many functions (ms)",
               "functions", [(nr, f"apply.functions.{nr}") for nr in (1, 10, 100, 1000)], 1)
    plot_lines(samples, f"{out}/late.svg", "Longest wait for the CPU (us) while a patch is applied",
               "sleeping tasks", [(nr, f"late.apply.{nr}") for nr in TASKS if nr], 1)
    plot_cross(samples, f"{out}/cross.svg")
