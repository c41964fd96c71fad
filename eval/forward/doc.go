// Package forward measures the forward pass of a model by operation, beside the limits of computing
// of the same run. Times are processor time of one thread, so that neighbours on a shared machine
// do not count; what all cores do together is told by the clock.
package forward
