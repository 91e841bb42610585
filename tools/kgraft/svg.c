// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svg.c - draws a transition
 *
 * There is a panel for each change. Rows are the tasks that crossed it, the
 * last one at the top; the horizontal axis is the time since it began. A row
 * has the colour of the task's old universe, then that of the newest, with a
 * mark where it crossed, in the colour of the way. Most tasks cross within
 * milliseconds and some take minutes, so the scale is logarithmic. If there are
 * thousands of tasks, some share a row, which shows the last of them.
 */
#define _GNU_SOURCE
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "patch.h"
#include "trace.h"

#define KGR_WIDTH	1080
#define KGR_LEFT	16
#define KGR_PLOT	560
#define KGR_EDGE	4	/* so that the last mark can be seen */
#define KGR_PANEL	190
#define KGR_TITLE	34
#define KGR_AXIS	34
#define KGR_LEGEND	40
#define KGR_ROWS	240
#define KGR_LABELS	9
#define KGR_LABEL	19
#define KGR_UNIVERSES	6

static const char kgr_style[] =
	"<style>\n"
	"svg { font: 12px sans-serif; }\n"
	".paper { fill: #ffffff; } text { fill: #1f2328; }\n"
	".dim { fill: #59636e; } .grid { stroke: #d1d9e0; }\n"
	".lead { stroke: #9aa4ae; fill: none; }\n"
	".title { font-weight: bold; font-size: 13px; }\n"
	".u0 { fill: #e4e8ec; } .u1 { fill: #cfe3f7; } .u2 { fill: #d6f0d8; }\n"
	".u3 { fill: #f8e6c8; } .u4 { fill: #e9dcf6; } .u5 { fill: #f8d9de; }\n"
	".exit { fill: #0969da; } .loop { fill: #8250df; } .sleep { fill: #1a7f37; }\n"
	".idle { fill: #6e7781; } .stack { fill: #bf5700; } .place { fill: #0b7285; }\n"
	".force { fill: #cf222e; } .other { fill: #000000; }\n"
	"@media (prefers-color-scheme: dark) {\n"
	".paper { fill: #0d1117; } text { fill: #e6edf3; }\n"
	".dim { fill: #9198a1; } .grid { stroke: #3d444d; }\n"
	".lead { stroke: #656c76; }\n"
	".u0 { fill: #2a313c; } .u1 { fill: #123a63; } .u2 { fill: #12452a; }\n"
	".u3 { fill: #4d3710; } .u4 { fill: #3b2559; } .u5 { fill: #551d27; }\n"
	".exit { fill: #58a6ff; } .loop { fill: #bc8cff; } .sleep { fill: #3fb950; }\n"
	".idle { fill: #adbac7; } .stack { fill: #f0883e; } .place { fill: #39c5cf; }\n"
	".force { fill: #ff7b72; } .other { fill: #ffffff; }\n"
	"}\n"
	"</style>\n";

/**
 * struct kgr_row - a task in a panel
 * @usecs:	how long after the beginning of the change it crossed
 * @crossing:	its crossing; %NULL if it has not crossed
 * @blocked:	its last kgr_task_blocked before that, or %NULL
 */
struct kgr_row {
	unsigned long long usecs;
	const struct kgr_crossing *crossing;
	const struct kgr_blocked *blocked;
};

/**
 * struct kgr_panel - a change that is drawn
 * @file:	the output
 * @change:	the change
 * @rows:	the tasks, the last one first
 * @nr:		how many
 * @span:	the time that is drawn, in microseconds
 * @top:	where the plot begins
 */
struct kgr_panel {
	FILE *file;
	const struct kgr_traced *change;
	struct kgr_row *rows;
	size_t nr;
	unsigned long long span;
	int top;
};

