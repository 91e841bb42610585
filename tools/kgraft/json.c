// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * json.c - output for programs
 *
 * With --json a command prints one object, also on failure. kgr.schema.json
 * describes it; a change that old readers do not understand increments the
 * version.
 */
#include "output.h"
#include "text.h"

#define KGR_SCHEMA	1

json_object *kgr_json;

/* Called once, when the command is known. */
void kgr_output_begin(const char *command)
{
	if (!kgr_opt.json)
		return;
	kgr_json = json_object_new_object();
	kgr_json_number(kgr_json, "schema", KGR_SCHEMA);
	kgr_json_add(kgr_json, "command", command);
}

/* Called once, at the end of the output. */
void kgr_output_end(int status)
{
	if (!kgr_json)
		return;
	kgr_json_number(kgr_json, "exit_status", status);
	puts(json_object_to_json_string_ext(kgr_json,
					    JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(kgr_json);
	kgr_json = NULL;
}

/* The length of the UTF-8 character at the beginning of @s, 0 if it is none. */
static size_t utf8_len(const unsigned char *s)
{
	size_t len, i;

	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if (s[0] >= 0xe0 && s[0] <= 0xef)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	for (i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* longer than necessary, a surrogate, or beyond the last character */
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return len;
}

/* JSON is UTF-8, but names of tasks may have any bytes. */
json_object *kgr_json_string(const char *text)
{
	struct kgr_text out = { };
	json_object *string;
	size_t len;

	for (; *text; text += len) {
		len = utf8_len((const unsigned char *)text);
		if (len) {
			kgr_text_add(&out, text, len);
		} else {
			kgr_text_put(&out, "\xef\xbf\xbd");
			len = 1;
		}
	}
	string = json_object_new_string(out.data ? out.data : "");
	kgr_text_free(&out);
	return string;
}

/* Unknown values are null. */
void kgr_json_add(json_object *object, const char *key, const char *text)
{
	json_object_object_add(object, key,
			       text ? kgr_json_string(text) : NULL);
}

/* Negative: not known. */
void kgr_json_number(json_object *object, const char *key, long long value)
{
	json_object_object_add(object, key,
			       value < 0 ? NULL : json_object_new_int64(value));
}

void kgr_json_bool(json_object *object, const char *key, bool value)
{
	json_object_object_add(object, key, json_object_new_boolean(value));
}

json_object *kgr_json_array(json_object *object, const char *key)
{
	json_object *array = json_object_new_array();

	json_object_object_add(object, key, array);
	return array;
}
