# SPDX-License-Identifier: GPL-2.0-or-later
#
# Numbers the lines behind a hunk as they were, so that __LINE__ and what is made
# of it stay the same where nothing changed.
#
# Input: the patched file as diff prints it, each line behind '=' if it was
# there, '+' if it is new, and '-' for one that is gone. Output: the patched
# file. A #line comes behind the function with the hunk; and again behind each
# #else and #endif, because one in a group that is skipped is not seen.

function number()
{
	printf "#line %d\n", old + 1
	pending = 0
}

{
	tag = substr($0, 1, 1)
	if (tag == "-") {
		old++
		pending = moved = 1
		next
	}
	text = substr($0, 2)
	print text
	if (tag == "+") {
		pending = moved = 1
		next
	}
	old++
	if (!moved || text ~ /\\$/)
		next
	if (pending && text ~ /^}[ \t;]*$/)
		number()
	else if (text ~ /^[ \t]*#[ \t]*(else|elif|endif)/)
		number()
}
