// Package roofline measures the inner loops against the limits of the machine they run on, both in
// the same run, interleaved, by thread CPU time. A percentage of a limit holds on another machine;
// a figure in milliseconds does not.
package roofline
