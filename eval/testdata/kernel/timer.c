#include "ring.h"

/**
 * ticks_from() - turn a wall clock time into ticks
 * @seconds: whole seconds
 * @rate: ticks in a second
 *
 * Saturates: a time that is too far away is the farthest that there is, so
 * that a sum of two never wraps around and fires at once.
 */
unsigned long ticks_from(unsigned long seconds, unsigned long rate)
{
	if (seconds > MAX_TICKS / rate)
		return MAX_TICKS;
	return seconds * rate;
}

/**
 * timer_once() - start a timer that fires once
 * @t: the timer, which must not be running
 * @ticks: when it fires, from now
 *
 * The callback runs with interrupts off and must not sleep. A timer that is
 * started in its own callback becomes one that fires again and again.
 */
void timer_once(struct timer *t, unsigned long ticks)
{
	t->fires = now() + ticks;
	list_add(&t->list, &pending);
}
