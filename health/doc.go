// Package health says how the memory and the disks of a machine are: what they counted as errors,
// what the store's own checksums found, and whether the last 24 hours are out of line.
//
// It is beside the stages. A store keeps a log (health/log in its folder): lines with a checksum
// each, of when a counter rose, by how much, and of when the counters were followed, so that a time
// without errors can be told from one that nobody saw. It holds counts and the names of devices and
// of the store's files; no text and no path of a document, and nothing that names the machine but a
// number drawn by lot. Logs of several machines merge. Another machine's is not trusted.
//
// # What is asked of the counts
//
// Errors of memory do not come at a constant rate. They are mostly the same broken cells, met again
// and again: in more than 85 % of cases one is followed by another of the same module in the same
// month (Schroeder, Pinheiro, Weber: DRAM Errors in the Wild, CACM 54(2), 2011, section 5), so that
// faults must be counted and not errors (Sridharan, Liberty: A Study of DRAM Failures in the Field,
// SC 2012). Nothing here therefore assumes a distribution. Each question is answered by a rank or
// by an exact distribution that is conditional on the devices' own habits, and with the chance p of
// as striking an answer where nothing changed. With too little history to tell, it says so.
//
// One device: is its last day out of line? A day's score is the sum of log2(1 + errors) over its
// ten-minute windows, so that what is met a million times in one window does not count a million
// times. Scores are compared with the device's other days, by mean and spread, each day left out of
// its own yardstick. The day's greatest value over all devices is ranked among those of the earlier
// days: p = (1 + days at least as great) / (1 + days). The days are permuted whole, so devices may
// depend on each other, and the greatest of many devices is compared with greatest of many
// (the single-step maxT of Westfall, Young: Resampling-Based Multiple Testing, 1993; that p is
// never 0: Phipson, Smyth: Permutation P-values Should Never Be Zero, SAGMB 9(1), 2010).
// It holds where days are exchangeable. At level .05 it takes 19 earlier days, at .01 99.
//
// A shower: did several begin at once? A device begins where it errs after an hour without errors.
// In a given window it does so with the share of its windows of the last week in which it did. Were
// the devices independent, the number that begin in one window would have the Poisson binomial
// distribution of those shares, which is computed exactly; p is multiplied by the number of windows
// looked at (Bonferroni). Devices on one controller are one. Whatever hits many at once looks like
// this: particles, power, heat, or a nightly job that makes all of them busy.
//
// A drift: does a device err more and more? The Mann-Kendall test on the scores of up to 90 days,
// its variance corrected for ties and for days that resemble their neighbours (Hamed, Rao: A
// modified Mann-Kendall trend test for autocorrelated data, Journal of Hydrology 204, 1998),
// and over the devices by the false discovery rate (Benjamini, Hochberg: Controlling the False
// Discovery Rate, JRSS B 57, 1995, section 3).
//
// TestFalseAlarms and the TestPlanted ones simulate how often each alarms where nothing is wrong
// and where something is. What a store's checksums find has no part in these questions: it is
// noticed when a block is read, which says nothing of when it broke.
package health
