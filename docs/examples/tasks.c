/* Recursive tasks in a scope, and data that only one worker touches, without a lock. */
#include <pinion/pinion.h>
#include <stdio.h>

struct fib {
	pinion_engine *engine;
	int n;
	long result;
};

static int fib(void *ctx)
{
	struct fib *f = ctx, left = {f->engine, f->n - 1, 0}, right = {f->engine, f->n - 2, 0};
	pinion_scope scope;
	int error;

	if (f->n < 2) {
		f->result = f->n;
		return 0;
	}
	if ((error = pinion_scope_init(&scope, f->engine)))
		return error;
	error = pinion_go(&scope, pinion_anywhere(), fib, &left); /* may run elsewhere */
	if (!error)
		error = fib(&right);                                  /* meanwhile, here */
	if (!error)
		error = pinion_scope_join(&scope);                    /* first error, or 0 */
	else
		pinion_scope_cancel(&scope), pinion_scope_join(&scope);
	f->result = left.result + right.result;
	return error;
}

struct account {
	long balance; /* touched by its owner only */
};

static int deposit(void *account)
{
	((struct account *)account)->balance += 10;
	return 0;
}

int main(void)
{
	pinion_engine *engine;
	pinion_diag why;
	struct account account = {0};

	if (pinion_engine_create(&engine, NULL, NULL, &why) || pinion_engine_start(engine, &why))
		return fprintf(stderr, "%s\n", why.text), 1;
	struct fib f = {engine, 20, 0};
	int error = fib(&f), owner = pinion_engine_workers(engine) - 1;
	for (int i = 0; i < 100 && !error; i++)
		error = pinion_run_on(engine, owner, deposit, &account);
	printf("fib(20) = %ld, balance %ld\n", f.result, account.balance);
	pinion_engine_destroy(engine);
	return error || f.result != 6765 || account.balance != 1000;
}
