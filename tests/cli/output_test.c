/*
 * Output files: complete under their own name, or not there.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "cli/output.h"
#include "tests/cli/command.h"

#include <sys/stat.h>
#include <unistd.h>

static void write_text(struct output *o, const char *text)
{
	CHECK(fputs(text, o->stream) >= 0);
}

/* Until the commit the old file is untouched, and what is there has another name. */
static void replaces_at_commit(void)
{
	const char *path = scratch_file("replaced", "old\n");
	struct output o;
	CHECK(output_open(&o, path));
	write_text(&o, "new\n");
	fflush(o.stream);
	CHECK_STR(read_whole(path), "old\n");
	CHECK(output_commit(&o));
	CHECK_STR(read_whole(path), "new\n");
}

static void abandons_without_trace(void)
{
	int before = entries_in(scratch());
	struct output o;
	CHECK(output_open(&o, scratch_path("never")));
	write_text(&o, "half");
	CHECK_INT(entries_in(scratch()), ==, before + 1);
	output_abandon(&o);
	output_abandon(&o);
	CHECK_INT(entries_in(scratch()), ==, before);
}

static void keeps_rights_and_links(void)
{
	const char *path = scratch_file("target", "old"), *link = scratch_path("link");
	struct output o;
	struct stat s;
	CHECK_INT(chmod(path, 0640), ==, 0);
	CHECK_INT(symlink("target", link), ==, 0);
	CHECK(output_open(&o, link));
	write_text(&o, "new");
	CHECK(output_commit(&o));
	CHECK_INT(lstat(link, &s), ==, 0);
	CHECK(S_ISLNK(s.st_mode));
	CHECK_INT(stat(path, &s), ==, 0);
	CHECK_INT(s.st_mode & 07777, ==, 0640);
	CHECK_STR(read_whole(path), "new");
}

static void new_file_follows_umask(void)
{
	struct output o;
	struct stat s;
	mode_t old = umask(027);
	CHECK(output_open(&o, scratch_path("fresh")));
	CHECK(output_commit(&o));
	umask(old);
	CHECK_INT(stat(scratch_path("fresh"), &s), ==, 0);
	CHECK_INT(s.st_mode & 0777, ==, 0640);
}

static void refuses_bad_places(void)
{
	struct output o;
	CHECK(!output_open(&o, scratch()));
	CHECK(!output_open(&o, scratch_path("no/such/folder/file")));
	CHECK(!output_open(&o, ""));
	output_abandon(&o);
}

static void writes_devices_directly(void)
{
	struct output o;
	CHECK(output_open(&o, "/dev/null"));
	CHECK(o.temporary == NULL);
	write_text(&o, "gone");
	CHECK(output_commit(&o));
	CHECK(exists("/dev/null"));
}

/* A full disk shows at the commit at the latest; a device that is full stands for it. */
static void full_disk_is_no_success(void)
{
	struct output o;
	CHECK(output_open(&o, "/dev/full"));
	write_text(&o, "too much");
	CHECK(!output_commit(&o));
}

static void makes_folders(void)
{
	const char *deep = scratch_path("a/b/c");
	CHECK(output_directory(deep));
	CHECK(output_directory(deep));
	CHECK(exists(deep));
	CHECK(!output_directory(scratch_file("file", "x")));
	CHECK(!output_directory(scratch_path("file/d")));
}

TESTS({"replaces_at_commit", replaces_at_commit},
      {"abandons_without_trace", abandons_without_trace},
      {"keeps_rights_and_links", keeps_rights_and_links},
      {"new_file_follows_umask", new_file_follows_umask},
      {"refuses_bad_places", refuses_bad_places},
      {"writes_devices_directly", writes_devices_directly},
      {"full_disk_is_no_success", full_disk_is_no_success}, {"makes_folders", makes_folders})
