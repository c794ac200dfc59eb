/*
 * The texts of the error codes, beside nothing else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/base.h>

static const char *const error_text[] = {
	[-PINION_OK] = "success",
	[-PINION_ERR_ARG] = "invalid argument",
	[-PINION_ERR_NOMEM] = "out of memory",
	[-PINION_ERR_PERM] = "permission denied",
	[-PINION_ERR_STATE] = "not possible in this state",
	[-PINION_ERR_RANGE] = "out of range",
	[-PINION_ERR_SYNTAX] = "syntax error",
	[-PINION_ERR_PLACE] = "placement impossible",
	[-PINION_ERR_UNSUPPORTED] = "not supported here",
	[-PINION_ERR_SYSTEM] = "system call failed",
	[-PINION_ERR_CANCELED] = "cancelled",
	[-PINION_ERR_FULL] = "full",
	[-PINION_ERR_IO] = "input or output failed",
	[-PINION_ERR_FAILED] = "the result is not acceptable",
};

const char *pinion_strerror(int error)
{
	int code = -error;
	if (error > 0)
		return "the caller's own error";
	if (code < 0 || (size_t)code >= sizeof error_text / sizeof error_text[0])
		return "unknown error";
	return error_text[code];
}

const char *pinion_version(void)
{
	return PINION_VERSION_STRING;
}
