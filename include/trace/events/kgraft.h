/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracepoints of kGraft.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kgraft

#if !defined(_TRACE_KGRAFT_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_KGRAFT_H

#include <linux/sched.h>
#include <linux/tracepoint.h>

TRACE_EVENT(kgr_change_begin,
	TP_PROTO(const char *patch, bool revert, u32 universe),
	TP_ARGS(patch, revert, universe),
	TP_STRUCT__entry(
		__string(patch, patch)
		__field(bool, revert)
		__field(u32, universe)
	),
	TP_fast_assign(
		__assign_str(patch);
		__entry->revert = revert;
		__entry->universe = universe;
	),
	TP_printk("patch=%s revert=%d universe=%u", __get_str(patch),
		  __entry->revert, __entry->universe)
);

TRACE_EVENT(kgr_task_cross,
	TP_PROTO(struct task_struct *task, u32 from, u32 to, const char *way),
	TP_ARGS(task, from, to, way),
	TP_STRUCT__entry(
		__array(char, comm, TASK_COMM_LEN)
		__field(pid_t, pid)
		__field(u32, from)
		__field(u32, to)
		__string(way, way)
	),
	TP_fast_assign(
		memcpy(__entry->comm, task->comm, TASK_COMM_LEN);
		__entry->pid = task->pid;
		__entry->from = from;
		__entry->to = to;
		__assign_str(way);
	),
	TP_printk("comm=%s pid=%d from=%u to=%u way=%s", __entry->comm,
		  __entry->pid, __entry->from, __entry->to, __get_str(way))
);

TRACE_EVENT(kgr_task_blocked,
	TP_PROTO(const char *comm, pid_t pid, u32 universe, const char *kind,
		 const char *reason, s64 msecs),
	TP_ARGS(comm, pid, universe, kind, reason, msecs),
	TP_STRUCT__entry(
		__string(comm, comm)
		__field(pid_t, pid)
		__field(u32, universe)
		__string(kind, kind)
		__string(reason, reason)
		__field(s64, msecs)
	),
	TP_fast_assign(
		__assign_str(comm);
		__entry->pid = pid;
		__entry->universe = universe;
		__assign_str(kind);
		__assign_str(reason);
		__entry->msecs = msecs;
	),
	TP_printk("comm=%s pid=%d universe=%u kind=\"%s\" reason=\"%s\" msecs=%lld",
		  __get_str(comm), __entry->pid, __entry->universe,
		  __get_str(kind), __get_str(reason), __entry->msecs)
);

TRACE_EVENT(kgr_change_complete,
	TP_PROTO(const char *patch, bool revert, u32 universe, s64 usecs),
	TP_ARGS(patch, revert, universe, usecs),
	TP_STRUCT__entry(
		__string(patch, patch)
		__field(bool, revert)
		__field(u32, universe)
		__field(s64, usecs)
	),
	TP_fast_assign(
		__assign_str(patch);
		__entry->revert = revert;
		__entry->universe = universe;
		__entry->usecs = usecs;
	),
	TP_printk("patch=%s revert=%d universe=%u usecs=%lld", __get_str(patch),
		  __entry->revert, __entry->universe, __entry->usecs)
);

TRACE_EVENT(kgr_change_overdue,
	TP_PROTO(const char *patch, bool revert, u32 universe, bool reverting),
	TP_ARGS(patch, revert, universe, reverting),
	TP_STRUCT__entry(
		__string(patch, patch)
		__field(bool, revert)
		__field(u32, universe)
		__field(bool, reverting)
	),
	TP_fast_assign(
		__assign_str(patch);
		__entry->revert = revert;
		__entry->universe = universe;
		__entry->reverting = reverting;
	),
	TP_printk("patch=%s revert=%d universe=%u reverting=%d", __get_str(patch),
		  __entry->revert, __entry->universe, __entry->reverting)
);

TRACE_EVENT(kgr_site_settled,
	TP_PROTO(const char *name, bool original),
	TP_ARGS(name, original),
	TP_STRUCT__entry(
		__string(name, name)
		__field(bool, original)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->original = original;
	),
	TP_printk("name=%s original=%d", __get_str(name), __entry->original)
);

TRACE_EVENT(kgr_site_jump,
	TP_PROTO(const char *name, unsigned long to),
	TP_ARGS(name, to),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned long, to)
	),
	TP_fast_assign(
		__assign_str(name);
		__entry->to = to;
	),
	TP_printk("name=%s jump=%d to=%pS", __get_str(name), !!__entry->to,
		  (void *)__entry->to)
);

TRACE_EVENT(kgr_patch_release,
	TP_PROTO(const char *patch),
	TP_ARGS(patch),
	TP_STRUCT__entry(
		__string(patch, patch)
	),
	TP_fast_assign(
		__assign_str(patch);
	),
	TP_printk("patch=%s", __get_str(patch))
);

TRACE_EVENT(kgr_shadow_left,
	TP_PROTO(const char *patch, unsigned long id, const void *obj,
		 bool freed),
	TP_ARGS(patch, id, obj, freed),
	TP_STRUCT__entry(
		__string(patch, patch)
		__field(unsigned long, id)
		__field(const void *, obj)
		__field(bool, freed)
	),
	TP_fast_assign(
		__assign_str(patch);
		__entry->id = id;
		__entry->obj = obj;
		__entry->freed = freed;
	),
	TP_printk("patch=%s id=%#lx obj=%p freed=%d", __get_str(patch),
		  __entry->id, __entry->obj, __entry->freed)
);

#endif /* _TRACE_KGRAFT_H */

#include <trace/define_trace.h>