/* Quoted for XML, without characters that XML does not allow. */
static void put_text(FILE *file, const char *text)
{
	char *printable = kgr_printable(text), *c;

	for (c = printable; *c; c++)
		switch (*c) {
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '&':
			fputs("&amp;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		default:
			putc(*c, file);
		}
	free(printable);
}

/* Linear below a millisecond, logarithmic above. */
static double x_of(const struct kgr_panel *panel, unsigned long long usecs)
{
	double whole = log1p(panel->span / 1000.0);
	double part = log1p((usecs < panel->span ? usecs : panel->span) /
			    1000.0);

	return KGR_LEFT + part / whole * (KGR_PLOT - KGR_EDGE);
}

/* --- the tasks of a change --- */

static void add_row(struct kgr_panel *panel, unsigned long long usecs,
		    const struct kgr_crossing *crossing,
		    const struct kgr_blocked *blocked)
{
	panel->rows = kgr_grow(panel->rows, panel->nr, sizeof(*panel->rows));
	panel->rows[panel->nr++] = (struct kgr_row){ usecs, crossing, blocked };
}

static const struct kgr_blocked *last_seen(const struct kgr_trace *trace,
					   const struct kgr_traced *change,
					   unsigned int pid,
					   unsigned long long before)
{
	size_t i = trace->nr_blocked;

	while (pid && i--)
		if (trace->blocked[i].pid == pid &&
		    trace->blocked[i].usec <= before &&
		    trace->blocked[i].usec >= change->usec &&
		    kgr_universe_before(trace->blocked[i].universe,
					change->universe))
			return &trace->blocked[i];
	return NULL;
}

static bool has_crossed(const struct kgr_panel *panel, unsigned int pid)
{
	size_t i;

	for (i = 0; i < panel->nr; i++)
		if (panel->rows[i].crossing ?
		    panel->rows[i].crossing->pid == pid :
		    panel->rows[i].blocked->pid == pid)
			return true;
	return false;
}

static int last_first(const void *a, const void *b)
{
	const struct kgr_row *x = a, *y = b;

	if (x->usecs != y->usecs)
		return x->usecs < y->usecs ? 1 : -1;
	return 0;
}

static void find_rows(struct kgr_panel *panel, const struct kgr_trace *trace)
{
	const struct kgr_traced *change = panel->change;
	const struct kgr_crossing *crossing;
	const struct kgr_blocked *blocked;
	size_t i;

	for (i = 0; i < trace->nr_crossings; i++) {
		crossing = &trace->crossings[i];
		if (kgr_crosses(crossing, change))
			add_row(panel, crossing->usec - change->usec, crossing,
				last_seen(trace, change, crossing->pid,
					  crossing->usec));
	}
	/* Tasks that blocked the change and still do, or have died. */
	for (i = 0; i < trace->nr_blocked && !change->complete; i++) {
		blocked = &trace->blocked[i];
		if (blocked->pid && blocked->usec >= change->usec &&
		    kgr_universe_before(blocked->universe, change->universe) &&
		    !has_crossed(panel, blocked->pid))
			add_row(panel, trace->end - change->usec, NULL,
				last_seen(trace, change, blocked->pid,
					  trace->end) ?: blocked);
	}
	if (panel->nr)
		qsort(panel->rows, panel->nr, sizeof(*panel->rows), last_first);
	panel->span = change->complete ? change->usecs :
		      trace->end - change->usec;
	if (panel->nr && panel->rows[0].usecs > panel->span)
		panel->span = panel->rows[0].usecs;
	if (!panel->span)
		panel->span = 1;
}

/* --- drawing --- */

static void draw_title(const struct kgr_panel *panel)
{
	const struct kgr_traced *change = panel->change;
	char *took = kgr_duration(change->usecs / 1000);

	fprintf(panel->file,
		"<text class=\"title\" x=\"%d\" y=\"%d\">%s of ", KGR_LEFT,
		panel->top - 12, change->revert ? "Revert" : "Apply");
	put_text(panel->file, change->patch);
	fprintf(panel->file,
		", universe %u: %zu tasks crossed, <tspan>%s%s</tspan></text>\n",
		change->universe, panel->nr,
		change->complete ? "complete after " : "not complete yet",
		change->complete ? took : "");
	free(took);
}

static void draw_axis(const struct kgr_panel *panel)
{
	unsigned long long usecs = 1000;
	double x, last = 0;
	char *words;

	for (; usecs <= panel->span && usecs < 1ULL << 50; usecs *= 10) {
		x = x_of(panel, usecs);
		fprintf(panel->file,
			"<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n",
			x, x, panel->top, panel->top + KGR_PANEL + 4);
		if (x - last < 48)
			continue;
		last = x;
		words = usecs < 1000000 ? kgr_format("%llu ms", usecs / 1000) :
			kgr_format("%llu s", usecs / 1000000);
		fprintf(panel->file,
			"<text class=\"dim\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%s</text>\n",
			x, panel->top + KGR_PANEL + 17, words);
		free(words);
	}
}

static void draw_bar(const struct kgr_panel *panel, double x, double y,
		     double width, double height, const char *class)
{
	if (width > 0)
		fprintf(panel->file,
			"<rect class=\"%s\" x=\"%.1f\" y=\"%.2f\" width=\"%.1f\" height=\"%.2f\"/>\n",
			class, x, y, width, height);
}

static void draw_row(const struct kgr_panel *panel, const struct kgr_row *row,
		     double y, double height)
{
	unsigned int from = row->crossing ? row->crossing->from :
			    row->blocked->universe;
	unsigned int to = row->crossing ? row->crossing->to : from;
	double x = x_of(panel, row->usecs), end = KGR_LEFT + KGR_PLOT;
	char class[16];

	snprintf(class, sizeof(class), "u%u", from % KGR_UNIVERSES);
	draw_bar(panel, KGR_LEFT, y, x - KGR_LEFT, height, class);
	snprintf(class, sizeof(class), "u%u", to % KGR_UNIVERSES);
	draw_bar(panel, x, y, end - x, height, class);
	if (row->crossing)
		draw_bar(panel, x - 1.5, y, 3, height,
			 kgr_way_word(row->crossing->way));
}

static void draw_rows(const struct kgr_panel *panel)
{
	size_t each = (panel->nr + KGR_ROWS - 1) / KGR_ROWS, i;
	double height = (double)KGR_PANEL / panel->nr;

	for (i = 0; i < panel->nr; i += each) {
		size_t nr = panel->nr - i < each ? panel->nr - i : each;

		/* of tasks that share a row, the first one crossed last */
		draw_row(panel, &panel->rows[i], panel->top + i * height,
			 nr * height);
	}
}

/* --- labels --- */

/**
 * struct kgr_label - tasks of one name
 * @at:		the row of the last one
 * @nr:		how many
 */
struct kgr_label {
	size_t at;
	size_t nr;
};

static const char *comm_of(const struct kgr_row *row)
{
	return row->crossing ? row->crossing->comm : row->blocked->comm;
}

/*
 * Tasks with a label: those that blocked the change, and user tasks. There are
 * too many kernel threads to label.
 */
static bool is_of_interest(const struct kgr_row *row)
{
	return row->blocked || row->crossing->way == KGR_WAY_EXIT ||
	       row->crossing->way == KGR_WAY_PLACE ||
	       row->crossing->way == KGR_WAY_FORCE;
}

/* Fills in the labels, the last one first; returns their number. */
static size_t find_labels(const struct kgr_panel *panel,
			  struct kgr_label labels[KGR_LABELS])
{
	size_t nr = 0, i, j;

	for (i = 0; i < panel->nr; i++) {
		for (j = 0; j < nr; j++)
			if (!strcmp(comm_of(&panel->rows[labels[j].at]),
				    comm_of(&panel->rows[i])))
				break;
		if (j < nr)
			labels[j].nr++;
		else if (nr < KGR_LABELS && is_of_interest(&panel->rows[i]))
			labels[nr++] = (struct kgr_label){ i, 1 };
	}
	return nr;
}

static void draw_label(const struct kgr_panel *panel,
		       const struct kgr_label *label, int y)
{
	const struct kgr_row *row = &panel->rows[label->at];
	double height = (double)KGR_PANEL / panel->nr;
	double right = KGR_LEFT + KGR_PLOT;
	char *took = kgr_duration(row->usecs / 1000);

	fprintf(panel->file,
		"<path class=\"lead\" d=\"M%.1f %.1f L%.1f %d L%.1f %d\"/>\n",
		right, panel->top + (label->at + 0.5) * height, right + 14,
		y - 4, right + 20, y - 4);
	fprintf(panel->file, "<text x=\"%.1f\" y=\"%d\">", right + 24, y);
	put_text(panel->file, comm_of(row));
	if (label->nr > 1)
		fprintf(panel->file, " <tspan class=\"dim\">%zu times, the last ",
			label->nr);
	else
		fprintf(panel->file, " <tspan class=\"dim\">%u, ",
			row->crossing ? row->crossing->pid : row->blocked->pid);
	fprintf(panel->file, "%s%s%s", took,
		row->crossing ? " by " : ", not crossed",
		row->crossing ? kgr_way_word(row->crossing->way) : "");
	if (row->blocked) {
		fputs(", ", panel->file);
		put_text(panel->file, row->blocked->reason);
	}
	fputs("</tspan></text>\n", panel->file);
	free(took);
}

static void draw_labels(const struct kgr_panel *panel)
{
	struct kgr_label labels[KGR_LABELS];
	size_t nr = find_labels(panel, labels), others = panel->nr, i;
	int y = panel->top + 12;

	for (i = 0; i < nr; i++) {
		draw_label(panel, &labels[i], y);
		others -= labels[i].nr;
		y += KGR_LABEL;
	}
	if (others)
		fprintf(panel->file,
			"<text class=\"dim\" x=\"%d\" y=\"%d\">and %zu others</text>\n",
			KGR_LEFT + KGR_PLOT + 24, y, others);
}

static void draw_legend(FILE *file, const struct kgr_trace *trace)
{
	size_t nr[KGR_WAYS] = { }, i;
	int x = KGR_LEFT, way;

	for (i = 0; i < trace->nr_crossings; i++)
		nr[trace->crossings[i].way]++;
	fprintf(file, "<text class=\"dim\" x=\"%d\" y=\"24\">crossed by</text>\n", x);
	x += 74;
	for (way = 0; way < KGR_WAYS; way++) {
		if (!nr[way])
			continue;
		fprintf(file,
			"<rect class=\"%s\" x=\"%d\" y=\"14\" width=\"11\" height=\"11\"/><text x=\"%d\" y=\"24\">%s %zu</text>\n",
			kgr_way_word(way), x, x + 16, kgr_way_word(way),
			nr[way]);
		x += 96;
	}
}

/* Draws all changes that are in a trace. */
void kgr_draw(const struct kgr_trace *trace, FILE *file)
{
	int height = KGR_LEGEND + trace->nr_changes *
		     (KGR_TITLE + KGR_PANEL + KGR_AXIS), top = KGR_LEGEND;
	size_t i;

	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n",
		KGR_WIDTH, height, KGR_WIDTH, height);
	fputs("<title>How tasks crossed into new universes</title>\n", file);
	fputs(kgr_style, file);
	fprintf(file, "<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n",
		KGR_WIDTH, height);
	draw_legend(file, trace);
	for (i = 0; i < trace->nr_changes; i++) {
		struct kgr_panel panel = {
			.file = file,
			.change = &trace->changes[i],
			.top = top + KGR_TITLE,
		};

		find_rows(&panel, trace);
		draw_title(&panel);
		if (panel.nr)
			draw_rows(&panel);
		draw_axis(&panel);
		if (panel.nr)
			draw_labels(&panel);
		free(panel.rows);
		top += KGR_TITLE + KGR_PANEL + KGR_AXIS;
	}
	fputs("</svg>\n", file);
}
