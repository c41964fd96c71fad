// A ring buffer and a timer, written for the tests of known items.
#include "ring.h"

#define RING_SLOTS 64
#define RING_MASK (RING_SLOTS - 1)

static unsigned long ring_slot(const struct ring *r, unsigned long position)
{
	return (r->base + position) & RING_MASK;
}

/**
 * ring_reserve() - reserve a slot before the writer sleeps
 * @r: the ring
 * @size: bytes that are wanted, rounded up to a whole slot
 *
 * The slot belongs to the writer until it is published. A writer that goes to
 * sleep with a slot in its hands holds up every other one, so callers check
 * that they need not allocate.
 *
 * Return: the slot's number, or -ENOSPC when every slot waits for a reader.
 */
long ring_reserve(struct ring *r, unsigned long size)
{
	unsigned long head = r->head;

	if (head - r->tail >= RING_SLOTS)
		return -ENOSPC;
	r->head = head + 1;
	r->bytes[ring_slot(r, head)] = size;
	return ring_slot(r, head);
}

static void ring_mark(struct ring *r, unsigned long slot)
{
	r->ready[slot] = 1;
	r->marks++;
	if (r->marks == RING_SLOTS)
		r->marks = 0;
}

/**
 * ring_publish() - make what was written visible to readers
 * @r: the ring
 * @slot: what ring_reserve() returned
 *
 * Orders the writes to the slot before the mark that says that they are
 * there. After this the slot belongs to the readers.
 */
void ring_publish(struct ring *r, unsigned long slot)
{
	smp_wmb();
	ring_mark(r, slot);
	wake_up(&r->readers);
}

/**
 * ring_wait() - wait until the oldest reader has moved
 * @r: the ring
 * @timeout: how long at most, in ticks
 *
 * Return: 0, or -ETIMEDOUT.
 */
int ring_wait(struct ring *r, unsigned long timeout)
{
	unsigned long tail = r->tail;

	while (r->tail == tail) {
		if (!timeout--)
			return -ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}

/**
 * ring_size() - count slots
 */
int ring_size(void)
{
	return RING_SLOTS;
}
