/*
 * The legal word that a mistyped one is nearest to.
 *
 * The distance counts inserted, deleted and changed letters, and two
 * neighbours that changed places, as one each. Case and the choice between
 * '-' and '_' cost nothing. A word that is too far away is not proposed:
 * a wrong guess misleads more than none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pinion/job.h>

#include <ctype.h>
#include <string.h>

#define LETTERS 48

static int letter(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

static int least(int a, int b, int c)
{
	int smaller = a < b ? a : b;
	return smaller < c ? smaller : c;
}

/* Optimal string alignment, three rows of the table at a time. */
static int distance(const char *a, int length_a, const char *b, int length_b)
{
	int rows[3][LETTERS + 1];
	for (int j = 0; j <= length_b; j++)
		rows[0][j] = j;
	for (int i = 1; i <= length_a; i++) {
		int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (int j = 1; j <= length_b; j++) {
			int differ = letter(a[i - 1]) != letter(b[j - 1]);
			row[j] = least(row[j - 1] + 1, above[j] + 1, above[j - 1] + differ);
			if (i > 1 && j > 1 && letter(a[i - 1]) == letter(b[j - 2]) &&
				letter(a[i - 2]) == letter(b[j - 1]) && above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[length_a % 3][length_b];
}

/* One slip in a short word, up to three in a long one. */
static int tolerated(int longer)
{
	return longer < 5 ? 1 : longer < 8 ? 2 : 3;
}

const char *pinion_job_nearest(const char *word, const char *const *words)
{
	const char *nearest = NULL;
	size_t length = strlen(word);
	int best = LETTERS;
	if (length == 0 || length > LETTERS)
		return NULL;
	for (; *words; words++) {
		size_t other = strlen(*words);
		if (other == 0 || other > LETTERS)
			continue;
		int longer = (int)(length > other ? length : other);
		int far = distance(word, (int)length, *words, (int)other);
		if (far < best && far <= tolerated(longer) && far < longer) {
			best = far;
			nearest = *words;
		}
	}
	return nearest;
}
