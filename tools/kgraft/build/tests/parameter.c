// SPDX-License-Identifier: GPL-2.0
/* For parameter.patch, by --main: the module has the parameter. */

extern unsigned int version_lines;

module_param(version_lines, uint, 0644);
MODULE_PARM_DESC(version_lines, "lines that /proc/version has");
