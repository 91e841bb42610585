/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of the monitor, a part of rv_trace.h: it is read more than once.
 *
 * Copyright (C) 2026 The kGraft authors
 */

#ifdef CONFIG_RV_MON_KGR
/* id is the pid of the task */
DEFINE_EVENT(event_da_monitor_id, event_kgr,
	     TP_PROTO(int id, char *state, char *event, char *next_state, bool final_state),
	     TP_ARGS(id, state, event, next_state, final_state));

DEFINE_EVENT(error_da_monitor_id, error_kgr,
	     TP_PROTO(int id, char *state, char *event),
	     TP_ARGS(id, state, event));
#endif /* CONFIG_RV_MON_KGR */
