#ifndef RING_H
#define RING_H

/**
 * struct ring - a queue with one writer and many readers
 * @head: the next slot to reserve
 * @tail: the oldest slot that a reader still needs
 * @base: where the ring begins in its page
 * @bytes: how much every slot holds
 * @ready: whether the slot was published
 * @marks: how often a slot was marked, modulo their number
 * @readers: those who wait
 */
struct ring {
	unsigned long head, tail, base;
	unsigned long bytes[64];
	unsigned char ready[64];
	unsigned int marks;
	struct wait_queue readers;
};

/**
 * ring_drain() - the same words stand over two functions
 */
void ring_drain(struct ring *r);

/**
 * ring_flush() - The same words stand over two functions
 */
void ring_flush(struct ring *r);

#endif
